// X-Schedule: the times in which a message may be delivered.

using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheScheduleDecides
{
    private const string Processed = "<source 127.0.0.1>\n  process-x-schedule yes\n</source>\n";

    [Fact]
    public async Task Mail_whose_window_is_open_goes_out_without_the_field_and_other_mail_waits_over_a_restart()
    {
        await using var peer = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Processed + Hosts(peer.Port));

        await server.SendAsync("a@sender.test", "later@there.test", Letter("+3600/+7200"));
        await server.SendAsync("a@sender.test", "now@there.test", Letter("-3600/+3600"));
        await server.RecordAsync("d", "now@there.test");
        await server.StopAsync();
        await server.StartAsync();
        await server.SendAsync("a@sender.test", "after@there.test");
        await server.RecordAsync("d", "after@there.test");

        Assert.DoesNotContain("X-Schedule", Text(await peer.NextMessageAsync()), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["RCPT TO:<after@there.test>"], (await peer.NextMessageAsync()).Recipients);
        await Eventually.TrueAsync(() => server.Waiting == 1, TimeSpan.FromSeconds(20), "one recipient that waits");
        Assert.Equal(0, peer.MessagesWaiting);
    }

    [Fact]
    public async Task Mail_is_delivered_when_its_window_opens()
    {
        await using var peer = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Processed + Hosts(peer.Port));
        DateTime opens = DateTime.UtcNow.AddSeconds(2);

        await server.SendAsync("a@sender.test", "soon@there.test", $"X-Schedule: {opens:yyyy-MM-dd HH:mm:ss}+0000/{opens.AddHours(1):yyyy-MM-dd HH:mm:ss}+0000\r\n\r\nhello\r\n");

        AccountingRow row = await server.RecordAsync("d", "soon@there.test");
        Assert.InRange(row.Time("timeLogged").ToUniversalTime(), opens.AddSeconds(-1), DateTime.MaxValue);
    }

    [Fact]
    public async Task A_recipient_that_was_put_off_is_tried_again_in_the_next_window()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("full@", "452 4.2.2 full"));
        await using RunningServer server = await RunningServer.StartAsync(Processed + Hosts(peer.Port, "retry-recipients-after 10m"));

        await server.SendAsync("a@sender.test", "full@there.test", Letter("-60/+300, +7200/+9000"));
        await server.RecordAsync("t", "full@there.test");
        await server.StopAsync();

        RecoveredRecipient kept = (await SpoolContents.ReadAsync(server.Spool))["full@there.test"];
        Envelope envelope = (await SpoolContents.EnvelopesAsync(server.Spool))["full@there.test"].Envelope;
        Assert.Equal(envelope.Windows!.All[1].Start, kept.NotBefore);
        Assert.Equal(1, kept.Attempts);
    }

    [Fact]
    public async Task Behind_the_last_window_mail_bounces_as_expired()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("full@", "452 4.2.2 full"));
        await using RunningServer server = await RunningServer.StartAsync(Processed + Hosts(peer.Port, "retry-recipients-after 10m"));

        await server.SendAsync("", "full@there.test", Letter("-60/+300"));

        AccountingRow row = await server.RecordAsync("b", "full@there.test");
        Assert.Equal(("smtp;452 4.2.2 full", "message-expired"), (row["dsnDiag"], row["bounceCat"]));
        await server.EmptyAsync();
    }

    [Theory]
    [InlineData("soon", "554 5.6.0 x-schedule: window 1 cannot be read")]
    [InlineData("2020-01-01 00:00:00/2020-01-02 00:00:00", "554 5.6.0 x-schedule: every window is over")]
    public async Task A_schedule_that_gives_no_time_is_refused(string schedule, string refusal)
    {
        await using RunningServer server = await RunningServer.StartAsync(Processed + Hosts(ScriptedSmtpServer.UnusedPort()));
        await using MailClient client = await MailClient.ConnectAsync(server.EndPoint);

        Exception refused = await Assert.ThrowsAnyAsync<Exception>(
            () => client.SendAsync("a@sender.test", ["b@there.test"], System.Text.Encoding.ASCII.GetBytes($"X-Schedule: {schedule}\r\n\r\nhello\r\n")));

        Assert.Contains(refusal, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
    }

    [Fact]
    public async Task A_schedule_that_nobody_processes_is_a_field_like_any_other_and_one_may_be_retained()
    {
        await using var peer = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Hosts(peer.Port));
        await server.SendAsync("a@sender.test", "one@there.test", "X-Schedule: soon\r\n\r\nhello\r\n");
        Assert.Contains("X-Schedule: soon\r\n", Text(await peer.NextMessageAsync()), StringComparison.Ordinal);

        await server.ReloadAsync(Processed.Replace("yes\n", "yes\n  retain-x-schedule yes\n", StringComparison.Ordinal) + Hosts(peer.Port));
        await server.SendAsync("a@sender.test", "two@there.test", Letter("-60/+300"));
        Assert.Contains("X-Schedule: ", Text(await peer.NextMessageAsync()), StringComparison.Ordinal);
    }

    /// <summary>Windows in seconds from now.</summary>
    private static string Letter(string windows)
    {
        IEnumerable<string> texts = windows.Split(", ").Select(window => string.Join('/', window.Split('/').Select(At)));
        return $"X-Schedule: {string.Join(", ", texts)}\r\nSubject: x\r\n\r\nhello\r\n";
    }

    private static string Text(ReceivedMessage message) => System.Text.Encoding.ASCII.GetString(message.Content);

    private static string At(string seconds) =>
        DateTime.Now.AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Hosts(int port, string more = "") => $"<domain *>\n  smtp-hosts [127.0.0.1]:{port}\n  {more}\n</domain>\n";
}
