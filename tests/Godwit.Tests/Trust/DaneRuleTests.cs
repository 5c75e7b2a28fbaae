using System.Net;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>From DNS answers to the rule for one host (RFC 7672 section 2), with a name server that says what the test wants; its AD bit is believed on loopback.</summary>
public sealed class DaneRuleTests : IAsyncLifetime
{
    private const int Limit = 60_000;

    private static readonly ForgedCertificate _mx = ForgedCertificate.Host(null, "mx.example.org");
    private static readonly DestinationTrust _destination = DestinationTrust.None(DomainName.Parse("example.org"));

    private readonly TrustLab _lab = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_host_with_a_secure_record_must_match_it()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));

        HostTrust host = await AskAsync("mx.example.org");

        Assert.Equal((HostTrustKind.Dane, true, true), (host.Kind, host.RequiresTls, host.IsEnforced));
        Assert.Null(host.Judge(_mx.Shown()));
        Assert.Equal(TlsResultType.TlsaInvalid, host.Judge(ForgedCertificate.Host(null, "mx.example.org").Shown()));
        Assert.Equal(("mx.example.org", TlsPolicyKind.Tlsa), (host.ServerName, host.Reported.Kind));
        Assert.Equal(["mx.example.org", "example.org"], host.ReferenceNames);
    }

    [Fact(Timeout = Limit)]
    public async Task Records_that_cannot_be_used_ask_for_TLS_with_whatever_certificate()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 1, 1, 1, _mx.TlsaContent(1, 1)).Tlsa("_25._tcp.mx", 3, 1, 9, [1]);

        HostTrust host = await AskAsync("mx.example.org");

        Assert.Equal((HostTrustKind.DaneUnusable, true, false), (host.Kind, host.RequiresTls, host.IsEnforced));
        Assert.Null(host.Judge(_mx.Shown()));
        Assert.False(host.Allows(isEncrypted: false, null));
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_without_records_and_a_host_in_an_insecure_zone_are_opportunistic()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1");
        HostTrust without = await AskAsync("mx.example.org");
        _lab.Dns.IsValidating = false;
        _lab.Dns.Zone("insecure.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));
        HostTrust insecure = await AskAsync("mx.insecure.org");

        Assert.Equal([HostTrustKind.Opportunistic, HostTrustKind.Opportunistic], [without.Kind, insecure.Kind]);
        Assert.Equal(0, _lab.Dns.CountOf("_25._tcp.mx.insecure.org", DnsType.TLSA));
    }

    [Theory(Timeout = Limit)]
    [InlineData("mx.example.org", DnsType.A)]
    [InlineData("_25._tcp.mx.example.org", DnsType.TLSA)]
    public async Task A_failed_lookup_keeps_the_mail_back(string name, DnsType type)
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));
        _lab.Dns.When(name, type).ServFail();

        HostTrust host = await AskAsync("mx.example.org");

        Assert.True(host.IsRefused);
        Assert.Equal(TlsResultType.DnssecInvalid, host.ProblemType);
        Assert.Contains($"{type} {name}: SERVFAIL", host.Problem, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Records_of_the_name_behind_an_alias_come_before_those_of_the_alias()
    {
        _lab.Dns.Zone("example.org").Cname("mx", "real.other.net").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(0, 1));
        _lab.Dns.Zone("other.net").A("real", "192.0.2.1").Tlsa("_25._tcp.real", 3, 1, 1, _mx.TlsaContent(1, 1));
        _lab.Dns.Zone("third.org").Cname("mx", "bare.other.net").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));
        _lab.Dns.Zone("other.net").A("bare", "192.0.2.2");

        HostTrust expanded = await AskAsync("mx.example.org");
        HostTrust alias = await AskAsync("mx.third.org");

        Assert.Equal("real.other.net", expanded.ServerName);
        Assert.Null(expanded.Judge(_mx.Shown()));
        Assert.Equal("mx.third.org", alias.ServerName);
        Assert.Null(alias.Judge(_mx.Shown()));
    }

    [Fact(Timeout = Limit)]
    public async Task Over_an_insecure_MX_record_the_host_is_proved_and_an_enforced_policy_must_hold_too()
    {
        _lab.Dns.Zone("host.net").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));
        _lab.Publish("example.org", "1", "version: STSv1\nmode: enforce\nmx: mx.host.net\nmax_age: 604800\n");
        DestinationTrust destination = await _lab.AskAsync("example.org");
        ForgedCertificate both = ForgedCertificate.Host(TrustLab.Root, "x", ["mx.host.net"], key: _mx.Key);

        HostTrust secure = await _lab.AskHostAsync(destination, "mx.host.net", TrustLab.Both, authentic: true);
        HostTrust insecure = await _lab.AskHostAsync(destination, "mx.host.net", TrustLab.Both, authentic: false);

        Assert.Null(secure.Judge(_mx.Shown()));
        Assert.NotNull(insecure.Judge(_mx.Shown()));
        Assert.Null(insecure.Judge(both.Shown()));
        Assert.NotNull(insecure.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.host.net").Shown()));
        Assert.Equal(["mx.host.net"], insecure.ReferenceNames);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_does_not_speak_up_for_a_host_that_DANE_refuses()
    {
        _lab.Dns.Zone("host.net").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));
        _lab.Publish("example.org", "1", "version: STSv1\nmode: enforce\nmx: mx.host.net\nmax_age: 604800\n");
        DestinationTrust destination = await _lab.AskAsync("example.org");

        HostTrust host = await _lab.AskHostAsync(destination, "mx.host.net", TrustLab.Both);

        Assert.Equal(TlsResultType.TlsaInvalid, host.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.host.net").Shown()));
    }

    [Fact(Timeout = Limit)]
    public async Task Records_are_read_once_for_as_long_as_the_answer_is_remembered()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));

        HostTrust first = await AskAsync("mx.example.org");
        HostTrust second = await AskAsync("mx.example.org");

        Assert.Same(first.Records, second.Records);
        Assert.NotNull(second.Records);
    }

    [Fact(Timeout = Limit)]
    public async Task Who_uses_DANE_without_a_name_server_that_is_believed_reads_that_once_and_nobody_else_does()
    {
        _lab.Settings.Replace(_lab.Settings.Value with { NameServers = [new IPEndPoint(IPAddress.Parse("192.0.2.53"), 53)] });
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1");
        _lab.Policies.Start();
        await _lab.AskHostAsync(_destination, "mx.example.org", TrustLab.Sts);
        int before = Warnings();

        await AskAsync("mx.example.org");
        await AskAsync("mx.example.org");

        Assert.Equal((0, 1), (before, Warnings()));

        int Warnings() => _lab.Log.Lines.Count(line => line.Text.Contains("use-dane has no effect", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task The_records_of_another_port_say_nothing()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));

        HostTrust host = await _lab.Policies.ForHostAsync(
            _destination, DomainName.Parse("mx.example.org"), true, 587, TrustLab.Dane, TestContext.Current.CancellationToken);

        Assert.Equal(HostTrustKind.Opportunistic, host.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Without_use_dane_nothing_is_asked_and_a_required_session_stays_required()
    {
        _lab.Dns.Zone("example.org").A("mx", "192.0.2.1").Tlsa("_25._tcp.mx", 3, 1, 1, _mx.TlsaContent(1, 1));

        HostTrust host = await _lab.AskHostAsync(_destination, "mx.example.org", new TrustTerms(false, false, RequireStartTls: true));

        Assert.Equal((HostTrustKind.Required, true), (host.Kind, host.RequiresTls));
        Assert.Null(host.Judge(_mx.Shown()));
        Assert.Empty(_lab.Dns.Queries);
    }

    private Task<HostTrust> AskAsync(string host) => _lab.AskHostAsync(_destination, host, TrustLab.Dane);
}
