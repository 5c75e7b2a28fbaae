// How one side of a connection speaks TLS, as the configuration says it. The files that it names are read by Tls.

namespace Godwit.Settings;

/// <summary>Versions of TLS.</summary>
[Flags]
public enum TlsVersions : byte
{
    None = 0,
    Tls10 = 1,
    Tls11 = 2,
    Tls12 = 4,
    Tls13 = 8,

    /// <summary>What is spoken where nothing is said. RFC 8996: 1.0 and 1.1 must not be used.</summary>
    Usual = Tls12 | Tls13,

    /// <summary>Those that OpenSSL speaks below its security level only.</summary>
    Old = Tls10 | Tls11,
}

/// <summary>One set of TLS directives. Equal sets are one: they share their certificate and their sessions.</summary>
public sealed record TlsSettings
{
    /// <summary>What <c>*-ciphers</c> is when nobody writes it: PowerMTA's default, which stands for the runtime's own choice here.</summary>
    public const string UsualCiphers = "HIGH:!ADH:@STRENGTH";

    /// <summary>Nothing is said.</summary>
    public static TlsSettings Usual { get; } = new();

    /// <summary>Our certificate with its key; null when there is none.</summary>
    public CertificateFile? Certificate { get; init; }

    /// <summary>A file with the certificates of authorities that the other side's certificate is judged by; empty when none.</summary>
    public string CaFile { get; init; } = "";

    public TlsVersions Versions { get; init; } = TlsVersions.Usual;

    /// <summary>OpenSSL's list of ciphers up to TLS 1.2, in order of preference.</summary>
    public string Ciphers { get; init; } = UsualCiphers;

    /// <summary>Names of suites of TLS 1.3 between colons, in order of preference; empty for OpenSSL's own.</summary>
    public string CipherSuites { get; init; } = "";
}
