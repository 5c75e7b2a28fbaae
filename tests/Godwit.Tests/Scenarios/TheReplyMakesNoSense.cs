// A code that is no answer to what was asked is never taken for delivery, and never for a bounce.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheReplyMakesNoSense
{
    [Theory]
    [InlineData("MAIL", "354 what")]
    [InlineData("RCPT", "354 what")]
    [InlineData("DATA", "250 what")]
    [InlineData(".", "354 what")]
    [InlineData(".", "199 what")]
    public async Task A_recipient_waits_when_the_code_is_wrong(string command, string reply)
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always(command, reply));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 1h
              retry-after 1h
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("t", "b@there.test");

        Assert.StartsWith("4.", record["dsnStatus"]);
        Assert.Contains(reply, record["dsnDiag"]);
        await server.TopQueuesSayAsync(reply);
        Assert.Empty(server.Accounting.Of("d"));
        Assert.Empty(server.Accounting.Of("b"));
    }
}
