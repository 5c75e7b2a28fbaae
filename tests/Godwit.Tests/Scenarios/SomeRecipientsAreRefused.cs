// One transaction, three answers: each recipient gets its own fate, and only the one that was put off is sent again.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class SomeRecipientsAreRefused
{
    [Fact]
    public async Task Each_recipient_of_a_transaction_gets_its_own_fate()
    {
        await using var peer = new ScriptedSmtpServer(script => script
            .Recipient("later@", "452 4.2.2 mailbox full")
            .Recipient("never@", "550 5.1.1 no such user"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 1h
            </domain>
            """);
        await server.SendAsync("", ["one@there.test", "later@there.test", "never@there.test", "two@there.test"]);

        AccountingRow later = await server.RecordAsync("t", "later@there.test");
        AccountingRow never = await server.RecordAsync("b", "never@there.test");
        AccountingRow one = await server.RecordAsync("d", "one@there.test");
        await server.RecordAsync("d", "two@there.test");

        Assert.Equal(("smtp;452 4.2.2 mailbox full", "quota-issues", "delayed"), (later["dsnDiag"], later["bounceCat"], later["dsnAction"]));
        Assert.Equal(("smtp;550 5.1.1 no such user", "bad-mailbox", "failed"), (never["dsnDiag"], never["bounceCat"], never["dsnAction"]));
        Assert.Equal(("smtp;250 2.0.0 taken", "", "relayed"), (one["dsnDiag"], one["bounceCat"], one["dsnAction"]));
        Assert.StartsWith("4.2.2", later["dsnStatus"]);
        Assert.StartsWith("5.1.1", never["dsnStatus"]);
        ReceivedMessage received = await peer.NextMessageAsync();
        Assert.Equal(["RCPT TO:<one@there.test>", "RCPT TO:<two@there.test>"], received.Recipients);
        Assert.Equal(4, server.Accounting.Rows.Count(row => row.Type is "d" or "b" or "t"));
        await server.TopQueuesSayAsync("452 4.2.2 mailbox full");
        Assert.Equal(1, server.Waiting);
    }

    [Fact]
    public async Task A_recipient_that_was_put_off_is_delivered_later_and_no_other_twice()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "250 2.1.5 ok", "451 4.7.1 greylisted"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 1s
            </domain>
            """);
        await server.SendAsync("a@sender.test", ["now@there.test", "later@there.test"]);

        IReadOnlyList<AccountingRow> delivered = await server.RecordsAsync("d", 2);

        Assert.Equal(["now@there.test", "later@there.test"], delivered.Select(row => row["rcpt"]));
        AccountingRow delayed = Assert.Single(server.Accounting.Of("t"));
        Assert.Equal(("later@there.test", "smtp;451 4.7.1 greylisted"), (delayed["rcpt"], delayed["dsnDiag"]));
        TimeSpan wait = DateTime.Parse(delivered[1]["timeLogged"]) - DateTime.Parse(delayed["timeLogged"]);
        Assert.InRange(wait.TotalSeconds, 0, 10);
        await server.EmptyAsync();
    }
}
