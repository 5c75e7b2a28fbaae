// What a connection to one host must be, as far as encryption goes, decided before it is opened. Immutable.

using Godwit.Tls;
using Godwit.Trust;

namespace Godwit.Delivery;

/// <summary>The terms for one host.</summary>
/// <param name="Trust">How the host must prove itself; null where TLS is not used at all.</param>
internal sealed record HostTlsTerms(HostTrust? Trust)
{
    /// <summary><c>use-starttls no</c>.</summary>
    public static readonly HostTlsTerms None = new((HostTrust?)null);

    /// <summary>What the recipients' domain wants of those who send to it.</summary>
    public DestinationTrust? Destination { get; init; }

    /// <summary>Why the host is not to be connected to now; empty when it is.</summary>
    public string Problem => Destination is { MustDefer: true } destination ? destination.Problem : Trust is { IsRefused: true } refused ? refused.Problem : "";

    /// <summary>The directives of the queue, ready for a handshake.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>Nothing goes to the host in plain text.</summary>
    public bool IsRequired => Trust?.RequiresTls == true;

    /// <summary>Where it is required and no published policy says so: who does.</summary>
    public string Because { get; init; } = "";

    /// <summary>STARTTLS is passed over although the host may offer it: its TLS failed a moment ago, and nobody requires it.</summary>
    public bool IsPassedOver { get; init; }

    /// <summary>This delivery has counted the session already, which it begins anew in plain text.</summary>
    public bool IsCounted { get; init; }

    /// <summary>What it is remembered by that TLS with the host is broken; meaningless where TLS is not used at all.</summary>
    public TlsApproach Approach { get; init; }

    /// <summary>TLS is asked for where it is offered.</summary>
    public bool IsWanted => Trust is not null && !IsPassedOver;

    /// <summary>The name that the host is asked for.</summary>
    public string NameOf(HostAddress host) => Trust is { Kind: HostTrustKind.Dane or HostTrustKind.DaneUnusable } dane ? dane.ServerName : host.ServerName;

    /// <summary>
    /// A host that fails here gets nothing over this connection. With smtp-tls-ca-file that holds also where TLS is not required: as in PowerMTA the mail
    /// goes out in plain text then.
    /// </summary>
    public bool IsEnforced => Trust is { } trust
        && (trust.IsEnforced || (UsesAuthorities && trust.Kind is HostTrustKind.Opportunistic or HostTrustKind.StsTesting));

    /// <summary>
    /// The host's name is the destination's own word, or the configuration's. An MX record that DNSSEC does not protect, and no policy confirms, may be
    /// anybody's: then a host that proves to be the one it names may still be a stranger.
    /// </summary>
    public bool IsNameOurs { get; init; }

    /// <summary>The configuration names the host itself, by <c>smtp-hosts</c>. Hosts that <c>lookup-mx</c> leads to are named by DNS.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>Over TLS a password may be sent readable: to whom the operator has named, else to a host that has proved to be the destination's.</summary>
    public bool MayHearPassword => IsConfigured || (IsEnforced && IsNameOurs);

    /// <summary>Somebody wants to know what the host has proved, be it for a report only.</summary>
    public bool AsksProof => UsesAuthorities || Trust?.Kind is HostTrustKind.Dane or HostTrustKind.Sts or HostTrustKind.StsTesting;

    /// <summary>As accounting has it in <c>dlvTlsPolicy</c>.</summary>
    public string Word => Trust?.Kind switch
    {
        null => "none",
        HostTrustKind.Dane => "dane",
        HostTrustKind.DaneUnusable => "dane-unusable",
        HostTrustKind.Sts => "mta-sts",
        HostTrustKind.StsTesting => "mta-sts-testing",
        _ => UsesAuthorities ? "ca" : IsRequired ? "required" : "opportunistic",
    };

    /// <summary>The rule in words for the operator.</summary>
    public string Describe() => Trust switch
    {
        null => "gets mail in plain text (use-starttls no)",
        _ when IsPassedOver => "gets mail in plain text for some minutes, because its TLS failed",
        { Kind: HostTrustKind.Required } => $"must use TLS ({Because}){Proof}",
        { Kind: HostTrustKind.Opportunistic } => $"gets mail over TLS where it offers that{Proof}",
        { } trust => trust.Describe(),
    };

    /// <summary>What the queue's own configuration, its provider or the host asks, as a sentence.</summary>
    public string Sentence => Because.StartsWith("required by ", StringComparison.Ordinal) ? $"TLS is {Demand}" : $"TLS is required: {Demand}";

    /// <summary>What the queue's own configuration asks of the host.</summary>
    public string Demand => UsesAuthorities ? $"{Because}, and smtp-tls-ca-file wants the host's name proved" : Because;

    private string Proof => UsesAuthorities ? ", and prove its name by smtp-tls-ca-file" : "";

    private bool UsesAuthorities => Tls?.AsksProof == true;
}
