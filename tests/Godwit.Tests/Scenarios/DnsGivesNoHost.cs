// A domain that does not exist, or wants no mail, bounces at once. A domain that cannot be looked up, or leads to no address, waits; each says why.

using Godwit.Dns;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class DnsGivesNoHost
{
    [Fact]
    public async Task A_domain_that_does_not_exist_bounces()
    {
        await using var dns = new ScriptedDnsServer();
        AccountingRow record = await BounceAsync(dns);
        Assert.StartsWith("5.1.2", record["dsnStatus"]);
        Assert.StartsWith("smtp;550 5.1.2 there.test does not exist", record["dsnDiag"]);
        Assert.Equal("bad-domain", record["bounceCat"]);
    }

    [Fact]
    public async Task A_domain_with_a_null_MX_bounces()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").NullMx();
        AccountingRow record = await BounceAsync(dns);
        Assert.StartsWith("5.1.10", record["dsnStatus"]);
        Assert.Equal("smtp;556 5.1.10 there.test accepts no mail (null MX)", record["dsnDiag"]);
    }

    [Fact]
    public async Task A_domain_whose_MX_resolves_to_nothing_bounces_if_told_to()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").Exists("mx1");
        AccountingRow record = await BounceAsync(dns, "bounce-upon-no-mx yes");
        Assert.StartsWith("5.4.4", record["dsnStatus"]);
        Assert.Contains("there.test has no mail host", record["dsnDiag"]);
    }

    [Fact]
    public async Task A_domain_whose_MX_resolves_to_nothing_waits()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").Exists("mx1");
        await AssertWaitsAsync(dns, "4.4.4", "there.test has no mail host");
    }

    [Fact]
    public async Task A_domain_whose_name_servers_fail_waits()
    {
        await using var dns = new ScriptedDnsServer();
        dns.When("there.test", DnsType.MX).ServFail();
        await AssertWaitsAsync(dns, "4.4.3", "StatusDnsQueryFailed resolving there.test");
    }

    private static async Task<AccountingRow> BounceAsync(ScriptedDnsServer dns, string more = "")
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(more), dns);
        await server.SendAsync("", "b@there.test");
        AccountingRow record = await server.RecordAsync("b", "b@there.test");
        await server.EmptyAsync();
        return record;
    }

    private static async Task AssertWaitsAsync(ScriptedDnsServer dns, string status, string reason)
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(), dns);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith(status, record["dsnStatus"]);
        Assert.Contains(reason, record["dsnDiag"]);
        Assert.Equal("there.test/{default}", record["queue"]);
        await server.TopQueuesSayAsync(reason);
        Assert.Equal(1, server.Waiting);
    }

    private static string Config(string more = "") => $"""
        <domain *>
          retry-after 1h
          {more}
        </domain>
        """;
}
