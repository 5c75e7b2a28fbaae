// The directives of TLS, which have one name at global level and another in a listener: what is said in the listener counts, then what is said globally.
// Static.

namespace Godwit.Settings;

/// <summary>Reads what is said about TLS.</summary>
internal static class TlsDirectives
{
    /// <summary>Of the management port, whose certificate is that of mail where it has none of its own.</summary>
    public static TlsSettings OfConsole(CheckedBlock root)
    {
        return new TlsSettings
        {
            Certificate = (root.Last("http-tls-certificate")?.Value ?? root.Last("smtp-server-tls-certificate")?.Value) as CertificateFile,
            CaFile = root.Last("http-tls-ca-file")?.Value as string ?? "",
            Versions = Version("allow-tlsv1", TlsVersions.Tls10) | Version("allow-tlsv1.1", TlsVersions.Tls11)
                | Version("allow-tlsv1.2", TlsVersions.Tls12) | Version("allow-tlsv1.3", TlsVersions.Tls13),
            Ciphers = root.Last("http-tls-ciphers")?.Value as string ?? TlsSettings.UsualCiphers,
            CipherSuites = root.Last("http-tls-tlsv1.3-ciphersuites")?.Value as string ?? "",
        };

        TlsVersions Version(string name, TlsVersions version)
        {
            bool allowed = root.Last($"http-tls-{name}")?.Value as bool? ?? TlsVersions.Usual.HasFlag(version);
            return allowed ? version : TlsVersions.None;
        }
    }

    /// <param name="listener">Null for one that is a single line.</param>
    public static TlsSettings OfListener(CheckedBlock root, CheckedBlock? listener)
    {
        return new TlsSettings
        {
            Certificate = Value("certificate", "certificate") as CertificateFile,
            CaFile = Value("ca-file", "ca-file") as string ?? "",
            Versions = Version("allow-tlsv1", TlsVersions.Tls10) | Version("allow-tlsv1.1", TlsVersions.Tls11)
                | Version("allow-tlsv1.2", TlsVersions.Tls12) | Version("allow-tlsv1.3", TlsVersions.Tls13),
            Ciphers = Value("ciphers", "ciphers") as string ?? TlsSettings.UsualCiphers,
            CipherSuites = Value("tlsv1.3-ciphersuites", "v1.3-ciphersuites") as string ?? "",
        };

        object? Value(string here, string everywhere) =>
            listener?.Last($"tls-{here}")?.Value ?? root.Last($"smtp-server-tls-{everywhere}")?.Value;

        TlsVersions Version(string name, TlsVersions version)
        {
            bool allowed = Value(name, name) as bool? ?? TlsVersions.Usual.HasFlag(version);
            return allowed ? version : TlsVersions.None;
        }
    }
}
