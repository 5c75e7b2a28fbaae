namespace Godwit.Tls;

/// <summary>Why a TLS session failed, in the words that reports to receiving domains use (RFC 8460 section 4.3).</summary>
public enum TlsResultType : byte
{
    /// <summary>The host does not offer STARTTLS, or refused it.</summary>
    StartTlsNotSupported,

    /// <summary>The certificate is for other names.</summary>
    CertificateHostMismatch,

    CertificateExpired,

    /// <summary>No chain leads to an authority that is trusted.</summary>
    CertificateNotTrusted,

    /// <summary>Anything else: the handshake broke, no common version, a host that the policy does not name.</summary>
    ValidationFailure,

    /// <summary>The host proved nothing that its TLSA records name.</summary>
    TlsaInvalid,

    /// <summary>No DNS answer could be validated.</summary>
    DnssecInvalid,

    /// <summary>DANE was asked for and the destination has none.</summary>
    DaneRequired,

    /// <summary>The domain announces an MTA-STS policy that cannot be fetched.</summary>
    StsPolicyFetchError,

    /// <summary>A policy was fetched and cannot be read.</summary>
    StsPolicyInvalid,

    /// <summary>The host that serves the policy has no valid certificate.</summary>
    StsWebPkiInvalid,
}
