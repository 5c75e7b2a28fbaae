// How long a connection is kept, when it is given up, how fast further ones are opened, and what ends a queue's wait: as the receiving host sees it.

using System.Diagnostics;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ConnectionsAreSpared
{
    [Theory]
    [InlineData("connection-idle-timeout 10m", 1)]
    [InlineData("", 2)]
    public async Task A_connection_waits_for_more_mail_as_long_as_connection_idle_timeout_says(string line, int sessions)
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync(To(peer, line));

        await server.SendAsync("a@sender.test", "one@there.test");
        await server.RecordsAsync("d", 1);
        if (sessions > 1)
        {
            await peer.Sessions[0].Ended;
        }

        await server.SendAsync("a@sender.test", "two@there.test");
        await server.RecordsAsync("d", 2);

        Assert.Equal(sessions, peer.Sessions.Count);
    }

    [Theory]
    [InlineData("max-errors-per-connection 2", 3)]
    [InlineData("", 1)]
    public async Task A_connection_ends_after_as_many_refused_recipients_as_max_errors_per_connection_says(string line, int sessions)
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script =>
        {
            script.On("MAIL", PeerAnswer.After(gate.Task, "250 2.1.0 ok"));
            script.Recipient("no", "550 5.1.1 no such user");
        });
        await using RunningServer server = await RunningServer.StartAsync(To(peer, line, "max-smtp-out 1"));
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 6; i++)
            {
                await client.SendAsync("", [$"no{i}@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        // All six wait before the first is refused.
        await Eventually.TrueAsync(() => server.Waiting == 6, TimeSpan.FromSeconds(20));
        gate.SetResult();
        await server.RecordsAsync("b", 6);

        Assert.Equal(sessions, peer.Sessions.Count);
    }

    [Fact]
    public async Task Connections_are_opened_one_after_the_other_as_smtp_out_rampup_interval_says()
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.After(gate.Task, "250 2.1.0 ok")));
        await using RunningServer server = await RunningServer.StartAsync(To(peer, "smtp-out-rampup-interval 1s", "max-smtp-out 10"));
        long start = Stopwatch.GetTimestamp();
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 10; i++)
            {
                await client.SendAsync("a@sender.test", [$"r{i}@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        await Eventually.TrueAsync(() => peer.Sessions.Count >= 3, TimeSpan.FromSeconds(30));

        // Two pauses of a second before the third. However slow the machine is, it is never less.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1.9, 60);
        gate.SetResult();
        await server.RecordsAsync("d", 10);
    }

    [Fact]
    public async Task New_mail_ends_the_wait_of_a_queue_where_retry_upon_new_mail_says_so()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Farewell("421 4.3.2 going down"));
        await using RunningServer server = await RunningServer.StartAsync(To(peer, "retry-after 1h", "retry-upon-new-mail yes"));
        await server.SendAsync("a@sender.test", "one@there.test");
        await server.RecordAsync("tq");
        peer.Script.Greeting = "220 peer.test ESMTP";

        await server.SendAsync("a@sender.test", "two@there.test");

        await server.RecordsAsync("d", 2);
    }

    private static string To(ScriptedSmtpServer peer, params string[] lines) =>
        $"<domain there.test>\n  smtp-hosts [127.0.0.1]:{peer.Port}\n  {string.Join("\n  ", lines)}\n</domain>\n";
}
