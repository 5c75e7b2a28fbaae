namespace Godwit.Trust;

/// <summary>How a host must prove itself; the strictest rule that applies.</summary>
public enum HostTrustKind : byte
{
    /// <summary>TLS where it is offered; in clear text otherwise.</summary>
    Opportunistic,

    /// <summary>The configuration asks for TLS.</summary>
    Required,

    /// <summary>The host has secure TLSA records and none of them can be used: TLS with any certificate (RFC 7672 section 2.2).</summary>
    DaneUnusable,

    /// <summary>The host must match one of its TLSA records.</summary>
    Dane,

    /// <summary>The domain's MTA-STS policy is tried out: what fails is reported, and mail goes on as if it had none.</summary>
    StsTesting,

    /// <summary>The domain's MTA-STS policy is enforced: a certificate for the host's name from a known authority.</summary>
    Sts,

    /// <summary>No mail to this host now: a lookup failed, or the policy does not name it. Another host may do.</summary>
    Refused,
}
