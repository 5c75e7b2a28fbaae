// TrustPolicies with a scripted name server, a web host and a clock that a test moves. Owned by one test.

using System.Security.Cryptography.X509Certificates;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Accounting;
using Godwit.Tests.Reception;
using Godwit.Tests.Support;
using Godwit.Trust;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Trust;

/// <summary>The room and its surroundings.</summary>
internal sealed class TrustLab : IAsyncDisposable
{
    public static readonly TrustTerms Sts = new(UseDane: false, UseMtaSts: true);
    public static readonly TrustTerms Dane = new(UseDane: true, UseMtaSts: false);
    public static readonly TrustTerms Both = new(UseDane: true, UseMtaSts: true);

    private readonly DnsResolver _resolver;

    public TrustLab(MemoryVolume? state = null, ScriptedDnsServer? dns = null, HttpsHost? web = null, FakeTimeProvider? time = null,
        IVolume? disk = null)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));
        (State, Dns, Web) = (state ?? new MemoryVolume("/state"), dns ?? new ScriptedDnsServer { IsValidating = true }, web ?? new HttpsHost());
        Web.Certificate = name => ForgedCertificate.Host(Root, name);
        Clock = new ServerClock(Time);
        _resolver = new DnsResolver(() => [Dns.EndPoint], Clock);
        Settings = new CurrentSettings(TestSettings.Server() with { TlsReportFrom = EmailAddress.Parse("tls@sender.example") });
        Policies = new TrustPolicies(
            _resolver, disk ?? State, Submit, Settings, new Random(3), Clock, Log,
            new HttpsSeams(Web.ConnectAsync, new X509Certificate2Collection(Root.Certificate)));
    }

    public static ForgedCertificate Root { get; } = ForgedCertificate.Authority("Web Root");

    public FakeTimeProvider Time { get; }

    public ServerClock Clock { get; }

    public MemoryVolume State { get; }

    public ScriptedDnsServer Dns { get; }

    public HttpsHost Web { get; }

    public CurrentSettings Settings { get; }

    public TrustPolicies Policies { get; }

    public RecordingLog Log { get; } = new();

    /// <summary>Reports that were handed to the door in.</summary>
    public List<(string From, string To, string Text, string EnvelopeId)> Submitted { get; } = [];

    /// <summary>What the door in says.</summary>
    public SmtpReply DoorSays { get; set; } = new(250, "2.6.0 taken");

    /// <summary>Announces a policy in DNS and serves it.</summary>
    public void Publish(string domain, string id, string policy)
    {
        Announce(domain, id);
        Web.Answer = _ => HttpsHost.Reply(200, policy);
    }

    /// <summary>Changes the record; what was remembered of the old one has expired.</summary>
    public void Announce(string domain, string id)
    {
        Dns.Zone(domain).Clear().Ttl(1).Txt("_mta-sts", $"v=STSv1; id={id};");
        Time.Advance(TimeSpan.FromSeconds(2));
    }

    public async Task<DestinationTrust> AskAsync(string domain) =>
        await Policies.ForDestinationAsync(DomainName.Parse(domain), Sts, TestContext.Current.CancellationToken);

    public async Task<HostTrust> AskHostAsync(DestinationTrust destination, string host, TrustTerms? terms = null, bool authentic = true) =>
        await Policies.ForHostAsync(destination, DomainName.Parse(host), authentic, 25, terms ?? Sts, TestContext.Current.CancellationToken);

    /// <summary>The same machine after a restart.</summary>
    public async Task<TrustLab> RestartAsync()
    {
        await Policies.DisposeAsync();
        await _resolver.DisposeAsync();
        return new TrustLab(State, Dns, Web, Time);
    }

    public async ValueTask DisposeAsync()
    {
        await Policies.DisposeAsync();
        await _resolver.DisposeAsync();
        await Dns.DisposeAsync();
        await Web.DisposeAsync();
    }

    private ValueTask<SmtpReply> Submit(EmailAddress from, EmailAddress to, byte[] octets, string envelopeId)
    {
        lock (Submitted)
        {
            Submitted.Add((from.Text, to.Text, System.Text.Encoding.ASCII.GetString(octets), envelopeId));
        }

        return new(DoorSays);
    }
}
