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

    /// <summary>The directives of the queue, ready for a handshake.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>Nothing goes to the host in plain text.</summary>
    public bool IsRequired => Trust?.RequiresTls == true;

    /// <summary>Where it is required and no published policy says so: who does.</summary>
    public string Because { get; init; } = "";

    /// <summary>STARTTLS is passed over although the host may offer it: its TLS failed a moment ago, and nobody requires it.</summary>
    public bool IsPassedOver { get; init; }

    /// <summary>TLS is asked for where it is offered.</summary>
    public bool IsWanted => Trust is not null && !IsPassedOver;

    /// <summary>
    /// A host that fails here gets nothing over this connection. With smtp-tls-ca-file that holds also where TLS is not required: as in PowerMTA the mail
    /// goes out in plain text then.
    /// </summary>
    public bool IsEnforced => Trust is { } trust && (trust.IsEnforced || (UsesAuthorities && trust.Kind == HostTrustKind.Opportunistic));

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

    private bool UsesAuthorities => Tls?.Authorities is not null;
}
