// A second opinion on every decoder: the same questions to the same server, through an independent resolver and through ours.

using DnsClient;
using DnsClient.Protocol;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dns;

public sealed class DnsClientCrossCheckTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _server = new();
    private readonly DnsResolver _resolver;
    private readonly LookupClient _other;

    public DnsClientCrossCheckTests()
    {
        _server.Zone("example.org").Ttl(321).Mx(10, "mx1").Mx(20, "mail.example.net").A("@", "192.0.2.1", "2001:db8::1")
            .A("many", [.. Enumerable.Range(1, 150).Select(i => $"198.51.100.{i}")])
            .Cname("www", "web.example.net").Txt("@", "v=spf1 ", "-all").Txt("_dmarc", "v=DMARC1; p=none");
        _server.Zone("example.net").A("web", "203.0.113.80").A("mail", "203.0.113.25");
        _resolver = new DnsResolver(() => [_server.EndPoint], new ServerClock(TimeProvider.System));
        _other = new LookupClient(new LookupClientOptions(_server.EndPoint) { UseCache = false, Retries = 2 });
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory(Timeout = 20_000)]
    [InlineData("example.org", DnsType.MX)]
    [InlineData("example.org", DnsType.A)]
    [InlineData("example.org", DnsType.AAAA)]
    [InlineData("example.org", DnsType.TXT)]
    [InlineData("_dmarc.example.org", DnsType.TXT)]
    [InlineData("www.example.org", DnsType.A)]
    [InlineData("www.example.org", DnsType.CNAME)]
    [InlineData("many.example.org", DnsType.A)]
    [InlineData("web.example.net", DnsType.MX)]
    [InlineData("no.example.org", DnsType.A)]
    public async Task Both_read_the_same(string name, DnsType type)
    {
        DnsAnswer ours = await _resolver.QueryAsync(DomainName.Parse(name), type, CancellationToken.None);
        IDnsQueryResponse theirs = await _other.QueryAsync(name, (QueryType)(int)type);

        Assert.Equal(theirs.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain, ours.Status == DnsStatus.NoSuchName);
        Assert.Equal(
            theirs.Answers.Where(r => (int)r.RecordType == (int)type).Select(Describe).Order(),
            ours.Records.Select(Describe).Order());
        Assert.Equal(ours.Status == DnsStatus.Found, ours.Records.Count > 0);
    }

    /// <summary>With the life as it came: DnsClient counts its own down.</summary>
    private static string Describe(DnsResourceRecord record) => $"{record.DomainName.Value.TrimEnd('.')} {record.InitialTimeToLive} " + record switch
    {
        DnsClient.Protocol.MxRecord mx => $"{mx.Preference} {mx.Exchange.Value.TrimEnd('.')}",
        DnsClient.Protocol.AddressRecord address => address.Address.ToString(),
        CNameRecord alias => alias.CanonicalName.Value.TrimEnd('.'),
        TxtRecord text => string.Concat(text.Text),
        _ => throw new InvalidOperationException($"no words for {record.RecordType}"),
    };

    private static string Describe(DnsRecord record) => $"{record.Owner} {record.Ttl} " + record switch
    {
        Godwit.Dns.MxRecord mx => $"{mx.Preference} {mx.Host}",
        Godwit.Dns.AddressRecord address => address.Address.ToString(),
        NameRecord alias => alias.Target.Text,
        TextRecord text => text.Text,
        _ => throw new InvalidOperationException($"no words for {record.Type}"),
    };
}
