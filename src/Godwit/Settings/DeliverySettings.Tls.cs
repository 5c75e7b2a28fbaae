// How connections to hosts are encrypted, and what hosts must prove.

namespace Godwit.Settings;

public sealed partial record DeliverySettings
{
    /// <summary>TLS where a host offers it.</summary>
    public bool UseStartTls { get; init; } = true;

    /// <summary>Nothing goes out without TLS. Null when nobody has said anything: then what is known about the host's provider counts.</summary>
    public bool? RequireStartTls { get; init; }

    /// <summary>RFC 7672.</summary>
    public bool UseDane { get; init; } = true;

    /// <summary>RFC 8461.</summary>
    public bool UseMtaSts { get; init; }

    public bool ReuseTlsSession { get; init; }

    public bool TlsAllowV10 { get; init; }

    public bool TlsAllowV11 { get; init; }

    public bool TlsAllowV12 { get; init; } = true;

    public bool TlsAllowV13 { get; init; } = true;

    /// <summary>OpenSSL's list, for versions up to 1.2.</summary>
    public string TlsCiphers { get; init; } = TlsSettings.UsualCiphers;

    /// <summary>For version 1.3; empty for all.</summary>
    public string TlsCipherSuites { get; init; } = "";

    /// <summary>The authorities that may vouch for hosts; empty asks hosts for no proof.</summary>
    public string TlsCaFile { get; init; } = "";

    /// <summary>What we show to a host that asks who we are; null for nothing.</summary>
    public CertificateFile? ClientCertificate { get; init; }

    public bool LogTls { get; init; }

    /// <summary>All of it that a handshake needs.</summary>
    public TlsSettings Tls => new()
    {
        Certificate = ClientCertificate,
        CaFile = TlsCaFile,
        Versions = (TlsAllowV10 ? TlsVersions.Tls10 : TlsVersions.None) | (TlsAllowV11 ? TlsVersions.Tls11 : TlsVersions.None)
            | (TlsAllowV12 ? TlsVersions.Tls12 : TlsVersions.None) | (TlsAllowV13 ? TlsVersions.Tls13 : TlsVersions.None),
        Ciphers = TlsCiphers,
        CipherSuites = TlsCipherSuites,
    };
}
