// Limits as the receiving host sees them: connections at once, recipients in time, source addresses and names in turn.

using System.Diagnostics;
using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheReceiverCounts
{
    [Fact]
    public async Task Never_more_connections_than_max_smtp_out()
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.After(gate.Task, "250 2.1.0 ok")));
        await using ScriptedSmtpServer other = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain there.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-smtp-out 3
            </domain>
            <domain other.test>
              smtp-hosts [127.0.0.1]:{other.Port}
            </domain>
            """);
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 20; i++)
            {
                await client.SendAsync("a@sender.test", [$"b{i}@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        await Eventually.TrueAsync(() => peer.Sessions.Count == 3, TimeSpan.FromSeconds(10));

        // Mail for others passes while these twenty stand at their limit, which is all that keeps them.
        await server.SendAsync("a@sender.test", "b@other.test");
        await server.RecordAsync("d", "b@other.test");
        Assert.Equal(3, peer.Sessions.Count);
        await Eventually.TrueAsync(() => server.Waiting == 20, TimeSpan.FromSeconds(10));
        await server.TopQueuesSayAsync("max-smtp-out");
        gate.SetResult();
        await server.RecordsAsync("d", 21);
        Assert.Equal(3, peer.Sessions.Count);
    }

    [Fact]
    public async Task Never_more_recipients_than_max_msg_rate()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-msg-rate 5/s
            </domain>
            """);
        long start = Stopwatch.GetTimestamp();
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 16; i++)
            {
                await client.SendAsync("a@sender.test", [$"b{i}@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        for (int i = 0; i < 16; i++)
        {
            await peer.NextMessageAsync();
        }

        // Sixteen at five a second, evenly: fifteen pauses of 200 ms.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 2.9, 30);
    }

    [Fact]
    public async Task Source_addresses_in_turn_each_with_its_name()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <virtual-mta one>
              smtp-source-host 127.0.0.2 one.mx.test
            </virtual-mta>
            <virtual-mta two>
              smtp-source-host 127.0.0.3 two.mx.test
              smtp-source-host 127.0.0.4 three.mx.test
            </virtual-mta>
            <virtual-mta-pool both>
              virtual-mta one
              virtual-mta two
            </virtual-mta-pool>
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-msg-per-connection 1
              max-smtp-out 1
            </domain>
            """);
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 12; i++)
            {
                await client.SendAsync("a@sender.test", [$"b{i}@there.test"], "X-Virtual-MTA: both\r\nSubject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        IReadOnlyList<AccountingRow> records = await server.RecordsAsync("d", 12);

        Assert.All(records, row => Assert.Equal("both", row["vmtaPool"]));
        Assert.Equal([("one", 6), ("two", 6)], records.CountBy(row => row["vmta"]).Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Equal(
            [("127.0.0.2", 6), ("127.0.0.3", 3), ("127.0.0.4", 3)],
            records.CountBy(row => row["dlvSourceIp"]).Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Equal(
            ["127.0.0.2 EHLO one.mx.test", "127.0.0.3 EHLO two.mx.test", "127.0.0.4 EHLO three.mx.test"],
            peer.Sessions.Select(session => $"{session.Remote.Address} {session.Commands[0]}").Distinct().Order());
    }

    [Fact]
    public async Task One_transaction_for_a_thousand_recipients_and_a_second_for_the_next()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-smtp-out 1
            </domain>
            """);
        string[] recipients = [.. Enumerable.Range(0, 2000).Select(i => $"b{i}@there.test")];
        await server.SendAsync("a@sender.test", recipients);

        IReadOnlyList<AccountingRow> records = await server.RecordsAsync("d", 2000);

        Assert.Equal(recipients.Order(), records.Select(row => row["rcpt"]).Order());
        ReceivedMessage[] received = [await peer.NextMessageAsync(), await peer.NextMessageAsync()];
        Assert.Equal([1000, 1000], received.Select(message => message.Recipients.Count));
        Assert.Equal(recipients.Select(each => $"RCPT TO:<{each}>").Order(), received.SelectMany(message => message.Recipients).Order());
        await server.EmptyAsync();
        Assert.Equal(0, peer.MessagesWaiting);
    }

    [Fact]
    public async Task Nothing_of_the_headers_that_were_for_us()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <virtual-mta one>
              smtp-source-host 127.0.0.2 one.mx.test
            </virtual-mta>
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test", "X-Virtual-MTA: one\r\nX-Job: spring\r\nX-Envid: 4711\r\nSubject: x\r\n\r\nx\r\n");

        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");
        AccountingRow accepted = await server.RecordAsync("r", "b@there.test");

        Assert.Equal(("one", "spring", "4711"), (delivered["vmta"], delivered["jobId"], delivered["envId"]));
        Assert.Equal(("one", "spring", "4711"), (accepted["vmta"], accepted["jobId"], accepted["envId"]));
        Assert.Equal("there.test/one", delivered["queue"]);
        string content = System.Text.Encoding.Latin1.GetString((await peer.NextMessageAsync()).Content);
        Assert.DoesNotContain("X-Virtual-MTA", content, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X-Job", content, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Subject: x\r\n\r\nx\r\n", content);
    }
}
