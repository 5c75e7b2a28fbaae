// The directives of TLS, which have one name at global level and another in a listener: what is said in the listener counts, then what is said globally.
// Static.

namespace Godwit.Settings;

/// <summary>Reads what is said about TLS.</summary>
internal static class TlsDirectives
{
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
