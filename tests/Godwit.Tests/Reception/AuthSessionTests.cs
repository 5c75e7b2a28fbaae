using System.Net;
using System.Text;
using Godwit.Foundation;
using Godwit.Reception;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

public sealed class AuthSessionTests
{
    private static readonly SourceSettings _source = ReceptionSettings.Relay with
    {
        RequireAuth = true, AllowUnencryptedPlainAuth = true, LogCommands = true, LogConnections = true,
    };

    [Fact]
    public async Task Nothing_that_a_client_sends_with_AUTH_is_logged()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using (SmtpClientSocket client = await harness.HelloAsync())
        {
            await client.AskAsync("AUTH PLAIN " + Plain("tim", "hunter2hunter2"));
            Assert.StartsWith("503", await client.AskAsync("auth plain " + Plain("tim", "hunter2hunter2")));
        }

        await using (SmtpClientSocket client = await harness.HelloAsync())
        {
            await client.AskAsync("AUTH LOGIN");
            await client.AskAsync(Base64("tim"));
            Assert.StartsWith("235", await client.AskAsync(Base64("hunter2hunter2")));
        }

        await using (SmtpClientSocket client = await harness.HelloAsync())
        {
            // Ways to say it wrong: a tab, a blank ahead, no such mechanism, a name that is the password, lines that come when nobody waits for them any more.
            await client.AskAsync("AUTH\tPLAIN\t" + Plain("tim", "hunter2hunter2"));
            await client.AskAsync(" AUTH PLAIN " + Plain("tim", "hunter2hunter2"));
            await client.AskAsync("AUTHENTICATE PLAIN " + Plain("tim", "hunter2hunter2"));
            await client.AskAsync("AUTH " + Plain("tim", "hunter2hunter2"));
            await client.AskAsync("AUTH PLAIN hunter2hunter2");
            await client.AskAsync("AUTH GSSAPI");
            await client.AskAsync(Base64("hunter2hunter2"));
            Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("hunter2hunter2", "hunter2hunter2"));
            await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
            Assert.StartsWith("535", await failed);
        }

        await harness.DrainedAsync();
        Assert.Contains(harness.Log.Lines, line => line.Text.Contains("> AUTH PLAIN ***", StringComparison.Ordinal));
        Assert.Contains(harness.Log.Lines, line => line.Text.Contains("authenticated as tim by LOGIN", StringComparison.Ordinal));
        Assert.Contains(harness.Log.Lines, line => line.Text.Contains("authentication by PLAIN failed, user (unknown)", StringComparison.Ordinal));
        string[] secrets = ["hunter2", Base64("hunter2hunter2"), Plain("tim", "hunter2hunter2"), Plain("hunter2hunter2", "hunter2hunter2")];
        Assert.DoesNotContain(harness.Log.Lines, line => secrets.Any(secret => line.Text.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task An_address_that_guesses_is_shut_out_until_the_period_of_its_first_failure_is_over()
    {
        await using ReceptionHarness harness = await StartAsync(_source with { SmtpMaxAuthFailureRate = new Rate(2, TimeSpan.FromHours(1)) });
        for (int i = 1; i <= 3; i++)
        {
            await using SmtpClientSocket client = await harness.HelloAsync();
            Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("tim", "wrong"));
            await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
            Assert.StartsWith("535", await failed);
            Assert.StartsWith(i < 3 ? "250" : "421 4.7.0", i < 3 ? await client.AskAsync("NOOP") : await client.ReplyAsync());
        }

        await using (SmtpClientSocket shutOut = await harness.ConnectAsync())
        {
            Assert.StartsWith("421 4.7.0", Assert.Single(await shutOut.RestAsync()));
        }

        harness.Time.Advance(TimeSpan.FromHours(1));
        await using SmtpClientSocket again = await harness.HelloAsync();
        Assert.StartsWith("235", await again.AskAsync("AUTH PLAIN " + Plain("tim", "hunter2hunter2")));
    }

    [Fact]
    public async Task A_session_that_opened_before_the_address_was_shut_out_cannot_guess_on()
    {
        await using ReceptionHarness harness = await StartAsync(_source with { SmtpMaxAuthFailureRate = new Rate(1, TimeSpan.FromHours(1)) });
        await using SmtpClientSocket early = await harness.HelloAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        for (int i = 0; i < 2; i++)
        {
            Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("tim", "wrong"));
            await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
        }

        Assert.StartsWith("421 4.7.0", await early.AskAsync("AUTH PLAIN " + Plain("tim", "hunter2hunter2")));
    }

    [Fact]
    public async Task A_failure_is_answered_later_than_it_is_known()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using SmtpClientSocket client = await harness.HelloAsync();
        Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("tim", "wrong"));
        await Eventually(() => harness.Log.Lines.Any(line => line.Text.Contains("failed, user tim", StringComparison.Ordinal)));

        Assert.False(failed.IsCompleted);
        await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
        Assert.StartsWith("535", await failed);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_penalty_of_a_guesser()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using SmtpClientSocket client = await harness.HelloAsync();
        Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("tim", "wrong"));
        await Eventually(() => harness.Log.Lines.Any(line => line.Text.Contains("failed, user tim", StringComparison.Ordinal)));

        await harness.Reception.StopAsync(TimeSpan.FromMinutes(1));

        Assert.StartsWith("535", await failed);
        Assert.StartsWith("421", await client.ReplyAsync());
    }

    [Fact]
    public async Task A_client_that_falls_silent_in_the_middle_is_told_that_it_timed_out()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using SmtpClientSocket client = await harness.HelloAsync();
        Assert.StartsWith("334", await client.AskAsync("AUTH LOGIN"));
        harness.Time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));

        Assert.StartsWith("421 4.4.2", Assert.Single(await client.RestAsync()));
    }

    [Fact]
    public async Task Asking_for_challenges_costs_no_work_and_ends_as_mistakes_do()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using SmtpClientSocket client = await harness.HelloAsync();
        for (int i = 1; i <= SmtpSession.MaxMistakes; i++)
        {
            Assert.StartsWith("334", await client.AskAsync("AUTH SCRAM-SHA-256 " + Base64($"n,,n=name{i},r=abc")));
            Assert.StartsWith("501 5.7.0", await client.AskAsync("*"));
        }

        Assert.StartsWith("421 4.7.0", Assert.Single(await client.RestAsync()));
        Assert.Equal(0, harness.Reception.Passwords.Done);
    }

    [Fact]
    public async Task A_wrong_proof_of_SCRAM_is_a_failure_that_is_counted_and_answered_late()
    {
        await using ReceptionHarness harness = await StartAsync(_source with { SmtpMaxAuthFailureRate = new Rate(1, TimeSpan.FromHours(1)) });
        await using SmtpClientSocket client = await harness.HelloAsync();
        for (int i = 0; i < 2; i++)
        {
            string challenge = await client.AskAsync("AUTH SCRAM-SHA-256 " + Base64("n,,n=nobody,r=abc"));
            string nonces = Encoding.UTF8.GetString(Convert.FromBase64String(challenge[4..])).Split(',')[0];
            Task<string> failed = client.AskAsync(Base64($"c=biws,{nonces},p={Convert.ToBase64String(new byte[32])}"));
            await Eventually(() => harness.Log.Lines.Count(line => line.Text.Contains("by SCRAM-SHA-256 failed", StringComparison.Ordinal)) > i);
            Assert.False(failed.IsCompleted);
            await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
            Assert.StartsWith("535", await failed);
        }

        Assert.StartsWith("421 4.7.0", await client.ReplyAsync());
    }

    [Fact]
    public async Task A_session_that_opened_before_a_reload_authenticates_by_the_new_settings()
    {
        await using ReceptionHarness harness = await StartAsync(_source);
        await using SmtpClientSocket client = await harness.HelloAsync();

        harness.Settings.Replace(ReceptionSettings.With(_source, 100, ReceptionSettings.User("tim", "newpassword")));

        Task<string> failed = client.AskAsync("AUTH PLAIN " + Plain("tim", "hunter2hunter2"));
        await harness.AdvanceUntilAsync(failed, SmtpSession.AuthPenalty);
        Assert.StartsWith("535", await failed);
        Assert.StartsWith("235", await client.AskAsync("AUTH PLAIN " + Plain("tim", "newpassword")));
    }

    [Fact]
    public void A_session_that_follows_old_settings_makes_nobody_forget_who_has_the_new_ones()
    {
        using var desk = new AuthDesk(new ServerClock(TimeProvider.System));
        ServerSettings old = ReceptionSettings.With(_source, 100, ReceptionSettings.User("tim", "old"));
        ServerSettings current = ReceptionSettings.With(_source, 100, ReceptionSettings.User("tim", "new"));
        var book = desk.UsersOf(current);

        Assert.Equal("old", desk.UsersOf(old).Find("tim")!.Password.Reveal());

        Assert.Same(book, desk.UsersOf(current));
        Assert.Same(book, desk.UsersOf(current with { HostName = "corrected.example" }));
    }

    [Fact]
    public async Task Who_has_too_many_passwords_waiting_is_put_off_and_a_stop_puts_off_the_others()
    {
        string hashed = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations).Reveal();
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(
            ReceptionSettings.With(_source with { RequireAuth = false }, 100, ReceptionSettings.User("tim", hashed)));
        using var gate = new ManualResetEventSlim();
        Task<string?>[] waiting = [.. Enumerable.Range(0, PasswordWork.MaxWaitingOfOne)
            .Select(_ => harness.Reception.Passwords.TryRunAsync(IPAddress.Loopback, () => Wait(gate)).AsTask())];
        await using SmtpClientSocket full = await harness.HelloAsync();
        await using SmtpClientSocket sending = await harness.HelloAsync();
        await using SmtpClientSocket other = await harness.HelloAsync(IPAddress.Parse("127.0.0.2"));
        await sending.BeginDataAsync();

        Assert.Equal("454 4.7.0 too busy to check passwords, please try again later", await full.AskAsync("AUTH PLAIN " + Plain("tim", "pencil")));
        Assert.Contains(harness.Log.Lines, line => line.Text.Contains("authentication put off with 454, 64 passwords of its address", StringComparison.Ordinal));
        Assert.StartsWith("250", await full.AskAsync("NOOP"));
        Task<string> waits = other.AskAsync("AUTH PLAIN " + Plain("tim", "pencil"));
        await Eventually(() => harness.Log.Lines.Count(line => line.Text.Contains("> AUTH PLAIN ***", StringComparison.Ordinal)) == 2);
        Assert.False(waits.IsCompleted);

        // Who is compared with while the server stops does not hold it up: the gate is still closed.
        Task stopping = harness.Reception.StopAsync(TimeSpan.FromMinutes(1));
        bool isPutOff = await Task.WhenAny(waits, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)) == waits;
        if (!isPutOff)
        {
            gate.Set();
        }

        Assert.True(isPutOff, "a stop waits for passwords that are still to be compared");
        Assert.StartsWith("454 4.7.0", await waits);
        Assert.StartsWith("421 4.3.2", await other.ReplyAsync());

        gate.Set();
        await Task.WhenAll(waiting);
        Assert.StartsWith("250", await sending.AskAsync("x\r\n."));
        await stopping;
    }

    [Fact]
    public void Failures_are_counted_for_each_network_of_a_customer_and_forgotten_in_turn()
    {
        var failures = new AuthFailures();
        var most = new Rate(1, TimeSpan.FromHours(1));
        var now = new Instant(0);
        Assert.False(failures.Add(System.Net.IPAddress.Parse("2001:db8:1:2::1"), most, now));
        Assert.True(failures.Add(System.Net.IPAddress.Parse("2001:db8:1:2:ffff::9"), most, now));
        Assert.True(failures.IsLocked(System.Net.IPAddress.Parse("2001:db8:1:2::7"), most, now));
        Assert.False(failures.IsLocked(System.Net.IPAddress.Parse("2001:db8:1:3::1"), most, now));
        Assert.False(failures.IsLocked(System.Net.IPAddress.Parse("2001:db8:1:2::1"), most, now + TimeSpan.FromHours(1)));
        Assert.False(failures.Add(System.Net.IPAddress.Parse("192.0.2.1"), Rate.Unlimited, now));

        for (int i = 0; i < AuthFailures.MaxAddresses; i++)
        {
            failures.Add(new System.Net.IPAddress(BitConverter.GetBytes(i)), most, now);
        }

        Assert.Equal(AuthFailures.MaxAddresses, failures.Count);
        Assert.False(failures.IsLocked(System.Net.IPAddress.Parse("2001:db8:1:2::7"), most, now));
    }

    private static Task<ReceptionHarness> StartAsync(SourceSettings source) =>
        ReceptionHarness.StartAsync(ReceptionSettings.With(source, 100, ReceptionSettings.User("tim", "hunter2hunter2")));

    private static Task Eventually(Func<bool> condition) => Support.Eventually.TrueAsync(condition, TimeSpan.FromSeconds(10), "it happens");

    private static string Wait(ManualResetEventSlim gate)
    {
        gate.Wait();
        return "";
    }

    private static string Plain(string user, string password) => Base64($"\0{user}\0{password}");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
