// Domains whose MX hosts are one provider's share its limits, or its queue, as the receiver sees it; whoever says otherwise is kept apart.

using System.Net;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ManyDomainsLiveAtOneProvider
{
    private const string Provider = """
        <provider big>
          domain big.test
          mx big.test
          max-smtp-out 2
        </provider>
        """;

    private static readonly IPAddress _address = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Two_hosted_domains_share_the_connections_that_the_provider_takes()
    {
        using var providers = new ProvidersOnDisk(Provider);
        var gate = new TaskCompletionSource();
        await using var dns = Hosted("one.test", "two.test");
        await using var peer = Holding(gate);
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, elsewhere), dns);
        await SendToAllAsync(server, 4, "one.test", "two.test");
        await SessionsAsync(peer, 2);
        await server.LogSaysAsync("queue two.test/{default}: its MX hosts are a provider's, it shares the limits of big.rollup/{default} under the settings of big.test");

        // Mail that came later to where no limit holds is there: these queues have had their turn.
        await server.SendAsync("a@sender.test", "x@elsewhere.test");
        await server.RecordAsync("d", "x@elsewhere.test");
        Assert.Equal(2, peer.Sessions.Count);

        gate.SetResult();
        await server.EmptyAsync();
        Assert.Equal(9, server.Accounting.Of("d").Count);
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    [Theory]
    [InlineData("<domain two.test>\nlog-tls no\n</domain>")]
    [InlineData("<domain *>\ndisable-mx-rollup yes\n</domain>")]
    [InlineData("<domain *>\nmx-rollup-providers no\n</domain>")]
    [InlineData("<domain big.test>\nmax-smtp-out 6\n</domain>")]
    public async Task Whoever_says_otherwise_has_its_way(string more)
    {
        using var providers = new ProvidersOnDisk(Provider);
        var gate = new TaskCompletionSource();
        await using var dns = Hosted("one.test", "two.test");
        await using var peer = Holding(gate);
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, elsewhere) + more, dns);
        await SendToAllAsync(server, 4, "one.test", "two.test");

        await SessionsAsync(peer, 6);

        gate.SetResult();
        await server.EmptyAsync();
    }

    [Fact]
    public async Task An_explicit_rollup_takes_the_mail_of_all_whose_best_hosts_include_the_listed_ones()
    {
        using var providers = new ProvidersOnDisk(Provider);
        var gate = new TaskCompletionSource();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("host.test").A("mx1", "127.0.0.2").A("mx2", "127.0.0.2").A("mx3", "127.0.0.9");
        dns.Zone("one.test").Mx(10, "mx1.host.test").Mx(10, "mx2.host.test");
        dns.Zone("two.test").Mx(10, "mx1.host.test").Mx(10, "mx2.host.test").Mx(10, "mx3.host.test");
        dns.Zone("three.test").Mx(10, "mx1.host.test").Mx(20, "mx2.host.test");
        dns.Zone("four.test").Mx(10, "mx1.host.test");
        await using var peer = Holding(gate);
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, elsewhere) + """
            <mx-rollup-list>
              mx mx1.host.test host.rollup
              mx mx2.host.test host.rollup
            </mx-rollup-list>
            """, dns);
        await SendToAllAsync(server, 1, "one.test", "two.test", "three.test", "four.test");

        await SessionsAsync(peer, 4);

        Assert.Equal(2, server.Queue("host.rollup").Recipients);
        Assert.Equal(1, server.Queue("three.test").Recipients);
        Assert.Equal(1, server.Queue("four.test").Recipients);

        // Where mail goes is known by now, so both recipients come into the rollup with one message; the provider sees a transaction for each domain.
        gate.SetResult();
        await server.EmptyAsync();
        await server.SendAsync("a@sender.test", ["c@one.test", "d@one.test", "c@two.test"]);
        await server.EmptyAsync();
        Assert.Equal(7, server.Accounting.Of("d").Count);
        Assert.Equal(5, server.Accounting.Of("d").Count(row => row["queue"].StartsWith("host.rollup/", StringComparison.Ordinal)));
        for (int i = 0; i < 4; i++)
        {
            await peer.NextMessageAsync();
        }

        string[] last = [Recipients(await peer.NextMessageAsync()), Recipients(await peer.NextMessageAsync())];
        Assert.Equal(["c@one.test d@one.test", "c@two.test"], last.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("mx listed.host.test ip.rollup rollup-by-ip", "ip.rollup", "listed.host.test")]
    [InlineData("mx other.host.test ip.rollup rollup-by-ip", "one.test", "its.host.test")]
    [InlineData("mx listed.host.test ip.rollup", "one.test", "its.host.test")]
    public async Task A_rollup_by_address_compares_addresses_and_delivers_to_the_listed_names(string line, string queue, string host)
    {
        using var providers = new ProvidersOnDisk(Provider);
        var gate = new TaskCompletionSource();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("host.test").A("listed", "127.0.0.2").A("other", "127.0.0.9").A("its", "127.0.0.2");
        dns.Zone("one.test").Mx(10, "its.host.test");
        await using var peer = Holding(gate);
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(
            Config(providers, peer, elsewhere) + $"<mx-rollup-list>\n{line}\n</mx-rollup-list>\n", dns);
        await SendToAllAsync(server, 1, "one.test");
        await SessionsAsync(peer, 1);

        Assert.Equal(1, server.Queue(queue).Recipients);

        gate.SetResult();
        Assert.StartsWith(host, (await server.RecordAsync("d"))["dsnMta"]);
    }

    private static string Recipients(ReceivedMessage message) =>
        string.Join(' ', message.Recipients.Select(line => line.Split('<', '>')[1]).Order(StringComparer.Ordinal));

    private static ScriptedDnsServer Hosted(params string[] domains)
    {
        var dns = new ScriptedDnsServer();
        dns.Zone("big.test").A("mx1", "127.0.0.2");
        foreach (string domain in domains)
        {
            dns.Zone(domain).Mx(10, "mx1.big.test");
        }

        return dns;
    }

    /// <summary>A host that answers no content before the gate opens, so that every connection that may be opened is seen.</summary>
    private static ScriptedSmtpServer Holding(TaskCompletionSource gate) =>
        new(script => script.Always(".", PeerAnswer.After(gate.Task, "250 2.0.0 taken")), _address);

    private static Task SessionsAsync(ScriptedSmtpServer peer, int least) =>
        Eventually.TrueAsync(() => peer.Sessions.Count >= least, TimeSpan.FromSeconds(20), () => $"{least} sessions; there are {peer.Sessions.Count}");

    private static async Task SendToAllAsync(RunningServer server, int each, params string[] domains)
    {
        for (int i = 0; i < each; i++)
        {
            foreach (string domain in domains)
            {
                await server.SendAsync("a@sender.test", $"b{i}@{domain}");
            }
        }
    }

    private static string Config(ProvidersOnDisk providers, ScriptedSmtpServer peer, ScriptedSmtpServer elsewhere) => $"""
        {providers.Line}
        <domain *>
          default-smtp-port {peer.Port}
        </domain>
        <domain elsewhere.test>
          smtp-hosts [127.0.0.1]:{elsewhere.Port}
        </domain>

        """;
}
