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

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_retry_after_a_DNS_failure_asks_again()
    {
        await using ScriptedSmtpServer peer = new();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").A("mx1", "127.0.0.1");
        dns.When("there.test", DnsType.MX).ServFail(times: 1);
        await using RunningServer server = await RunningServer.StartAsync(Config($"retry-after-dns-error 2s\n  default-smtp-port {peer.Port}"), dns);
        await server.SendAsync("a@sender.test", "b@there.test");
        AccountingRow failed = await server.RecordAsync("tq");

        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");

        Assert.StartsWith("4.4.3", failed["dsnStatus"]);
        Assert.InRange(delivered.Time("timeLogged") - failed.Time("timeLogged"), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Assert.Single(server.Accounting.Of("tq"));
        Assert.Equal(2, dns.CountOf("there.test", DnsType.MX));
    }

    [Fact]
    public async Task Many_queues_for_one_broken_name_ask_once()
    {
        const int Queues = 20;
        await using var dns = new ScriptedDnsServer();
        dns.When("there.test", DnsType.MX).ServFail();
        string virtualMtas = string.Concat(Enumerable.Range(0, Queues).Select(i => $"<virtual-mta v{i}>\n</virtual-mta>\n"));
        await using RunningServer server = await RunningServer.StartAsync(virtualMtas + Config("retry-after-dns-error 1h"), dns);
        for (int i = 0; i < Queues; i++)
        {
            await server.SendAsync("a@sender.test", "b@there.test", $"X-Virtual-MTA: v{i}\r\nSubject: x\r\n\r\nx\r\n");
        }

        IReadOnlyList<AccountingRow> failed = await server.RecordsAsync("tq", Queues);

        Assert.Equal(Queues, failed.Select(row => row["queue"]).Distinct().Count());
        Assert.Equal(1, dns.CountOf("there.test", DnsType.MX));
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
