// A peer that talks for ever gets no more of our memory than a reply may have: the connection is cut, the mail waits, the record says why.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheReplyNeverEnds
{
    [Fact]
    public async Task A_line_without_end_cuts_the_connection()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.EndlessLine));
        await AssertBrokenAsync(peer);
    }

    [Fact]
    public async Task A_reply_of_endless_lines_cuts_the_connection()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", PeerAnswer.EndlessReply));
        await AssertBrokenAsync(peer);
    }

    [Fact]
    public async Task A_greeting_of_endless_lines_puts_the_queue_off()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.EndlessReply);
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.Contains("EPROTO in connection to 127.0.0.1", record["dsnDiag"]);
        await server.TopQueuesSayAsync("EPROTO in connection to 127.0.0.1");
    }

    private static async Task AssertBrokenAsync(ScriptedSmtpServer peer)
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("t", "b@there.test");

        Assert.StartsWith("4.", record["dsnStatus"]);
        Assert.Contains("EPROTO in connection to 127.0.0.1", record["dsnDiag"]);
        Assert.InRange(record["dsnDiag"].Length, 1, 1000);
        await server.TopQueuesSayAsync("EPROTO in connection to 127.0.0.1");
        await (await peer.NextSessionAsync()).Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private static string Config(ScriptedSmtpServer peer) => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after 1h
          retry-after 1h
        </domain>
        """;
}
