// A connection that ends in the middle says nothing about the recipient: the mail waits and the operator can read why.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ThePeerHangsUp
{
    [Theory]
    [InlineData("MAIL", "Connection lost before the message was sent")]
    [InlineData("RCPT", "Connection lost before the message was sent")]
    [InlineData("DATA", "Connection lost")]
    [InlineData(".", "Connection lost while the message was sent")]
    public async Task A_recipient_waits_when_the_peer_hangs_up_in(string command, string reason)
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always(command, PeerAnswer.HangUp));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        await AssertWaitsAsync(server, reason);
    }

    [Fact]
    public async Task A_host_that_hangs_up_again_and_again_is_left_alone()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.HangUp));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-smtp-out 1
              retry-after 1h
            </domain>
            """);
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 20; i++)
            {
                await client.SendAsync("a@sender.test", [$"b{i}@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        AccountingRow failure = await server.RecordAsync("tq");

        Assert.Contains("EDISCON", failure["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal(5, peer.Sessions.Count);
        Assert.True(server.Queue("there.test").InRetry);
        Assert.Equal(20, server.Queue("there.test").Recipients);
    }

    [Fact]
    public async Task A_recipient_waits_when_the_peer_hangs_up_in_the_content()
    {
        await using var peer = new ScriptedSmtpServer(script => script.HangUpAfterContentOctets = 1000);
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        string body = string.Concat(Enumerable.Repeat("a line of some length that fills the message\r\n", 20_000));
        await server.SendAsync("a@sender.test", "b@there.test", "Subject: long\r\n\r\n" + body);

        await AssertWaitsAsync(server, "Connection lost while the message was sent");
    }

    [Fact]
    public async Task A_message_is_delivered_after_all_when_the_peer_recovers()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On(".", PeerAnswer.HangUp));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, retry: "1s"));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("d", "b@there.test");

        Assert.Equal("2.0.0 (success)", record["dsnStatus"]);
        Assert.Single(server.Accounting.Of("t"));
        await server.EmptyAsync();
    }

    private static string Config(ScriptedSmtpServer peer, string retry = "1h") => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after {retry}
          retry-after {retry}
        </domain>
        """;

    private static async Task AssertWaitsAsync(RunningServer server, string reason)
    {
        AccountingRow record = await server.RecordAsync("t", "b@there.test");
        Assert.StartsWith("4.4.2", record["dsnStatus"]);
        Assert.StartsWith($"smtp;451 4.4.2 {reason}", record["dsnDiag"]);
        Assert.Contains("EDISCON in connection to 127.0.0.1 (127.0.0.1)", record["dsnDiag"]);
        Assert.Equal("bad-connection", record["bounceCat"]);
        await server.TopQueuesSayAsync("EDISCON in connection to 127.0.0.1");
        Assert.Contains("there.test/{default}", server.TopQueues());
        Assert.Empty(server.Accounting.Of("b"));
    }
}
