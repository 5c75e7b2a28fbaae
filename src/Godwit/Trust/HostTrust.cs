// How one host must prove itself for the mail of one recipient domain. Immutable and pure: Delivery asks it during the handshake, and again when mail of
// another domain is to go over a connection that stands.

using System.Security.Cryptography.X509Certificates;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>The rule for one host.</summary>
public sealed class HostTrust
{
    private readonly ServerClock _clock;
    private readonly TrustTerms _terms;

    internal HostTrust(ServerClock clock, DomainName host, TrustTerms terms, HostTrustKind kind)
    {
        (_clock, _terms, Host, Kind, ServerName) = (clock, terms, host, kind, host.Text);
        Reported = ReportedPolicy.NotFound(host);
    }

    /// <summary>The MX host's name.</summary>
    public DomainName Host { get; }

    public HostTrustKind Kind { get; }

    /// <summary>For <see cref="HostTrustKind.Refused"/>: why, in words for the operator; always for now and not for good. Empty otherwise.</summary>
    public string Problem { get; internal init; } = "";

    /// <summary>For <see cref="HostTrustKind.Refused"/>: how the report names it.</summary>
    public TlsResultType? ProblemType { get; internal init; }

    /// <summary>Whether this host is not to be connected to.</summary>
    public bool IsRefused => Kind == HostTrustKind.Refused;

    /// <summary>
    /// Whether no mail may go in clear text: then a host without STARTTLS, or whose handshake breaks, is left, and its mail waits. Otherwise it may be tried
    /// again without TLS.
    /// </summary>
    public bool RequiresTls => _terms.RequireStartTls || Kind is not (HostTrustKind.Opportunistic or HostTrustKind.StsTesting);

    /// <summary>
    /// Whether what <see cref="Judge"/> finds wrong forbids to send; otherwise it is only to be reported. What a policy in testing mode finds wrong never
    /// forbids (RFC 8461 section 5), and <see cref="JudgeTrial"/> tells it.
    /// </summary>
    public bool IsEnforced => Kind is HostTrustKind.Dane or HostTrustKind.Sts || (_terms.RequireStartTls && _terms.Authorities is not null);

    /// <summary>The name for SNI: the TLSA base domain with DANE (RFC 7672 section 8.1), else the host's. Empty for an address.</summary>
    public string ServerName { get; internal init; }

    /// <summary>Names one of which must stand in the certificate where TLSA records or the configuration ask for it; empty when none must.</summary>
    public IReadOnlyList<string> ReferenceNames { get; internal init; } = [];

    /// <summary>The policy as a report names it.</summary>
    public ReportedPolicy Reported { get; internal init; }

    /// <summary>One word for accounting: <c>dane</c>, <c>dane-unusable</c>, <c>sts</c>, <c>sts-testing</c>, <c>required</c>, <c>opportunistic</c>.</summary>
    public string Word => Kind switch
    {
        HostTrustKind.Dane => "dane",
        HostTrustKind.DaneUnusable => "dane-unusable",
        HostTrustKind.Sts => "sts",
        HostTrustKind.StsTesting => "sts-testing",
        HostTrustKind.Required => "required",
        HostTrustKind.Refused => "refused",
        _ => "opportunistic",
    };

    /// <summary>The TLSA records that count, if any.</summary>
    internal TlsaSet? Records { get; init; }

    /// <summary>Whether the MTA-STS policy must hold, beside the TLSA records or alone.</summary>
    internal bool IsStsHost { get; init; }

    /// <summary>The policy that is tried out does not name this host.</summary>
    internal bool IsUnlisted { get; init; }

    /// <summary>
    /// Whether the host has proved itself to us: null, or what it failed by. Blocks for the time of a few signatures; never throws, never asks the network.
    /// </summary>
    /// <param name="peer">What it has shown; null when it showed nothing, or the session has no TLS.</param>
    public TlsResultType? Judge(PeerCertificates? peer)
    {
        if (IsRefused)
        {
            return ProblemType ?? TlsResultType.ValidationFailure;
        }

        if (peer is null)
        {
            return RequiresTls ? TlsResultType.ValidationFailure : null;
        }

        DateTime now = _clock.Now.ToUtc();
        if (Records is { } records && records.Judge(peer, ReferenceNames, now) is { } failure)
        {
            return failure;
        }

        if (IsStsHost)
        {
            return CertificateTrust.Judge(peer, [Host.Text], StsAuthorities, now);
        }

        // A policy that is tried out is as if there were none, and records that cannot be used say nothing about whom they are for.
        return Kind != HostTrustKind.Dane && _terms.Authorities is { } authorities ? CertificateTrust.Judge(peer, ReferenceNames, authorities, now) : null;
    }

    /// <summary>What the policy that is tried out would have found wrong: to be reported, whatever <see cref="Judge"/> says. Null when there is none.</summary>
    /// <param name="peer">As for <see cref="Judge"/>.</param>
    public TlsResultType? JudgeTrial(PeerCertificates? peer) =>
        Kind != HostTrustKind.StsTesting ? null
        : peer is null || IsUnlisted ? TlsResultType.ValidationFailure
        : CertificateTrust.Judge(peer, [Host.Text], StsAuthorities, _clock.Now.ToUtc());

    /// <summary>
    /// Whether a connection that stands may take mail that this is the rule for: it is encrypted if it must be, and the host has proved what it must.
    /// </summary>
    /// <param name="isEncrypted">The connection has TLS.</param>
    /// <param name="peer">What the host showed in its handshake.</param>
    public bool Allows(bool isEncrypted, PeerCertificates? peer) =>
        !IsRefused && (isEncrypted || !RequiresTls) && (!IsEnforced || Judge(peer) is null);

    /// <summary>Authorities instead of the system's for MTA-STS; null for those. For tests: no file of the operator's stands in for them.</summary>
    internal X509Certificate2Collection? StsAuthorities { get; init; }

    public override string ToString() => IsRefused ? $"{Host}: {Problem}" : $"{Host}: {Describe()}";

    /// <summary>The rule in words for the operator.</summary>
    public string Describe() => Kind switch
    {
        HostTrustKind.Dane => IsStsHost
            ? "must match a TLSA record, and by MTA-STS have a certificate for its name"
            : $"must match a TLSA record ({Records!.Words})",
        HostTrustKind.DaneUnusable => "must use TLS with whatever certificate: its TLSA records cannot be used",
        HostTrustKind.Sts => "must by MTA-STS have a certificate for its name from a known authority",
        HostTrustKind.StsTesting => "TLS where it is offered; MTA-STS is in testing mode",
        HostTrustKind.Required => "must use TLS (require-starttls)",
        HostTrustKind.Refused => Problem,
        _ => "TLS where it is offered",
    };
}
