// godwitd as an operator and systemd see it: exit codes, what stands on standard error, signals.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class ServerProgramTests
{
    private const int Terminate = 15;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>What godwitd promises to need at most.</summary>
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(10);

    [Fact(Timeout = 120_000)]
    public async Task A_configuration_with_errors_ends_it_with_2_and_says_where_each_is()
    {
        using var site = new PeerSite();
        site.Configure("max-smtp-out lots", "total-max-smtp-in many");
        string[] lines = await File.ReadAllLinesAsync(site.ConfigFile, TestContext.Current.CancellationToken);

        await using GodwitProcess server = GodwitProcess.Launch(site.ConfigFile);

        Assert.Equal(2, await server.WaitForExitAsync());
        foreach ((string directive, string value) in new[] { ("total-max-smtp-in", "many"), ("max-smtp-out", "lots") })
        {
            int line = Array.FindIndex(lines, each => each.Trim() == $"{directive} {value}");
            int column = lines[line].IndexOf(value, StringComparison.Ordinal) + 1;
            Assert.Contains($"{site.ConfigFile}:{line + 1}:{column}: error: {directive}: \"{value}\" is not a whole number\n", server.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
        Assert.Equal("", site.Log);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("smtp-listener 127.0.0.1:{0}")]
    [InlineData("http-mgmt-port {0}")]
    public async Task A_port_that_is_taken_is_told_in_one_line_and_ends_it_with_1(string line)
    {
        using var site = new PeerSite();
        await using var other = new ScriptedSmtpServer();
        site.Configure("type discard", string.Format(System.Globalization.CultureInfo.InvariantCulture, line, other.Port));

        await using GodwitProcess server = GodwitProcess.Launch(site.ConfigFile);

        Assert.Equal(1, await server.WaitForExitAsync());
        string told = Assert.Single(server.Errors.Split('\n'), each => each.StartsWith("godwitd:", StringComparison.Ordinal));
        Assert.Contains($"127.0.0.1:{other.Port}", told, StringComparison.Ordinal);
        Assert.Contains("in use by another program; stop it (ss -ltnp shows which)", told, StringComparison.Ordinal);
        Assert.EndsWith($"choose another port in {line.Split(' ')[0]}", told, StringComparison.Ordinal);
        Assert.Single(site.Log.Split('\n'), each => each.Contains("in use", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", server.Errors + site.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Warnings_of_the_start_and_of_a_reload_stand_in_the_log_too()
    {
        using var site = new PeerSite();
        site.Configure("type discard", "max-smtp-outt 5");

        await using GodwitProcess server = await site.StartAsync();

        Assert.Contains("max-smtp-outt is unknown and has no effect", server.Errors, StringComparison.Ordinal);
        Assert.Contains("max-smtp-outt is unknown and has no effect", site.Log, StringComparison.Ordinal);

        site.Configure("type discard", "total-max-smtp-inn 7");
        server.SignalHangUp();
        await Eventually.TrueAsync(() => site.Log.Contains("total-max-smtp-inn is unknown and has no effect", StringComparison.Ordinal), _limit);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_configuration_that_is_not_there_ends_it_with_2_and_is_named()
    {
        await using GodwitProcess server = GodwitProcess.Launch("/nowhere/godwit.conf");

        Assert.Equal(2, await server.WaitForExitAsync());
        Assert.StartsWith("/nowhere/godwit.conf:", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task SIGHUP_puts_a_changed_configuration_in_force_and_a_wrong_one_changes_nothing()
    {
        using var site = new PeerSite();
        int second = Tool.FreePort();
        int third = Tool.FreePort();
        site.Configure("type discard");
        await using GodwitProcess server = await site.StartAsync();
        Assert.False(GodwitProcess.Listens(second));

        site.Configure("type discard", $"smtp-listener 127.0.0.1:{second}");
        server.SignalHangUp();
        await Eventually.TrueAsync(() => GodwitProcess.Listens(second), _limit, () => site.Log);

        site.Configure("type discard\nmax-smtp-out lots", $"smtp-listener 127.0.0.1:{third}");
        server.SignalHangUp();
        await Eventually.TrueAsync(() => site.Log.Contains("max-smtp-out: \"lots\" is not a whole number", StringComparison.Ordinal), _limit, () => site.Log);
        Assert.True(GodwitProcess.Listens(second));
        Assert.False(GodwitProcess.Listens(third));

        // And the next one is heard again.
        site.Configure("type discard", $"smtp-listener 127.0.0.1:{third}");
        server.SignalHangUp();
        await Eventually.TrueAsync(() => GodwitProcess.Listens(third) && !GodwitProcess.Listens(second), _limit, () => site.Log);
        Assert.True(GodwitProcess.Listens(site.SmtpPort));
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Fact(Timeout = 240_000)]
    public async Task SIGTERM_ends_it_within_ten_seconds_while_mail_comes_and_goes_and_nothing_is_lost()
    {
        var arrivals = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var taken = new TaskCompletionSource();
        await using var receiver = new MailReceiver([34], mail => arrivals.AddOrUpdate(Letter.IdOf(mail.Content), 1, static (_, count) => count + 1));
        await using var stuck = new ScriptedSmtpServer(script => script.Always(".", PeerAnswer.After(taken.Task, "451 4.3.0 too late")));
        using var site = new PeerSite();
        site.Configure(
            $"smtp-hosts [127.0.0.34]:{receiver.Port}\nretry-after 1s\nretry-recipients-after 1s",
            $"<domain stuck.test>\n  smtp-hosts [127.0.0.1]:{stuck.Port}\n</domain>");
        await using GodwitProcess server = await site.StartAsync();
        using TcpClient half = await BeginMessageAsync(site);
        var toStuck = new MailLoader(site.SmtpPort, 1);
        await toStuck.SendAsync([new LoadedMail("stuck", "b@stuck.test", Letter.Write("stuck", 500))]);
        await stuck.NextSessionAsync();
        var loader = new MailLoader(site.SmtpPort, 10);
        Task load = loader.SendAsync(Enumerable.Range(0, 100_000).Select(i => new LoadedMail($"m{i}", $"m{i}@d{i % 20}.test", Letter.Write($"m{i}", 2000))));
        await Eventually.TrueAsync(() => arrivals.Count > 200, _limit, () => $"{loader.AcknowledgedCount} acknowledged, {arrivals.Count} arrived");

        Tool.Signal(server.Id, Terminate);
        Assert.Equal(0, await server.WaitForExitAsync(_stopLimit));

        await load;
        Assert.InRange(loader.AcknowledgedCount, 200, 99_999);
        Assert.Contains("godwitd stopped after SIGTERM\n", site.Log, StringComparison.Ordinal);
        taken.SetResult();
        await using GodwitProcess again = await site.StartAsync();
        await Eventually.TrueAsync(
            () => loader.Acknowledged.All(arrivals.ContainsKey), _limit,
            () => $"missing: {string.Join(' ', loader.Acknowledged.Where(id => !arrivals.ContainsKey(id)).Take(20))}");
        await Eventually.TrueAsync(() => site.Records().Contains(("t", "b@stuck.test")), _limit, () => site.Log);
    }

    /// <summary>A client in the middle of a content that it never ends.</summary>
    private static async Task<TcpClient> BeginMessageAsync(PeerSite site)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, site.SmtpPort);
        NetworkStream stream = client.GetStream();
        var replies = new StreamReader(stream, Encoding.ASCII);
        await replies.ReadLineAsync();
        foreach (string line in new[] { "HELO half.test", "MAIL FROM:<a@sender.test>", "RCPT TO:<b@there.test>", "DATA", "Subject: half" })
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            if (!line.StartsWith("Subject", StringComparison.Ordinal))
            {
                Assert.Matches("^[23]", await replies.ReadLineAsync());
            }
        }

        return client;
    }
}
