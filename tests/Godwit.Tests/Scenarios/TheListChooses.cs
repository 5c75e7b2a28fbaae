// <pattern-list>: which virtual MTA a message, or one recipient of it, goes through, and its priority.

using Godwit.Mail;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheListChooses
{
    private const string Lists = """
        <virtual-mta alerts>
        </virtual-mta>
        <virtual-mta bulk1>
        </virtual-mta>
        <virtual-mta bulk2>
        </virtual-mta>
        <virtual-mta vip>
        </virtual-mta>
        <virtual-mta fallback>
        </virtual-mta>
        <virtual-mta-pool bulk>
          virtual-mta bulk1
          virtual-mta bulk2
        </virtual-mta-pool>
        <pattern-list by-recipient>
          rcpt-to /@slow\.test$/ virtual-mta=BULK, recipient-priority=20
        </pattern-list>
        <pattern-list routes>
          mail-from /^alerts@/ virtual-mta=alerts,recipient-priority=90
          header X-Class /newsletter/ <pattern-list>
            rcpt-to /@vip\.test$/ virtual-mta=vip
            header Subject /sale/ virtual-mta=bulk
          </pattern-list>
          rcpt-to // call-to: by-recipient
          rcpt-to /^first@/ recipient-priority=100
        </pattern-list>
        <source 127.0.0.1>
          pattern-list routes
          default-virtual-mta fallback
        </source>

        """;

    private const string Discard = "<domain *>\n  type discard\n</domain>\n";

    [Fact]
    public async Task A_sender_a_header_and_a_recipient_choose_and_the_default_has_the_rest()
    {
        await using RunningServer server = await RunningServer.StartAsync(Lists + Discard);

        await server.SendAsync("alerts@shop.test", "one@slow.test");
        await server.SendAsync("news@shop.test", ["two@vip.test", "three@slow.test", "four@else.test", "first@else.test"]);
        await server.SendAsync("news@shop.test", "five@vip.test", "X-Class: newsletter\r\nSubject: sale\r\n\r\nhello\r\n");
        await server.SendAsync("news@shop.test", "six@else.test", "X-Class: newsletter\r\nSubject: big\r\n sale\r\n\r\nhello\r\n");
        await server.SendAsync("news@shop.test", "seven@else.test", "X-Class: newsletter\r\nSubject: hello\r\n\r\nhello\r\n");
        await server.RecordsAsync("d", 8);

        Dictionary<string, string> queues = server.Accounting.Of("d").ToDictionary(row => row["rcpt"], row => $"{row["queue"]} {row["vmtaPool"]}");
        Assert.Equal("slow.test/alerts ", queues["one@slow.test"]);
        Assert.Equal("vip.test/fallback ", queues["two@vip.test"]);
        Assert.Equal("slow.test/bulk1 bulk", queues["three@slow.test"]);
        Assert.Equal("else.test/fallback ", queues["four@else.test"]);
        Assert.Equal("else.test/fallback ", queues["first@else.test"]);
        Assert.Equal("vip.test/vip ", queues["five@vip.test"]);
        Assert.Equal("else.test/bulk2 bulk", queues["six@else.test"]);
        Assert.Equal("else.test/fallback ", queues["seven@else.test"]);
    }

    [Fact]
    public async Task Recipients_of_one_message_that_a_pool_was_chosen_for_stay_together()
    {
        await using RunningServer server = await RunningServer.StartAsync(Lists + Discard);

        await server.SendAsync("news@shop.test", ["a@slow.test", "b@slow.test", "c@slow.test"]);

        Assert.All(await server.RecordsAsync("d", 3), row => Assert.Equal("bulk1", row["vmta"]));
    }

    [Fact]
    public async Task The_messages_own_wish_beats_the_list_which_still_gives_its_priority()
    {
        await using RunningServer server = await RunningServer.StartAsync(Lists + Unreachable());

        await server.SendAsync("alerts@shop.test", "one@slow.test", "X-Virtual-MTA: vip\r\nSubject: x\r\n\r\nhello\r\n");
        await server.StopAsync();

        EnvelopeRecipient recipient = (await SpoolContents.EnvelopesAsync(server.Spool))["one@slow.test"].Recipient;
        Assert.Equal(("vip", (byte)90), (recipient.VirtualMta, recipient.Priority));
    }

    [Fact]
    public async Task A_priority_survives_restarts()
    {
        await using RunningServer server = await RunningServer.StartAsync(Lists + Unreachable());
        await server.SendAsync("news@shop.test", ["low@slow.test", "first@else.test", "usual@else.test"]);

        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal(3, server.Waiting);
        await server.StopAsync();

        Dictionary<string, (Envelope Envelope, EnvelopeRecipient Recipient)> kept = await SpoolContents.EnvelopesAsync(server.Spool);
        Assert.Equal([20, 100, 50], new[] { "low@slow.test", "first@else.test", "usual@else.test" }.Select(rcpt => (int)kept[rcpt].Recipient.Priority));
    }

    [Fact]
    public async Task A_reload_that_changes_the_list_counts_for_the_next_message()
    {
        await using RunningServer server = await RunningServer.StartAsync(Lists + Discard);
        await server.SendAsync("alerts@shop.test", "one@else.test");
        await server.ReloadAsync(Lists.Replace("virtual-mta=alerts", "virtual-mta=vip", StringComparison.Ordinal) + Discard);
        await server.SendAsync("alerts@shop.test", "two@else.test");

        Assert.Equal(["alerts", "vip"], (await server.RecordsAsync("d", 2)).Select(row => row["vmta"]));
    }

    private static string Unreachable() => $"<domain *>\n  smtp-hosts [127.0.0.1]:{ScriptedSmtpServer.UnusedPort()}\n</domain>\n";
}
