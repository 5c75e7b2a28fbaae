// TLS towards hosts: which terms a host gets, what its handshake is made with, and what was learnt lately: hosts whose TLS is broken on some terms, queues
// that a reply has asked TLS of. Shared by all deliveries; thread safe. Both memories are bounded and forgotten at restart.

using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tls;
using Godwit.Trust;
using Microsoft.Extensions.Logging;

namespace Godwit.Delivery;

/// <summary>Decides how hosts are spoken to.</summary>
internal sealed class OutgoingTls(DeliveryDoors doors, ServerClock clock, ILogger log)
{
    /// <summary>
    /// A host whose TLS failed is spoken to in plain text that long where nobody requires TLS: long enough that not each connection is opened twice,
    /// short enough that one accident, or somebody who causes one, changes little.
    /// </summary>
    public static readonly TimeSpan BrokenFor = TimeSpan.FromMinutes(10);

    private const string RequireStartTls = "require-starttls";

    private readonly BadHosts<TlsApproach> _broken = new(clock, BrokenFor);
    private readonly TlsDemands _demands = new(clock);
    private volatile Opened _opened = new(null, new ClientTlsTable(doors.ReadFile, clock.Time, log));

    /// <summary>What a connection of a queue to a host must be. May read files; asks DNS where a published policy may speak of the host.</summary>
    /// <exception cref="TlsFileException">What the configuration says cannot be done.</exception>
    public async ValueTask<HostTlsTerms> TermsForAsync(QueueKey queue, HostAddress host, DeliverySettings settings, CancellationToken cancellation)
    {
        bool isReport = queue.VirtualMta == EnvelopeRecipient.ReportVirtualMta;
        bool isFree = isReport && !IsRelayed(settings);
        settings = isFree ? WithoutDemands(settings) : settings;
        string because = isFree ? "" : WhoRequires(queue, host, settings);
        TlsSettings directives = settings.Tls;
        if (because.Length == 0 && (!settings.UseStartTls || directives.Versions == TlsVersions.None))
        {
            return HostTlsTerms.None;
        }

        if (directives.Versions == TlsVersions.None)
        {
            throw new TlsFileException("TLS is required, and no version of it is allowed: see smtp-tls-allow-tlsv1.2 and smtp-tls-allow-tlsv1.3");
        }

        ClientTls tls = Table().Of(directives, settings.ReuseTlsSession);
        var wanted = new TrustTerms(
            settings.UseDane && !IPAddress.TryParse(host.ServerName, out _), settings.UseMtaSts, because.Length > 0, tls.Authorities);
        DestinationTrust destination = await DestinationAsync(queue.Destination, settings, wanted, cancellation);
        HostTrust trust = await TrustOfAsync(destination, host, wanted, cancellation);
        var terms = new HostTlsTerms(trust)
        {
            // Sessions that carry reports are in no report: each would cause the next one.
            Destination = isReport ? null : destination,
            Tls = tls,
            Because = because,
            IsConfigured = settings.SmtpHosts.Count > 0 && host.IsConfigured,

            // A relay's password is not the destination's business, whatever name DNS makes of the relay's.
            IsNameOurs = host.IsNameAuthentic || trust.IsStsHost || (settings.SmtpHosts.Count == 0 && trust.Host == queue.Destination),
        };
        terms = terms with { Approach = new TlsApproach(host.EndPoint, terms.NameOf(host), directives, settings.ReuseTlsSession) };
        return terms with { IsPassedOver = !trust.RequiresTls && _broken.Contains(terms.Approach) };
    }

    /// <summary>
    /// Whether a queue's mail must not share a queue with that of other domains: an enforced policy is for this domain only (RFC 8461 section 4.1), and
    /// what its own settings, or its host, ask of TLS must not be lost under milder ones.
    /// </summary>
    /// <param name="rollup">The destination that it would share.</param>
    public async ValueTask<bool> StandsAloneAsync(QueueKey queue, DomainName rollup, DeliverySettings settings, CancellationToken cancellation)
    {
        if (doors.Settings() is { } server && IsStricter(queue, settings, server.DeliveryFor(rollup, queue.VirtualMta)))
        {
            return true;
        }

        return settings.UseMtaSts
            && await DestinationAsync(queue.Destination, settings, new TrustTerms(UseDane: false, UseMtaSts: true), cancellation) is var trust
            && (trust.MustDefer || trust.Policy is { Mode: StsMode.Enforce });
    }

    /// <summary>Counts one session, or that there was none, for the daily report to the domain.</summary>
    /// <param name="fault">Null when the host has proved what it had to.</param>
    /// <param name="detail">Strangers read it: nothing about our own machines.</param>
    public void Count(HostTlsTerms terms, HostAddress host, IPAddress? from, TlsResultType? fault, string detail = "")
    {
        if (doors.Trust is not { } trust || terms.Trust is not { } rule || terms.Destination is not { } destination
            || MailRollups.IsRollup(destination.Domain))
        {
            return;
        }

        if (destination.Fault is { } broken)
        {
            trust.Counts.Note(new TlsSession(destination.Domain, destination.Reported, broken) { SendingAddress = from, Detail = destination.FaultDetail });
            if (destination.MustDefer)
            {
                return; // That was all: no host was reached.
            }
        }

        trust.Counts.Note(new TlsSession(destination.Domain, rule.Reported, fault)
        {
            SendingAddress = from,
            ReceivingHost = host.Name,
            ReceivingAddress = host.EndPoint.Address,
            Detail = detail,
        });
    }

    /// <summary>The host's TLS does not work on these terms; others with the same need not find that out anew in the next minutes.</summary>
    public void Broke(HostTlsTerms terms) => _broken.Add(terms.Approach);

    /// <summary>Nothing of the queue goes out in plain text any more, for a day. True when that is news.</summary>
    /// <param name="reason">What was said.</param>
    public bool Demand(QueueKey queue, string reason) => queue.VirtualMta != EnvelopeRecipient.ReportVirtualMta && _demands.Add(queue, reason);

    /// <summary>A policy is the destination's own word about its MX hosts; the configuration's hosts need none.</summary>
    private ValueTask<DestinationTrust> DestinationAsync(
        DomainName destination, DeliverySettings settings, TrustTerms wanted, CancellationToken cancellation) =>
        doors.Trust is { } trust && settings.SmtpHosts.Count == 0 && !MailRollups.IsRollup(destination)
            ? trust.ForDestinationAsync(destination, wanted, cancellation)
            : new(DestinationTrust.None(destination));

    private ValueTask<HostTrust> TrustOfAsync(DestinationTrust destination, HostAddress host, TrustTerms wanted, CancellationToken cancellation)
    {
        bool isAddress = IPAddress.TryParse(host.ServerName, out IPAddress? address);
        DomainName name = isAddress ? DomainName.Parse(address!.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]")
            : DomainName.TryParse(host.Name, out DomainName parsed) ? parsed
            : destination.Domain;
        return doors.Trust is { } trust
            ? trust.ForHostAsync(destination, name, host.IsNameAuthentic, host.EndPoint.Port, wanted, cancellation)
            : new(new HostTrust(clock, name, wanted, wanted.RequireStartTls ? HostTrustKind.Required : HostTrustKind.Opportunistic)
                { ReferenceNames = [host.ServerName] });
    }

    /// <summary>
    /// A report must arrive also where TLS is broken, which it reports (RFC 8460 section 3): TLS where it works, and no proof of anybody.
    /// </summary>
    private static DeliverySettings WithoutDemands(DeliverySettings settings) =>
        settings with { UseDane = false, UseMtaSts = false, RequireStartTls = false, TlsCaFile = "" };

    /// <summary>A relay is not the reported domain's host, its TLS not what is reported; and it may hear a password, which no stranger must.</summary>
    private static bool IsRelayed(DeliverySettings settings) => settings.SmtpHosts.Count > 0 || settings.AuthUsername.Length > 0;

    private bool IsStricter(QueueKey queue, DeliverySettings own, DeliverySettings shared) =>
        (AsksDane(own) && !AsksDane(shared))
        || (own.TlsCaFile.Length > 0 && own.TlsCaFile != shared.TlsCaFile)
        || (shared.RequireStartTls != true && (own.RequireStartTls == true || _demands.Of(queue) is not null));

    /// <summary>Without TLS nobody looks for records.</summary>
    private static bool AsksDane(DeliverySettings settings) => settings.UseDane && (settings.UseStartTls || settings.RequireStartTls == true);

    /// <summary>
    /// Empty when nobody does. What the configuration says beats what is known about the provider; a demand of the host itself beats both.
    /// </summary>
    private string WhoRequires(QueueKey queue, HostAddress host, DeliverySettings settings) =>
        _demands.Of(queue)
        ?? (settings.RequireStartTls is null ? ProviderThatRequires(queue, host, settings)
            : settings.RequireStartTls.Value ? SetBy(queue.Destination, queue.VirtualMta) : "");

    /// <summary>
    /// A domain that is hosted at a provider is not known by its name; the host's name says it. Whoever has said something about the provider's main domain
    /// has said it for these too, as with the limits that they share.
    /// </summary>
    private string ProviderThatRequires(QueueKey queue, HostAddress host, DeliverySettings settings) =>
        settings.MxRollupProviders
        && doors.Settings() is { } server
        && DomainName.TryParse(host.Name, out DomainName name)
        && server.Providers.ByMx([name]) is { RequireStartTls: true } provider
        && server.DeliveryFor(provider.MainDomain, queue.VirtualMta).RequireStartTls is true
            ? SetBy(provider.MainDomain, queue.VirtualMta)
            : "";

    /// <summary>What is in force for a destination is its provider's word, or somebody has set it.</summary>
    private string SetBy(DomainName destination, string virtualMta) =>
        doors.Settings()?.Origins.ProviderOf(destination, virtualMta, RequireStartTls)?.Requirement ?? $"{RequireStartTls} is set";

    /// <summary>Files that a reload may have changed are read anew behind it.</summary>
    private ClientTlsTable Table()
    {
        ServerSettings? settings = doors.Settings();
        if (!ReferenceEquals(_opened.For, settings))
        {
            _opened = new Opened(settings, new ClientTlsTable(doors.ReadFile, clock.Time, log));
        }

        return _opened.Table;
    }

    private sealed record Opened(ServerSettings? For, ClientTlsTable Table);
}
