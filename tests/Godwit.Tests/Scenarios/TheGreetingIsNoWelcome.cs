// A host that does not greet us with 220 has not spoken about any message. 421 and silence put the whole queue off; 554 bounces it, unless told otherwise.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheGreetingIsNoWelcome
{
    [Fact]
    public async Task A_421_greeting_puts_the_queue_off()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Farewell("421 4.7.0 too busy today"));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.Equal("there.test/{default}", record["queue"]);
        Assert.StartsWith("4.7.0", record["dsnStatus"]);
        Assert.Equal("smtp;421 4.7.0 too busy today", record["dsnDiag"]);
        Assert.Equal("127.0.0.1 (127.0.0.1)", record["dsnMta"]);
        await server.TopQueuesSayAsync("421 4.7.0 too busy today");
        Assert.Empty(server.Accounting.Of("t"));
    }

    [Fact]
    public async Task A_554_greeting_bounces_the_queue()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 you are listed");
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        await server.SendAsync("", "b@there.test");

        AccountingRow record = await server.RecordAsync("b", "b@there.test");

        Assert.StartsWith("5.7.1", record["dsnStatus"]);
        Assert.Equal("smtp;554 5.7.1 you are listed", record["dsnDiag"]);
        await server.EmptyAsync();
    }

    [Fact]
    public async Task A_554_greeting_only_puts_the_queue_off_when_bounce_upon_5xx_greeting_is_off()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 you are listed");
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, "bounce-upon-5xx-greeting no"));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith("4.3.2", record["dsnStatus"]);
        Assert.Contains("you are listed", record["dsnDiag"]);
        await server.TopQueuesSayAsync("you are listed");
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_greeting_that_does_not_come_in_time_puts_the_queue_off()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Silence);
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, "smtp-greeting-timeout 2s"));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith("4.4.2", record["dsnStatus"]);
        Assert.Contains("ETIMEDOUT in connection to 127.0.0.1", record["dsnDiag"]);
        await server.TopQueuesSayAsync("ETIMEDOUT in connection to 127.0.0.1");
    }

    private static string Config(ScriptedSmtpServer peer, string more = "") => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-after 1h
          {more}
        </domain>
        """;
}
