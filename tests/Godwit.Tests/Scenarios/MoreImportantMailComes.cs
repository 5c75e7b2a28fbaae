// All connections are taken by long transfers, and mail comes that is more important.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class MoreImportantMailComes
{
    [Fact]
    public async Task A_long_transfer_is_broken_off_for_it_and_begins_again_afterwards()
    {
        // A peer that reads nothing any more holds the only connection; the second time it listens.
        await using var slow = new ScriptedSmtpServer(script => script.On("DATA", PeerAnswer.Deaf("354 go on")));
        await using var quick = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($"""
            total-max-smtp-out 1
            <domain bulk.test>
              smtp-hosts [127.0.0.1]:{slow.Port}
              allow-priority-interruption-during-transfer yes
              log-transfer-failures yes
            </domain>
            <domain urgent.test>
              smtp-hosts [127.0.0.1]:{quick.Port}
              queue-priority 90
            </domain>

            """);
        string line = new string('x', 78) + "\r\n";
        string content = "Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 12_000_000 / line.Length));
        await server.SendAsync("a@sender.test", "b@bulk.test", content);
        ScriptedSession first = await slow.NextSessionAsync();
        await Eventually.TrueAsync(() => first.Commands.Contains("DATA"), TimeSpan.FromSeconds(20));

        await server.SendAsync("a@sender.test", "c@urgent.test");

        await server.RecordAsync("d", "c@urgent.test");
        await server.LogSaysAsync("queue bulk.test/{default}: transfer to 127.0.0.1 (127.0.0.1) interrupted, more important mail waits for the connection");
        await server.RecordAsync("d", "b@bulk.test");
        Assert.EndsWith(content, System.Text.Encoding.Latin1.GetString((await slow.NextMessageAsync()).Content), StringComparison.Ordinal);
        Assert.Equal(0, slow.MessagesWaiting);
        Assert.Empty(server.Accounting.Of("t"));
    }
}
