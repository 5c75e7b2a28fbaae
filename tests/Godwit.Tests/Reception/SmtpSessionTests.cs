using System.Text;
using CsCheck;
using Godwit.Mail;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Tests.Reception;

public sealed class SmtpSessionTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_silent_client_is_told_that_it_timed_out()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        harness.Time.Advance(TimeSpan.FromMinutes(10) - _second);
        Assert.StartsWith("250", await client.AskAsync("NOOP"));
        harness.Time.Advance(TimeSpan.FromMinutes(10) + _second);
        Assert.StartsWith("421 4.4.2", Assert.Single(await client.RestAsync()));
    }

    [Fact]
    public async Task An_octet_now_and_then_does_not_make_a_command_last_longer()
    {
        SourceSettings source = ReceptionSettings.Relay with { SmtpCommandTimeout = 60 * _second };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        await DribbleAsync(harness, client, "x");
        harness.Time.Advance(11 * _second);
        Assert.StartsWith("421 4.4.2", Assert.Single(await client.RestAsync()));
    }

    [Fact]
    public async Task An_octet_now_and_then_does_not_make_a_content_last_for_ever()
    {
        SourceSettings source = ReceptionSettings.Relay with { SmtpDataTimeout = 60 * _second };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        await DribbleAsync(harness, client, "x\r\n");
        harness.Time.Advance(11 * _second);
        Assert.StartsWith("421 4.4.2", Assert.Single(await client.RestAsync()));
        Assert.Empty(harness.Messages);
    }

    [Fact]
    public async Task A_slow_but_steady_content_is_taken()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        byte[] piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n", 1200)));
        for (int i = 0; i < 30; i++)
        {
            // 75 KB a minute, for three times one timeout: slower than any modem of this century.
            await client.SendAsync(piece);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            harness.Time.Advance(60 * _second);
        }

        Assert.StartsWith("250", await client.AskAsync("."));
        Assert.Equal(30 * piece.Length, Assert.Single(harness.Messages).Content.Length);
    }

    [Fact]
    public async Task The_clock_of_the_client_stands_still_while_the_message_is_being_stored()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        var stored = new TaskCompletionSource();
        harness.Gate = stored.Task;
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        Task<string> reply = client.AskAsync("x\r\n.");
        await harness.AtTheDoor.WaitAsync(TimeSpan.FromSeconds(10));
        harness.Time.Advance(TimeSpan.FromHours(2));
        stored.SetResult();
        Assert.StartsWith("250 2.6.0", await reply);
    }

    [Fact]
    public async Task Ten_thousand_recipients_are_taken_and_the_bound_holds()
    {
        SourceSettings source = ReceptionSettings.Relay with { MaxRcptPerMessage = 10_000 };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"));
        var commands = new StringBuilder();
        for (int i = 0; i < 10_010; i++)
        {
            commands.Append($"RCPT TO:<user{i}@rcpt.example>\r\n");
        }

        Task sending = client.SendAsync(commands.ToString());
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal($"250 2.1.5 <user{i}@rcpt.example> ok", await client.LineAsync());
        }

        for (int i = 0; i < 10; i++)
        {
            Assert.StartsWith("452 4.5.3", await client.LineAsync());
        }

        await sending;
        Assert.StartsWith("354", await client.AskAsync("DATA"));
        Assert.StartsWith("250", await client.AskAsync("."));
        Assert.Equal(10_000, Assert.Single(harness.Messages).Submission.Recipients.Count);
    }

    [Fact]
    public async Task A_client_that_sends_without_reading_is_not_answered_without_end()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        byte[] commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("EHLO x\r\n", 2_500_000)));
        Task sending = client.TrySendAsync(commands);
        await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));

        // The server holds its replies back until they are read, and reads no more either; time ends it.
        Assert.False(sending.IsCompleted);
        Task ended = harness.DrainedAsync();
        await harness.AdvanceUntilAsync(ended, TimeSpan.FromMinutes(3));
        await sending;
        Assert.Empty(harness.Log.Errors);
    }

    [Fact]
    public async Task A_spool_that_fails_is_a_temporary_failure_and_the_session_goes_on()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        harness.Failure = new SpoolException("the disk is gone");
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        Assert.StartsWith("451 4.3.0", await client.AskAsync("."));

        harness.Failure = null;
        await client.BeginDataAsync();
        Assert.StartsWith("250 2.6.0", await client.AskAsync("."));
    }

    [Fact]
    public async Task An_internal_error_ends_the_session_without_a_reply_and_is_logged()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        harness.Failure = new InvalidOperationException("broken invariant");
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        Assert.Equal("", await client.AskAsync("."));
        await harness.DrainedAsync();
        Assert.Contains("broken invariant", Assert.Single(harness.Log.Errors));
        Assert.Equal(0, harness.Counters.ConnectionsIn.Current);
    }

    [Theory]
    [InlineData("5.6.0 two\r\nlines", "554 5.6.0 two??lines")]
    [InlineData("5.6.0 ümlaut", "554 5.6.0 ?mlaut")]
    public async Task A_reply_that_quotes_the_message_stays_one_line_of_ascii(string text, string expected)
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        harness.Answer = new SmtpReply(554, text);
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        Assert.Equal(expected, await client.AskAsync("."));
        Assert.StartsWith("250", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_reload_reaches_an_open_session_with_its_next_message()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"));
        harness.Settings.Replace(ReceptionSettings.With(ReceptionSettings.Relay with { AlwaysAllowRelaying = false }));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@elsewhere.example>"));
        Assert.StartsWith("250", await client.AskAsync("RSET"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"));
        Assert.StartsWith("550 5.7.1", await client.AskAsync("RCPT TO:<b@elsewhere.example>"));
    }

    [Fact]
    public async Task Refused_content_is_not_read_without_end()
    {
        SourceSettings source = ReceptionSettings.Relay with { MaxMessageSize = 1000 };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        byte[] flood = new byte[1024 * 1024];
        flood.AsSpan().Fill((byte)'x');
        Task<List<string>> rest = client.RestAsync();
        int sent = 0;
        for (; sent < 200 && !rest.IsCompleted; sent++)
        {
            await client.TrySendAsync(flood);
        }

        Assert.InRange(sent, 100, 199);
        Assert.StartsWith("552 5.3.4", Assert.Single(await rest));
    }

    [Fact]
    public async Task What_a_client_says_and_hears_is_logged_when_the_source_wants_it()
    {
        SourceSettings source = ReceptionSettings.Relay with { LogCommands = true, LogConnections = true };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"));
        Assert.StartsWith("221", await client.AskAsync("QUIT"));
        await harness.DrainedAsync();
        string[] lines = [.. harness.Log.Lines.Where(line => line.Id is >= 1150 and < 1200).Select(line => line.Text)];
        Assert.Contains(lines, line => line.Contains("connected to", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("> MAIL FROM:<a@sender.example>", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("< 250 2.1.0 MAIL ok", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("disconnected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_is_only_denied_relaying_is_logged_five_times_and_shown_the_door()
    {
        await using ReceptionHarness harness = await StrangerAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.SendAsync("MAIL FROM:<a@sender.example>\r\n" + Recipients(SmtpSession.MaxRelayDenials + 10, "elsewhere.example"));

        List<string> replies = await client.RestAsync();

        Assert.Equal(SmtpSession.MaxRelayDenials, replies.Count(reply => reply.StartsWith("550 5.7.1", StringComparison.Ordinal)));
        Assert.StartsWith("421 4.7.0", replies[^1], StringComparison.Ordinal);
        client.EndSending();
        await harness.DrainedAsync();
        Assert.Equal(5, harness.Log.Lines.Count(line => line.Text.Contains("relaying to r", StringComparison.Ordinal)));
        Assert.Single(harness.Log.Lines, line => line.Text.Contains("is closed: 1000 recipients were denied relaying", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_with_mail_for_us_is_not_closed_for_wrong_addresses_which_are_summed_up()
    {
        await using ReceptionHarness harness = await StrangerAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        const int Messages = 30;
        const int Each = 100;
        for (int i = 0; i < Messages; i++)
        {
            // Half of the recipients are wrong, which no bulk mailing is.
            await client.SendAsync("MAIL FROM:<a@sender.example>\r\n" + Recipients(Each, "elsewhere.example") + Recipients(Each, "local.example") + "RSET\r\n");
            Assert.StartsWith("250", await client.LineAsync(), StringComparison.Ordinal);
            for (int reply = 0; reply < Each; reply++)
            {
                Assert.StartsWith("550 5.7.1", await client.LineAsync(), StringComparison.Ordinal);
            }

            for (int reply = 0; reply < Each + 1; reply++)
            {
                Assert.StartsWith("250", await client.LineAsync(), StringComparison.Ordinal);
            }
        }

        Assert.StartsWith("221", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        await harness.DrainedAsync();
        Assert.Equal(5, harness.Log.Lines.Count(line => line.Text.Contains("relaying to r", StringComparison.Ordinal)));
        Assert.Single(harness.Log.Lines, line => line.Text.Contains("relaying denied for 3000 recipients in this session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Overlong_commands_and_too_many_recipients_are_logged_once_a_session()
    {
        SourceSettings source = ReceptionSettings.Relay with { MaxRcptPerMessage = 3 };
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source));
        await using SmtpClientSocket client = await harness.HelloAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.StartsWith("500 5.5.6", await client.AskAsync("NOOP " + new string('x', 5000)), StringComparison.Ordinal);
            Assert.StartsWith("500 5.5.6", await client.AskAsync($"MAIL FROM:<a@sender.example> ENVID={new string('x', 3000)}"), StringComparison.Ordinal);
        }

        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"), StringComparison.Ordinal);
        for (int i = 0; i < 6; i++)
        {
            Assert.StartsWith(i < 3 ? "250" : "452 4.5.3", await client.AskAsync($"RCPT TO:<r{i}@rcpt.example>"), StringComparison.Ordinal);
        }

        Assert.Single(harness.Log.Lines, line => line.Text.Contains("a command of more than 4096 octets was refused", StringComparison.Ordinal));
        Assert.Single(
            harness.Log.Lines,
            line => line.Text.Contains("recipients beyond 3 of a message were put off with 452 (max-rcpt-per-message of source test)", StringComparison.Ordinal));
        Assert.Equal(2, harness.Log.Lines.Count(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning));
    }

    [Fact]
    public async Task No_octets_whatever_break_a_session()
    {
        string[] pieces =
        [
            "EHLO x\r\n", "HELO x\r\n", "MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n", "DATA\r\n", "BDAT 5\r\n", "BDAT 7 LAST\r\n", "RSET\r\n", "NOOP\r\n",
            "\r\n.\r\n", "\r\n", "\n", "\r", ".", "\0", "<", ">", "\"", "SIZE=", " BODY=8BITMIME", " SMTPUTF8", " NOTIFY=", "ORCPT=rfc822;", "+2B", "hello", "\x80\xff", "QUIT",
            "BDAT 99999999999999999999\r\n", "BDAT 200000000\r\n", new('x', 5000), "VRFY \"", "MAIL FROM:<\"", "RCPT TO:<@", "utf-8;\\x{41}", "AUTH PLAIN =\r\n", "STARTTLS\r\n",
        ];
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        Gen<byte[]> noise = Gen.Byte.Array[0, 100];
        Gen<byte[]> known = Gen.Int[0, pieces.Length - 1].Select(i => Encoding.Latin1.GetBytes(pieces[i]));
        Gen<byte[][]> streams = Gen.Frequency((8, known), (1, noise)).Array[1, 40];
        await streams.SampleAsync(
            async stream =>
            {
                await using SmtpClientSocket client = await harness.ConnectAsync();
                Task<List<string>> rest = client.RestAsync();
                foreach (byte[] piece in stream)
                {
                    await client.TrySendAsync(piece);
                }

                EndSending(client);
                Assert.NotEmpty(await rest);
            },
            iter: 1500,
            seed: "0000godwit03");
        await harness.DrainedAsync();
        Assert.Empty(harness.Log.Errors);
        Assert.Equal(0, harness.Counters.ConnectionsIn.Current);

        static void EndSending(SmtpClientSocket client)
        {
            try
            {
                client.EndSending();
            }
            catch (System.Net.Sockets.SocketException)
            {
                return; // Closed by the server already.
            }
        }
    }

    /// <summary>Fifty seconds, an octet each ten.</summary>
    private static async Task DribbleAsync(ReceptionHarness harness, SmtpClientSocket client, string octets)
    {
        for (int i = 0; i < 5; i++)
        {
            await client.SendAsync(octets);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            harness.Time.Advance(10 * _second);
        }

        Assert.Equal(0, client.Socket.Available);
    }

    private static Task<ReceptionHarness> StrangerAsync() =>
        ReceptionHarness.StartAsync(ReceptionSettings.With(ReceptionSettings.Relay with { AlwaysAllowRelaying = false }));

    private static string Recipients(int count, string domain) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"RCPT TO:<r{i}@{domain}>\r\n"));
}
