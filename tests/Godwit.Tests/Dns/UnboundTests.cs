// The resolver against a real recursive server: unbound with local data, started on loopback for each of these tests.

using System.Net;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dns;

public sealed class UnboundTests : IAsyncLifetime
{
    private const string Zones = """
          local-zone: "refused.test." always_refuse
          local-zone: "example.test." static
        """;

    private static readonly string[] _records =
    [
        "example.test. 300 IN SOA ns.example.test. hostmaster.example.test. 1 3600 900 86400 77",
        "example.test. 300 IN MX 10 mx1.example.test.",
        "example.test. 300 IN MX 20 mx2.example.test.",
        "mx1.example.test. 300 IN A 192.0.2.1",
        "mx1.example.test. 300 IN AAAA 2001:db8::1",
        "mx2.example.test. 300 IN A 192.0.2.2",
        "null.example.test. 300 IN MX 0 .",
        "alias.example.test. 300 IN CNAME mx2.example.test.",
        .. Enumerable.Range(0, 20).Select(i => $"many.example.test. 300 IN TXT \"{new string((char)('a' + i), 120)}\""),
    ];

    private LocalDns? _unbound;
    private DnsResolver? _started;

    private DnsResolver Resolver => _started ?? throw new InvalidOperationException("unbound was not started");

    private IPEndPoint EndPoint => new(IPAddress.Loopback, _unbound!.Port);

    public async ValueTask InitializeAsync()
    {
        if (Tool.Find("unbound") is not null)
        {
            _unbound = await LocalDns.StartAsync(_records, Zones);
            _started = new DnsResolver(() => [EndPoint], new ServerClock(TimeProvider.System));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_unbound is not null)
        {
            await Resolver.DisposeAsync();
            await _unbound.DisposeAsync();
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_real_recursive_server_gives_hosts_negative_answers_aliases_and_long_answers()
    {
        Tool.Need("unbound");
        var lookup = new MxLookup(Resolver, new Random(1));

        MxAnswer found = await lookup.FindAsync(DomainName.Parse("example.test"), default, CancellationToken.None);
        MxAnswer nullMx = await lookup.FindAsync(DomainName.Parse("null.example.test"), default, CancellationToken.None);
        MxAnswer alias = await lookup.FindAsync(DomainName.Parse("alias.example.test"), default, CancellationToken.None);
        MxAnswer unknown = await lookup.FindAsync(DomainName.Parse("no.example.test"), default, CancellationToken.None);
        DnsAnswer many = await Resolver.QueryAsync(DomainName.Parse("many.example.test"), DnsType.TXT, CancellationToken.None);
        DnsAnswer refused = await Resolver.QueryAsync(DomainName.Parse("refused.test"), DnsType.A, CancellationToken.None);

        Assert.Equal(["mx1.example.test", "mx2.example.test"], found.Hosts.Select(h => h.Name.Text));
        Assert.Equal(["2001:db8::1", "192.0.2.1"], found.Hosts[0].Addresses.Select(a => a.ToString()));
        Assert.Equal(MxStatus.NullMx, nullMx.Status);
        Assert.Equal("mx2.example.test", Assert.Single(alias.Hosts).Name.Text);
        Assert.Equal(MxStatus.NoSuchDomain, unknown.Status);
        Assert.Equal(20, many.Records.Count);
        Assert.Equal($"A refused.test: REFUSED from {EndPoint}", refused.Detail);
    }

    [Fact(Timeout = 30_000)]
    public async Task Negative_answers_carry_the_life_of_the_zone()
    {
        Tool.Need("unbound");
        var clock = new ServerClock(TimeProvider.System);

        DnsAnswer answer = await Resolver.QueryAsync(DomainName.Parse("no.example.test"), DnsType.MX, CancellationToken.None);

        Assert.Equal(DnsStatus.NoSuchName, answer.Status);
        Assert.InRange((answer.Expires - clock.Now).TotalSeconds, 30, 77);
    }
}
