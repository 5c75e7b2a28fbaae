// DANE against zones that Knot signs and unbound validates, and real handshakes. One lab for all tests of this class: they only read.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Trust;

/// <summary>What a validating resolver of the real world leads to.</summary>
public sealed class DnssecLabTests(DnssecLabTests.Lab lab) : IClassFixture<DnssecLabTests.Lab>
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task The_host_of_a_secure_domain_proves_itself_by_its_own_key()
    {
        (HostTrust trust, MxAnswer mx) = await lab.AskAsync("secure.example");

        Assert.True(mx.IsAuthentic);
        Assert.Equal(HostTrustKind.Dane, trust.Kind);
        Assert.Equal("mx.secure.example", trust.ServerName);
        Assert.Equal((true, null), await ShakeHandsAsync(trust, Lab.Own));
        Assert.Equal((false, TlsResultType.TlsaInvalid), await ShakeHandsAsync(trust, Lab.Stranger));
    }

    [Fact(Timeout = Limit)]
    public async Task During_a_rollover_the_host_may_show_the_old_key_or_the_new_one()
    {
        (HostTrust trust, _) = await lab.AskAsync("rollover.secure.example");

        Assert.Equal((true, null), await ShakeHandsAsync(trust, Lab.Own));
        Assert.Equal((true, null), await ShakeHandsAsync(trust, Lab.Next));
        Assert.Equal((false, TlsResultType.TlsaInvalid), await ShakeHandsAsync(trust, Lab.Stranger));
    }

    [Fact(Timeout = Limit)]
    public async Task The_host_of_a_secure_domain_proves_itself_by_its_authority()
    {
        (HostTrust trust, _) = await lab.AskAsync("authority.secure.example");

        Assert.Equal((true, null), await ShakeHandsAsync(trust, Lab.Signed, Lab.Middle, Lab.Root));
        Assert.Equal((true, null), await ShakeHandsAsync(trust, Lab.Signed, Lab.Middle));
        Assert.Equal((false, TlsResultType.CertificateHostMismatch), await ShakeHandsAsync(trust, Lab.SignedForOther, Lab.Middle, Lab.Root));
        Assert.Equal((false, TlsResultType.TlsaInvalid), await ShakeHandsAsync(trust, Lab.Own));
    }

    [Fact(Timeout = Limit)]
    public async Task A_bogus_record_keeps_the_mail_back_and_a_missing_one_does_not()
    {
        (HostTrust bogus, _) = await lab.AskAsync("bogustlsa.secure.example");
        (HostTrust missing, _) = await lab.AskAsync("missing.secure.example");

        Assert.True(bogus.IsRefused);
        Assert.Contains("TLSA _25._tcp.mxbogus.secure.example: SERVFAIL", bogus.Problem, StringComparison.Ordinal);
        Assert.Equal(TlsResultType.DnssecInvalid, bogus.ProblemType);
        Assert.Equal((HostTrustKind.Opportunistic, false), (missing.Kind, missing.RequiresTls));
    }

    [Fact(Timeout = Limit)]
    public async Task A_bogus_zone_gives_no_host_at_all()
    {
        MxAnswer mx = await lab.Mx.FindAsync(DomainName.Parse("bogus.example"), default, TestContext.Current.CancellationToken);

        Assert.Equal(MxStatus.TemporaryFailure, mx.Status);
    }

    [Fact(Timeout = Limit)]
    public async Task A_record_in_an_insecure_zone_binds_nobody()
    {
        (HostTrust trust, MxAnswer mx) = await lab.AskAsync("insecure.example");

        Assert.False(mx.IsAuthentic);
        Assert.Equal(HostTrustKind.Opportunistic, trust.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task An_MX_record_may_lead_into_another_zone()
    {
        (HostTrust fromSecure, MxAnswer secure) = await lab.AskAsync("elsewhere.secure.example");
        (HostTrust fromInsecure, MxAnswer insecure) = await lab.AskAsync("elsewhere.insecure.example");
        (HostTrust intoInsecure, _) = await lab.AskAsync("down.secure.example");

        Assert.Equal((true, false), (secure.IsAuthentic, insecure.IsAuthentic));
        Assert.Equal([HostTrustKind.Dane, HostTrustKind.Dane, HostTrustKind.Opportunistic], [fromSecure.Kind, fromInsecure.Kind, intoInsecure.Kind]);
        Assert.Equal(["mx.other.example", "elsewhere.secure.example"], fromSecure.ReferenceNames);
        Assert.Equal(["mx.other.example"], fromInsecure.ReferenceNames);
        Assert.Equal((true, null), await ShakeHandsAsync(fromInsecure, Lab.Own));
    }

    [Fact(Timeout = Limit)]
    public async Task A_secure_alias_into_an_insecure_zone_still_binds_the_alias()
    {
        (HostTrust trust, _) = await lab.AskAsync("alias.secure.example");

        Assert.Equal((HostTrustKind.Dane, "mxalias.secure.example"), (trust.Kind, trust.ServerName));
    }

    /// <summary>Whether the client went on, and what it judged.</summary>
    private static async Task<(bool Connected, TlsResultType? Fault)> ShakeHandsAsync(HostTrust trust, ForgedCertificate host, params ForgedCertificate[] others)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using TcpClient server = await accepting;
        TlsResultType? fault = TlsResultType.ValidationFailure;
        string asked = "";
        await using var theirs = new SslStream(server.GetStream());
        await using var ours = new SslStream(client.GetStream());
        var context = SslStreamCertificateContext.Create(host.Certificate, [.. others.Select(other => other.Certificate)], offline: true);
        Task answering = theirs.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                asked = hello.ServerName;
                return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            },
            null);
        bool connected;
        try
        {
            await ours.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = trust.ServerName,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    fault = trust.Judge(PeerCertificates.From(certificate, chain));
                    return fault is null || !trust.IsEnforced;
                },
            });
            connected = true;
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            connected = false;
        }

        client.Close();
        await answering.ContinueWith(_ => true, TaskScheduler.Default);
        Assert.Equal(trust.ServerName, asked);
        return (connected, fault);
    }

    /// <summary>The zones, and a resolver that asks unbound.</summary>
    public sealed class Lab : IAsyncLifetime
    {
        private DnssecLab? _dns;
        private DnsResolver? _resolver;
        private TrustPolicies? _policies;
        private MxLookup? _mx;

        internal static ForgedCertificate Own { get; } = ForgedCertificate.Host(null, "whatever.invalid");

        internal static ForgedCertificate Next { get; } = ForgedCertificate.Host(null, "whatever.invalid");

        internal static ForgedCertificate Stranger { get; } = ForgedCertificate.Host(null, "mx.secure.example");

        internal static ForgedCertificate Root { get; } = ForgedCertificate.Authority("Lab Root");

        internal static ForgedCertificate Middle { get; } = ForgedCertificate.Authority("Lab Middle", Root);

        internal static ForgedCertificate Signed { get; } = ForgedCertificate.Host(Middle, "mxca.secure.example");

        internal static ForgedCertificate SignedForOther { get; } = ForgedCertificate.Host(Middle, "mx.secure.example");

        internal MxLookup Mx => _mx ?? throw new InvalidOperationException("the lab was not started");

        public async ValueTask InitializeAsync()
        {
            if (Tool.Find("knotd") is null || Tool.Find("unbound") is null)
            {
                return;
            }

            _dns = await DnssecLab.StartAsync(
                new LabZone("secure.example", LabZoneKind.Secure, $"""
                    @ MX 10 mx
                    mx A 192.0.2.1
                    {Record("_25._tcp.mx", Own, 3, 1, 1)}
                    rollover MX 10 mxroll
                    mxroll A 192.0.2.2
                    {Record("_25._tcp.mxroll", Own, 3, 1, 1)}
                    {Record("_25._tcp.mxroll", Next, 3, 0, 2)}
                    authority MX 10 mxca
                    mxca AAAA 2001:db8::3
                    {Record("_25._tcp.mxca", Root, 2, 0, 0)}
                    {Record("_25._tcp.mxca", Root, 2, 1, 1)}
                    bogustlsa MX 10 mxbogus
                    mxbogus A 192.0.2.4
                    _tcp.mxbogus NS ns
                    missing MX 10 mxmissing
                    mxmissing A 192.0.2.5
                    elsewhere MX 10 mx.other.example.
                    down MX 10 mx.insecure.example.
                    alias MX 10 mxalias
                    mxalias CNAME mx.insecure.example.
                    {Record("_25._tcp.mxalias", Own, 3, 1, 1)}
                    """),
                new LabZone("_tcp.mxbogus.secure.example", LabZoneKind.Bogus, Record("_25", Own, 3, 1, 1)),
                new LabZone("other.example", LabZoneKind.Secure, $"""
                    mx A 192.0.2.6
                    {Record("_25._tcp.mx", Own, 3, 1, 1)}
                    """),
                new LabZone("bogus.example", LabZoneKind.Bogus, "@ MX 10 mx\nmx A 192.0.2.7"),
                new LabZone("insecure.example", LabZoneKind.Insecure, $"""
                    @ MX 10 mx
                    mx A 192.0.2.8
                    {Record("_25._tcp.mx", Own, 3, 1, 1)}
                    elsewhere MX 10 mx.other.example.
                    """));
            var clock = new ServerClock(TimeProvider.System);
            _resolver = new DnsResolver(() => [_dns.EndPoint], clock);
            _mx = new MxLookup(_resolver, new Random(1));
            _policies = new TrustPolicies(
                _resolver, null, (_, _, _, _) => new(new SmtpReply(451, "4.0.0 no door here")), new CurrentSettings(TestSettings.Server()), new Random(1), clock,
                NullLogger.Instance, null);
        }

        public async ValueTask DisposeAsync()
        {
            if (_dns is not null)
            {
                await _policies!.DisposeAsync();
                await _resolver!.DisposeAsync();
                await _dns.DisposeAsync();
            }
        }

        /// <summary>The rule for the first host of a domain.</summary>
        internal async Task<(HostTrust Trust, MxAnswer Mx)> AskAsync(string name)
        {
            DnssecLab.Need();
            DomainName domain = DomainName.Parse(name);
            MxAnswer mx = await Mx.FindAsync(domain, default, TestContext.Current.CancellationToken);
            Assert.Equal((MxStatus.Found, name), (mx.Status, name));
            HostTrust trust = await _policies!.ForHostAsync(
                DestinationTrust.None(domain), mx.Hosts[0].Name, mx.IsAuthentic, 25, TrustLab.Dane, TestContext.Current.CancellationToken);
            return (trust, mx);
        }

        private static string Record(string owner, ForgedCertificate certificate, int usage, int selector, int matching) =>
            $"{owner} TLSA {usage} {selector} {matching} {Convert.ToHexString(certificate.TlsaContent(selector, matching))}";
    }
}
