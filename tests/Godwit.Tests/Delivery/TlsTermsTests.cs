using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Godwit.Delivery;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Delivery;

/// <summary>What one domain, host or queue does with TLS must not become another's.</summary>
public sealed class TlsTermsTests : IDisposable
{
    private static readonly DomainName _rollup = DomainName.Parse("host.rollup");
    private static readonly QueueKey _queue = new(DomainName.Parse("dest.test"), EnvelopeRecipient.DefaultVirtualMta);

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_stranger_who_gives_a_host_a_name_that_it_refuses_brings_nobody_else_into_plain_text()
    {
        await using var server = new ScriptedSmtpServer(
            script => script.UseTls(_authority.Issue("mx.test")).On("STARTTLS", PeerAnswer.Farewell("220 go ahead")));
        await using var bench = new DeliveryBench(new DeliverySettings { DefaultSmtpPort = server.Port });
        bench.Doors = bench.Doors with
        {
            FindMx = (domain, _, _) => ValueTask.FromResult(
                new MxAnswer(MxStatus.Found, [new MailHost(DomainName.Parse($"mx.{domain}"), 10, [IPAddress.Loopback])], "")),
        };
        bench.Start();
        bench.Submit(destination: "evil.test");
        Assert.Equal("", (await bench.FateAsync()).Attempt.TlsProtocol);

        bench.Submit(destination: "dest.test");
        Assert.Equal("TLSv1.3", (await bench.FateAsync()).Attempt.TlsProtocol);
        await bench.EventualIdleAsync();

        bench.Submit(destination: "evil.test");
        Assert.Equal("", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task That_TLS_fails_under_one_queues_directives_says_nothing_about_others()
    {
        var host = new HostAddress("mx.dest.test", new IPEndPoint(IPAddress.Loopback, 25));
        var usual = new DeliverySettings();
        OutgoingTls tls = Tls(usual);
        HostTlsTerms broken = await TermsAsync(tls, host, usual);
        tls.Broke(broken);

        Assert.True((await TermsAsync(tls, host, usual)).IsPassedOver);
        Assert.True((await TermsAsync(tls, host, usual with { MaxSmtpOut = 3 })).IsPassedOver);
        Assert.False((await TermsAsync(tls, host, usual with { TlsAllowV13 = false })).IsPassedOver);
        Assert.False((await TermsAsync(tls, host, usual with { ReuseTlsSession = true })).IsPassedOver);
        Assert.False((await TermsAsync(tls, host with { EndPoint = new IPEndPoint(IPAddress.Loopback, 26) }, usual)).IsPassedOver);
    }

    [Fact]
    public async Task A_report_asks_nothing_of_the_domains_hosts_and_of_a_relay_what_all_mail_does()
    {
        var host = new HostAddress("mx.dest.test", new IPEndPoint(IPAddress.Loopback, 25));
        DeliverySettings strict = Settings("ca") with { RequireStartTls = true };
        QueueKey reports = _queue with { VirtualMta = EnvelopeRecipient.ReportVirtualMta };
        OutgoingTls tls = Tls(strict);
        tls.Demand(reports, "the host said so");

        Assert.Equal("opportunistic", (await tls.TermsForAsync(reports, host, strict, TestContext.Current.CancellationToken)).Word);
        HostTlsTerms relay = await tls.TermsForAsync(reports, host, strict with { AuthUsername = "customer" }, TestContext.Current.CancellationToken);
        Assert.Equal((true, true), (relay.IsRequired, relay.IsEnforced));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("require", "", true)]
    [InlineData("require", "require", false)]
    [InlineData("", "require", false)]
    [InlineData("ca", "", true)]
    [InlineData("ca", "ca", false)]
    [InlineData("ca", "other ca", true)]
    [InlineData("demand", "", true)]
    [InlineData("demand", "require", false)]
    [InlineData("", "no dane", true)]
    [InlineData("", "no tls", true)]
    [InlineData("no dane", "", false)]
    [InlineData("no dane", "no dane", false)]
    [InlineData("no tls", "no dane", false)]
    public async Task A_queue_does_not_join_a_rollup_that_asks_less_of_TLS(string own, string shared, bool alone)
    {
        OutgoingTls tls = Tls(Settings(shared));
        if (own == "demand")
        {
            tls.Demand(_queue, "the host said so");
        }

        Assert.Equal(alone, await tls.StandsAloneAsync(_queue, _rollup, Settings(own), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_domain_that_joins_a_rollup_by_address_cannot_draw_the_others_mail_to_a_host_of_its_own()
    {
        var dns = new Dictionary<string, IPAddress> { ["mx.big.test"] = IPAddress.Parse("127.0.0.2") };
        await using var bench = new DeliveryBench(new DeliverySettings());
        ServerSettings known = bench.ServerSettings with { MxRollups = [new MxRollupRule(Exact("mx.big.test"), DomainName.Parse("big.rollup"), ByAddress: true)] };
        var evil = new MxAnswer(
            MxStatus.Found,
            [
                new MailHost(DomainName.Parse("b.evil.test"), 10, [IPAddress.Parse("127.0.0.66")]),
                new MailHost(DomainName.Parse("a.evil.test"), 10, [IPAddress.Parse("127.0.0.2")]),
            ],
            "") { Exchanges = [new(DomainName.Parse("b.evil.test"), 10), new(DomainName.Parse("a.evil.test"), 10)] };
        DeliveryDoors doors = bench.Doors with
        {
            Settings = () => known,
            FindMx = (_, _, _) => ValueTask.FromResult(evil),
            FindHost = (name, _, _) => ValueTask.FromResult(new MxAnswer(MxStatus.Found, [new MailHost(name, 0, [dns[name.Text]])], "")),
        };
        var hosts = new DestinationHosts(doors, bench.Clock, new Random(1));
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        RollupChoice choice = await hosts.Rollups.ChooseAsync(
            new QueueKey(DomainName.Parse("evil.test"), EnvelopeRecipient.DefaultVirtualMta), bench.Settings, evil, default, cancellation);
        Assert.Equal((RollupKind.Queue, "big.rollup"), (choice.Kind, choice.Name.Text));

        HostPlan plan = await hosts.FindDestinationAsync(choice.Name, bench.Settings, new SourceHost(null, "out.sender.test"), cancellation);
        HostAddress only = Assert.Single(plan.Hosts);
        Assert.Equal(("mx.big.test", "127.0.0.2"), (only.Name, only.EndPoint.Address.ToString()));

        // The list has moved on: nothing of the rollup's goes anywhere for that.
        dns["mx.big.test"] = IPAddress.Parse("127.0.0.3");
        plan = await hosts.FindDestinationAsync(choice.Name, bench.Settings, new SourceHost(null, "out.sender.test"), cancellation);
        Assert.Equal((HostPlanStatus.DnsFailed, 0), (plan.Status, plan.Hosts.Count));
        Assert.StartsWith("451 4.4.4 evil.test, which joined big.rollup last, has none", plan.Reply!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_host_writes_into_its_certificate_stays_one_short_line()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "evil.test\r\n250 taken", new Asn1Tag(TagClass.ContextSpecific, 2));
            writer.WriteCharacterString(UniversalTagNumber.IA5String, new string('x', 5_000), new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        PeerCertificates shown = ForgedCertificate.WithNames(null, new X509Extension("2.5.29.17", writer.Encode(), critical: false)).Shown();
        Assert.Equal(
            $"its certificate is for evil.test??250 taken, {new string('x', 100)}", TlsFaultWords.Of(TlsResultType.CertificateHostMismatch, shown));
    }

    [Theory]
    [InlineData("mx_1.dest.test")]
    [InlineData("_mx.dest.test")]
    public async Task A_host_whose_name_no_certificate_can_have_proves_nothing_and_mail_waits(string name)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.dest.test", new TestCertificateTerms
        {
            From = DateTimeOffset.UtcNow.AddDays(-399),
            Until = DateTimeOffset.UtcNow.AddDays(399),
        })));
        await using DeliveryBench bench = StartTlsTests.Named(server, name, Settings("ca") with { RequireStartTls = true });
        bench.Submit();
        Assert.StartsWith($"451 4.7.5 EPROTO in connection to {name} (127.0.0.1): TLS failed: its certificate ", (await bench.QueueFailureAsync()).Reply.ToString());
        Assert.False(bench.HasFate);
    }

    private static DomainPattern Exact(string name) =>
        DomainPattern.TryParse(name, out DomainPattern pattern, out string fault) ? pattern : throw new FormatException(fault);

    private DeliverySettings Settings(string what) => what switch
    {
        "require" => new() { RequireStartTls = true },
        "ca" => new() { TlsCaFile = Write("ca.pem") },
        "no dane" => new() { UseDane = false },
        "no tls" => new() { UseStartTls = false },
        "other ca" => new() { TlsCaFile = Write("other.pem") },
        _ => new(),
    };

    private string Write(string name)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, _authority.Pem);
        return file;
    }

    private static OutgoingTls Tls(DeliverySettings forAll)
    {
        ServerSettings known = TestSettings.Server((_, _) => forAll);
        var bench = new DeliveryDoors
        {
            Open = _ => throw new InvalidOperationException(),
            Settle = (_, _, _, _) => throw new InvalidOperationException(),
            QueueFailed = (_, _, _) => throw new InvalidOperationException(),
            Expire = (_, _) => throw new InvalidOperationException(),
            TellDelays = _ => throw new InvalidOperationException(),
            FindMx = (_, _, _) => throw new InvalidOperationException(),
            FindHost = (_, _, _) => throw new InvalidOperationException(),
            Settings = () => known,
        };
        return new OutgoingTls(bench, new ServerClock(TimeProvider.System), NullLogger.Instance);
    }

    private static async Task<HostTlsTerms> TermsAsync(OutgoingTls tls, HostAddress host, DeliverySettings settings) =>
        await tls.TermsForAsync(_queue, host, settings, TestContext.Current.CancellationToken);
}
