// cold-virtual-mta: the first messages of a day to each domain go through the virtual MTAs that are being warmed up.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class AnAddressWarmsUp
{
    private const string Config = """
        <virtual-mta warm>
          cold-virtual-mta COLD1
          cold-virtual-mta cold2
        </virtual-mta>
        <virtual-mta cold1>
        </virtual-mta>
        <virtual-mta cold2>
          <domain big.test>
            max-cold-virtual-mta-msg 1/day, 100/day
          </domain>
        </virtual-mta>
        <virtual-mta other>
        </virtual-mta>
        <virtual-mta-pool pool>
          virtual-mta other
          cold-virtual-mta cold1
        </virtual-mta-pool>
        <source 127.0.0.1>
          default-virtual-mta warm
        </source>
        <domain *>
          type discard
        </domain>
        <domain big.test>
          max-cold-virtual-mta-msg 2/day
        </domain>
        <domain joins.test>
          queue-to big.test
        </domain>

        """;

    [Fact]
    public async Task The_first_messages_of_the_day_take_turns_and_the_rest_stays_also_over_a_restart()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);
        await server.SendAsync("a@sender.test", "one@big.test");
        await server.SendAsync("a@sender.test", "two@big.test");
        await server.EmptyAsync();

        await server.StopAsync();
        await server.StartAsync();
        await server.SendAsync("a@sender.test", "three@big.test");
        await server.SendAsync("a@sender.test", "four@big.test");
        await server.SendAsync("a@sender.test", "other@unlimited.test");
        await server.RecordsAsync("d", 5);

        Assert.Equal("big.test/cold1", Queue(server, "one@big.test"));
        Assert.Equal("big.test/cold2", Queue(server, "two@big.test"));
        Assert.Equal("big.test/cold1", Queue(server, "three@big.test"));
        Assert.Equal("big.test/warm", Queue(server, "four@big.test"));
        Assert.Equal("unlimited.test/warm", Queue(server, "other@unlimited.test"));
    }

    [Fact]
    public async Task A_message_counts_once_for_all_its_recipients_in_the_queue_that_it_joins()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);

        await server.SendAsync("a@sender.test", ["one@big.test", "two@joins.test", "three@big.test"]);
        await server.SendAsync("a@sender.test", ["four@joins.test", "five@joins.test"]);
        await server.RecordsAsync("d", 5);

        Assert.Equal(["big.test/cold1", "big.test/cold1", "big.test/cold1"], new[] { "one@big.test", "two@joins.test", "three@big.test" }.Select(r => Queue(server, r)));
        Assert.Equal(["big.test/cold2", "big.test/cold2"], new[] { "four@joins.test", "five@joins.test" }.Select(r => Queue(server, r)));
    }

    [Fact]
    public async Task A_pools_cold_virtual_mta_takes_its_share_of_members_that_have_none()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);

        for (int i = 1; i <= 3; i++)
        {
            await server.SendAsync("a@sender.test", $"r{i}@big.test", "X-Virtual-MTA: pool\r\nSubject: x\r\n\r\nhello\r\n");
        }

        IReadOnlyList<AccountingRow> rows = await server.RecordsAsync("d", 3);
        Assert.Equal(["big.test/cold1 pool", "big.test/cold1 pool", "big.test/other pool"],
            rows.OrderBy(row => row["rcpt"]).Select(row => $"{row["queue"]} {row["vmtaPool"]}"));
    }

    private static string Queue(RunningServer server, string recipient) => server.Accounting.Of("d").Single(row => row["rcpt"] == recipient)["queue"];
}
