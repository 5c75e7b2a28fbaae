using System.Net;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tests.Trust;
using Godwit.Trust;

namespace Godwit.Tests.Delivery;

/// <summary>What the operator asks of hosts beside what their domains publish: authorities of his own, and a password that is for one host only.</summary>
public sealed class OwnAuthoritiesTests : IAsyncDisposable
{
    private const string Host = "mx.dest.test";
    private const string Enforced = "version: STSv1\nmode: enforce\nmx: mx.dest.test\nmax_age: 86400\n";
    private const string Tried = "version: STSv1\nmode: testing\nmx: mx.dest.test\nmax_age: 86400\n";

    private readonly TrustLab _lab = new();
    private readonly ForgedCertificate _own = ForgedCertificate.Host(null, "whatever.invalid");
    private readonly ForgedCertificate _private = ForgedCertificate.Authority("Private");

    /// <summary>The private authority's, for <c>smtp-tls-ca-file</c>.</summary>
    private readonly string _file = Path.GetTempFileName();

    public OwnAuthoritiesTests() => File.WriteAllText(_file, _private.Certificate.ExportCertificatePem());

    private static DeliverySettings Sts => new() { UseMtaSts = true };

    public async ValueTask DisposeAsync()
    {
        File.Delete(_file);
        await _lab.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_policy_in_testing_mode_is_reported_on_beside_authorities_of_the_operators_own_which_decide(bool required)
    {
        await using ScriptedSmtpServer server = Serving(ForgedCertificate.Host(_private, Host));
        _lab.Publish("dest.test", "1", Tried);
        await using DeliveryBench bench = Bench(server, Sts with { TlsCaFile = _file, RequireStartTls = required });
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "mta-sts-testing"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        await bench.EventualIdleAsync();
        _lab.Time.Advance(TimeSpan.FromDays(1));
        PolicyTally tally = Assert.Single(Assert.Single(_lab.Policies.Counts.TakeEnded()).Policies, policy => policy.Policy.Kind == TlsPolicyKind.Sts);
        Assert.Equal((0, 1), (tally.Successes, tally.Failures));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_only_our_own_authorities_find_wrong_is_no_failure_of_a_policy_in_testing_mode(bool required)
    {
        await using ScriptedSmtpServer server = Serving(ForgedCertificate.Host(TrustLab.Root, Host));
        _lab.Publish("dest.test", "1", Tried);
        await using DeliveryBench bench = Bench(server, Sts with { TlsCaFile = _file, RequireStartTls = required });
        bench.Submit();
        if (required)
        {
            Assert.Contains(
                "no trusted authority has signed its certificate; TLS is required: require-starttls is set, and smtp-tls-ca-file wants the host's name proved",
                (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
            await AssertNothingSentAsync(bench, server);
            return;
        }

        // As without a policy: what is not proved is no better than plain text.
        Assert.Equal((VerdictKind.Delivered, ""), ((await bench.FateAsync()) is var plain ? plain.Kind : default, plain.Attempt.TlsProtocol));
        await bench.EventualIdleAsync();
        _lab.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_lab.Policies.Counts.TakeEnded());
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData("dane", true, true)]
    [InlineData("dane", false, false)]
    [InlineData("sts", false, true)]
    [InlineData("testing", false, false)]
    [InlineData("ca", true, true)]
    [InlineData("ca", false, false)]
    [InlineData("smtp-hosts", false, true)]
    [InlineData("lookup-mx", false, false)]
    [InlineData("lookup-mx dest.test", false, false)]
    [InlineData("lookup-mx mx.dest.test", false, true)]
    [InlineData("lookup-mx", true, true)]
    public async Task A_host_that_DNS_names_hears_a_password_only_when_it_has_proved_to_be_the_domains(string proof, bool authentic, bool hears)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(ForgedCertificate.Host(proof == "sts" ? TrustLab.Root : _private, Host).Certificate)
            .On("AUTH", "235 2.7.0 welcome").Extensions.Add("AUTH PLAIN"));
        if (proof == "dane")
        {
            _lab.Dns.Zone("dest.test").A("mx", "127.0.0.1").Tlsa($"_{server.Port}._tcp.mx", 3, 1, 1, _own.TlsaContent(1, 1));
            server.Script.UseTls(_own.Certificate);
        }
        else if (proof is "sts" or "testing")
        {
            _lab.Publish("dest.test", "1", proof == "sts" ? Enforced : Tried);
        }

        DeliverySettings settings = proof == "smtp-hosts" ? DeliveryBench.To(server)
            : proof.StartsWith("lookup-mx", StringComparison.Ordinal) ? LookedUp(proof[9..].Trim())
            : Sts with { TlsCaFile = proof == "ca" ? _file : "" };
        await using DeliveryBench bench = Bench(server, settings with { AuthUsername = "customer", AuthPassword = new SecretValue("hunter2") }, authentic: authentic);
        bench.Submit();

        if (hears)
        {
            Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        }
        else
        {
            Assert.EndsWith(
                "would show the password to a host that only DNS names and that has not proved to be the one meant; name it by smtp-hosts, without lookup-mx",
                (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
            await AssertNothingSentAsync(bench, server);
        }

        Assert.Equal(hears, server.Sessions.SelectMany(session => session.Commands).Any(command => command.StartsWith("AUTH", StringComparison.Ordinal)));
    }

    /// <summary>A relay whose MX records say where its hosts are, each of which can prove its name.</summary>
    private DeliverySettings LookedUp(string relay) => new()
    {
        SmtpHosts = [new HostLevel([new HostTarget(DomainName.Parse(relay.Length > 0 ? relay : "relay.test"), null, 0, LookupMx: true)])],
        TlsCaFile = _file,
        RequireStartTls = true,
    };

    private static ScriptedSmtpServer Serving(ForgedCertificate certificate) => new(script => script.UseTls(certificate.Certificate));

    /// <summary>A bench on the lab's clock whose destination has this one host.</summary>
    /// <param name="authentic">DNSSEC says so.</param>
    private DeliveryBench Bench(ScriptedSmtpServer server, DeliverySettings settings, bool authentic = true)
    {
        var bench = new DeliveryBench(settings with { DefaultSmtpPort = server.Port })
        {
            Mx = new MxAnswer(MxStatus.Found, [new MailHost(DomainName.Parse(Host), 10, [IPAddress.Loopback])], "") { IsAuthentic = authentic },
        };
        bench.Doors = bench.Doors with { Trust = _lab.Policies };
        bench.Start();
        return bench;
    }

    private static async Task AssertNothingSentAsync(DeliveryBench bench, ScriptedSmtpServer server)
    {
        await bench.EventualIdleAsync();
        Assert.DoesNotContain(server.Sessions.SelectMany(session => session.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.False(bench.HasFate);
    }
}
