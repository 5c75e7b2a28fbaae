// How receiving hosts must prove themselves: the one object that Delivery asks. Owned by GodwitServer. It remembers the MTA-STS policies of domains, and
// counts sessions for the daily reports. What goes wrong outside is part of the answer; only cancellation throws.

using System.Net;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tls;
using Microsoft.Extensions.Logging;

namespace Godwit.Trust;

/// <summary>Finds out how hosts must prove themselves. Thread safe.</summary>
public sealed class TrustPolicies : IAsyncDisposable
{
    private readonly ServerClock _clock;
    private readonly CurrentSettings _settings;
    private readonly ILogger _log;
    private readonly HttpsSeams _seams;
    private readonly HttpsDoor _door;
    private readonly TlsaLookup _tlsa;
    private readonly StsPolicies _sts;
    private readonly TlsReporting _reporting;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _isBlindSaid;

    /// <param name="state">Where policies and counts survive a restart; null remembers in memory only.</param>
    /// <param name="intake">Reports by mail go in there, like any message.</param>
    /// <param name="https">Where a test takes the place of the network.</param>
    public TrustPolicies(
        DnsResolver resolver, IVolume? state, MessageIntake intake, CurrentSettings settings, ServerClock clock, ILogger log, HttpsSeams? https = null)
        : this(resolver, state, new ReportSubmission(intake, settings).SubmitAsync, settings, new Random(), clock, log, https)
    {
    }

    internal TrustPolicies(
        DnsResolver resolver, IVolume? state, SubmitReport submit, CurrentSettings settings, Random random, ServerClock clock, ILogger log, HttpsSeams? https)
    {
        (_clock, _settings, _log, _seams) = (clock, settings, log, https ?? new HttpsSeams());
        _door = new HttpsDoor(resolver, clock, _seams);
        _tlsa = new TlsaLookup(resolver);
        _sts = new StsPolicies(resolver, new StsFetch(_door), state is null ? null : new StateFile(state, "mta-sts-policies", log), clock, log);
        Counts = new TlsReportCounts(clock, () => settings.Value.TlsReportFrom is not null);
        StateFile? counts = state is null ? null : new StateFile(state, "tls-report-counts", log);
        _reporting = new TlsReporting(Counts, resolver, _door, submit, counts, settings, clock, random, log);
    }

    /// <summary>Sessions are noted here for the daily reports.</summary>
    public TlsReportCounts Counts { get; }

    /// <summary>Begins to send reports. Once.</summary>
    public void Start()
    {
        _reporting.Restore();
        _running = _reporting.RunAsync(_stop.Token);
    }

    /// <summary>
    /// What one recipient domain wants. At once from memory in the usual case; within seconds also where a policy must be fetched first. Ask for
    /// every recipient domain whose mail is to go over a connection. A domain literal, and mail to hosts that the configuration names, have nothing to ask:
    /// <see cref="DestinationTrust.None"/>.
    /// </summary>
    public ValueTask<DestinationTrust> ForDestinationAsync(DomainName recipientDomain, TrustTerms terms, CancellationToken cancellation) =>
        terms.UseMtaSts && !recipientDomain.IsEmpty && !recipientDomain.IsLiteral
            ? _sts.ForAsync(recipientDomain, cancellation)
            : new(DestinationTrust.None(recipientDomain));

    /// <summary>How this host must prove itself for that domain's mail: by DNS answers that are remembered mostly.</summary>
    /// <param name="destination">The recipients' domain.</param>
    /// <param name="host">A host of it: its name as the MX record, or the configuration, says it.</param>
    /// <param name="isNameAuthentic"><see cref="MxAnswer.IsAuthentic"/> of the answer that names the host; true for one that the configuration names.</param>
    /// <param name="port">Where it is connected to; TLSA records are for a port.</param>
    public async ValueTask<HostTrust> ForHostAsync(
        DestinationTrust destination, DomainName host, bool isNameAuthentic, int port, TrustTerms terms, CancellationToken cancellation)
    {
        if (host.IsEmpty || host.IsLiteral)
        {
            return new HostTrust(_clock, host, terms, terms.RequireStartTls ? HostTrustKind.Required : HostTrustKind.Opportunistic)
            {
                ServerName = "",
                ReferenceNames = host.TryGetAddress(out IPAddress? address) ? [address.ToString()] : [],
                Reported = ReportedPolicy.NotFound(destination.Domain.IsEmpty ? host : destination.Domain),
            };
        }

        TlsaAnswer? dane = null;
        if (terms.UseDane)
        {
            SayIfBlind();
            dane = await _tlsa.FindAsync(host, port, cancellation);
        }

        return Rule(destination, host, isNameAuthentic, terms, dane);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _sts.DisposeAsync();
        _door.Dispose();
    }

    /// <summary>Once, when a host is first asked about: who uses no TLS, or no DANE, need not read it.</summary>
    private void SayIfBlind()
    {
        if (_isBlindSaid)
        {
            return;
        }

        ServerSettings server = _settings.Value;
        if (!server.NameServerTrustAd && !server.NameServers.Any(static each => IPAddress.IsLoopback(each.Address))
            && !Interlocked.Exchange(ref _isBlindSaid, true))
        {
            _log.DaneIsBlind();
        }
    }

    /// <summary>
    /// DANE before MTA-STS, which must not speak up for a host that DANE refuses (RFC 8461 section 2). Where the host's name comes over insecure DNS, its TLSA
    /// records prove the host and not that it is the domain's: then an enforced policy must hold as well.
    /// </summary>
    private HostTrust Rule(DestinationTrust destination, DomainName host, bool isNameAuthentic, TrustTerms terms, TlsaAnswer? dane)
    {
        if (dane?.Status == TlsaStatus.Failed)
        {
            return new HostTrust(_clock, host, terms, HostTrustKind.Refused)
            {
                Problem = $"whether {host} has TLSA records is not known: {dane.Problem}",
                ProblemType = TlsResultType.DnssecInvalid,
                Reported = new ReportedPolicy(TlsPolicyKind.Tlsa, host, [], []),
            };
        }

        StsPolicy? sts = terms.UseMtaSts && !(dane?.Status == TlsaStatus.Usable && isNameAuthentic) ? destination.Policy : null;
        if (sts is { Mode: StsMode.Enforce } && !sts.Names(host))
        {
            return new HostTrust(_clock, host, terms, HostTrustKind.Refused)
            {
                Problem = $"the MTA-STS policy of {destination.Domain} does not name {host}",
                ProblemType = TlsResultType.ValidationFailure,
                Reported = destination.Reported,
            };
        }

        bool isEnforced = sts is { Mode: StsMode.Enforce };
        if (dane is { Status: TlsaStatus.Usable } || (dane is { Status: TlsaStatus.Unusable } && !isEnforced))
        {
            DomainName[] names = isNameAuthentic && !destination.Domain.IsEmpty ? [dane.BaseName, destination.Domain] : [dane.BaseName];
            return new HostTrust(_clock, host, terms, dane.Status == TlsaStatus.Usable ? HostTrustKind.Dane : HostTrustKind.DaneUnusable)
            {
                ServerName = dane.BaseName.Text,
                ReferenceNames = [.. names.Select(name => name.Text).Distinct()],
                Records = dane.Records,
                IsStsHost = isEnforced,
                StsAuthorities = _seams.Authorities,
                Reported = new ReportedPolicy(TlsPolicyKind.Tlsa, dane.BaseName, dane.Lines, []),
            };
        }

        return sts is { Mode: not StsMode.None }
            ? new HostTrust(_clock, host, terms, isEnforced ? HostTrustKind.Sts : HostTrustKind.StsTesting)
            {
                ReferenceNames = [host.Text],
                IsStsHost = isEnforced,
                IsUnlisted = !sts.Names(host),
                StsAuthorities = _seams.Authorities,
                Reported = destination.Reported,
            }
            : new HostTrust(_clock, host, terms, terms.RequireStartTls ? HostTrustKind.Required : HostTrustKind.Opportunistic)
            {
                ReferenceNames = terms.Authorities is null ? [] : [host.Text],
                Reported = ReportedPolicy.NotFound(destination.Domain.IsEmpty ? host : destination.Domain),
            };
    }
}
