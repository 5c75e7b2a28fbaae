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

    [Fact]
    public async Task From_an_IPv4_address_mail_goes_to_an_IPv4_host_and_nobody_asks_for_IPv6()
    {
        await using ScriptedSmtpServer peer = new();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").A("mx1", "127.0.0.1", "2001:db8::1");
        await using RunningServer server = await RunningServer.StartAsync(FromLoopback($"default-smtp-port {peer.Port}"), dns);
        await server.SendAsync("", "b@there.test");

        AccountingRow record = await server.RecordAsync("d", "b@there.test");

        Assert.Equal(("mx1.there.test (127.0.0.1)", "127.0.0.1"), (record["dsnMta"], record["dlvSourceIp"]));
        Assert.Equal(0, dns.CountOf("mx1.there.test", DnsType.AAAA));
    }

    [Fact]
    public async Task A_domain_with_IPv6_hosts_only_waits_and_says_what_is_missing()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").A("mx1", "2001:db8::1");
        await AssertWaitsAsync(
            dns,
            "4.4.4",
            "there.test has only IPv6 addresses, such as mx1.there.test (2001:db8::1), and the source address 127.0.0.1 is IPv4: "
            + "give the virtual MTA an IPv6 smtp-source-host",
            FromLoopback("retry-after 1h"),
            "there.test/v");
    }

    [Fact]
    public async Task An_address_in_place_of_the_domain_needs_no_DNS()
    {
        await using var peer = new ScriptedSmtpServer(address: System.Net.IPAddress.Parse("127.0.0.9"));
        await using RunningServer server = await RunningServer.StartAsync(Config($"default-smtp-port {peer.Port}"));
        await server.SendAsync("", "b@[127.0.0.9]");

        AccountingRow record = await server.RecordAsync("d", "b@[127.0.0.9]");

        Assert.Equal(("127.0.0.9", "[127.0.0.9]/{default}"), (record["dlvDestinationIp"], record["queue"]));
        Assert.Equal("RCPT TO:<b@[127.0.0.9]>", Assert.Single((await peer.NextMessageAsync()).Recipients));
    }

    private static async Task<AccountingRow> BounceAsync(ScriptedDnsServer dns, string more = "")
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(more), dns);
        await server.SendAsync("", "b@there.test");
        AccountingRow record = await server.RecordAsync("b", "b@there.test");
        await server.EmptyAsync();
        return record;
    }

    [Theory]
    [InlineData("mx.test")]
    [InlineData("other.mx.test")]
    [InlineData("out.mx.test")]
    public async Task A_domain_that_names_this_server_first_bounces(string us)
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, us).Mx(20, "mx2").A("mx2", "127.0.0.1");
        dns.Zone("mx.test").A("@", "127.0.0.1").A("other", "127.0.0.1").A("out", "127.0.0.1");
        await using RunningServer server = await RunningServer.StartAsync("host-name other.mx.test\n" + FromLoopback("retry-after 1h"), dns);
        await server.SendAsync("", "b@there.test");

        AccountingRow record = await server.RecordAsync("b", "b@there.test");

        Assert.StartsWith("5.4.6", record["dsnStatus"]);
        Assert.StartsWith($"smtp;554 5.4.6 mail for there.test would come back here: its hosts begin with this server ({us}, preference 10)", record["dsnDiag"]);
        Assert.Equal("routing-errors", record["bounceCat"]);
    }

    private static async Task AssertWaitsAsync(
        ScriptedDnsServer dns, string status, string reason, string? config = null, string queue = "there.test/{default}")
    {
        await using RunningServer server = await RunningServer.StartAsync(config ?? Config(), dns);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith(status, record["dsnStatus"]);
        Assert.Contains(reason, record["dsnDiag"]);
        Assert.Equal(queue, record["queue"]);
        await server.TopQueuesSayAsync(reason);
        Assert.Equal(1, server.Waiting);
    }

    /// <summary>Everything leaves through a virtual MTA that has one IPv4 address.</summary>
    private static string FromLoopback(string more) => $"""
        <source 127.0.0.1>
          default-virtual-mta v
        </source>
        <virtual-mta v>
          smtp-source-host 127.0.0.1 out.mx.test
          <domain *>
            {more}
          </domain>
        </virtual-mta>
        """;

    private static string Config(string more = "") => $"""
        <domain *>
          retry-after 1h
          {more}
        </domain>
        """;
}
