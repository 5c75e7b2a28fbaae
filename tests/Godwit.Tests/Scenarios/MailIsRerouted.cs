// reroute-to-virtual-mta: new mail joins the queue that its own queue's settings name.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class MailIsRerouted
{
    private const string Config = """
        <virtual-mta first>
          <domain moved.test>
            reroute-to-virtual-mta SECOND
          </domain>
          <domain spread.test>
            reroute-to-virtual-mta both
          </domain>
          <domain circle.test>
            reroute-to-virtual-mta second
          </domain>
        </virtual-mta>
        <virtual-mta second>
          <domain moved.test>
            reroute-to-virtual-mta third
          </domain>
          <domain circle.test>
            reroute-to-virtual-mta first
          </domain>
        </virtual-mta>
        <virtual-mta third>
        </virtual-mta>
        <virtual-mta-pool both>
          virtual-mta second
          virtual-mta third
        </virtual-mta-pool>
        <source 127.0.0.1>
          default-virtual-mta first
        </source>
        <domain *>
          type discard
        </domain>

        """;

    [Fact]
    public async Task Waiting_mail_that_an_operator_reroutes_leaves_by_the_other_virtual_mta_also_behind_a_restart()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);
        await server.RunAsync("pause queue stays.test/*");
        await server.SendAsync("a@sender.test", ["one@stays.test", "two@stays.test"]);
        await server.SendAsync("a@sender.test", "three@stays.test");

        Assert.Equal("Rerouted 2 recipient(s) to second.\n", await server.RunAsync("reroute second --queue=stays.test/first --rcpt=t*"));
        Assert.Equal("Rerouted 1 recipient(s) to both.\n", await server.RunAsync("reroute both --queue=stays.test/first"));
        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal(3, server.Waiting);
        await server.RunAsync("resume queue stays.test/*");
        await server.RecordsAsync("d", 3);

        Assert.StartsWith("stays.test/second", Queue(server, "one@stays.test"), StringComparison.Ordinal);
        Assert.StartsWith("stays.test/second", Queue(server, "two@stays.test"), StringComparison.Ordinal);
        Assert.StartsWith("stays.test/second", Queue(server, "three@stays.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_mail_goes_along_a_chain_of_virtual_mtas_and_to_the_members_of_a_pool_in_turn()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);

        await server.SendAsync("a@sender.test", ["one@moved.test", "two@stays.test"]);
        await server.SendAsync("a@sender.test", ["three@spread.test", "four@spread.test"]);
        await server.SendAsync("a@sender.test", "five@spread.test");
        await server.RecordsAsync("d", 5);

        Assert.Equal("moved.test/third ", Queue(server, "one@moved.test"));
        Assert.Equal("stays.test/first ", Queue(server, "two@stays.test"));
        Assert.Equal("spread.test/second both", Queue(server, "three@spread.test"));
        Assert.Equal("spread.test/second both", Queue(server, "four@spread.test"));
        Assert.Equal("spread.test/third both", Queue(server, "five@spread.test"));
    }

    [Fact]
    public async Task Mail_in_a_circle_stays_in_the_last_queue_and_the_log_says_so()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config);

        await server.SendAsync("a@sender.test", "one@circle.test");
        await server.RecordAsync("d", "one@circle.test");
        await server.StopAsync();

        Assert.Equal("circle.test/second ", Queue(server, "one@circle.test"));
        Assert.Contains("circle for circle.test: first -> second -> first", File.ReadAllText(Path.Combine(server.Root, "godwit.log")), StringComparison.Ordinal);
    }

    private static string Queue(RunningServer server, string recipient)
    {
        AccountingRow row = server.Accounting.Of("d").Single(row => row["rcpt"] == recipient);
        return $"{row["queue"]} {row["vmtaPool"]}";
    }
}
