// Versions and ciphers as .NET wants to hear them. Immutable; made once for each set of directives, used by every connection under it.
// .NET resumes sessions only where it is not told which ciphers to use, so it is told only where the configuration insists.

using System.Net.Security;
using System.Security.Authentication;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Tls;

/// <summary>The versions and ciphers of one side of a connection.</summary>
public sealed class TlsTerms
{
    private TlsTerms(SslProtocols protocols, CipherSuitesPolicy? ciphers, EncryptionPolicy encryption) =>
        (Protocols, Ciphers, Encryption) = (protocols, ciphers, encryption);

    public SslProtocols Protocols { get; }

    /// <summary>
    /// Null for the runtime's own: suites of AES with ephemeral elliptic curves and SHA-2, and everything of TLS 1.3. Sessions are resumed then.
    /// </summary>
    public CipherSuitesPolicy? Ciphers { get; }

    /// <summary>
    /// For versions before 1.2 the one that lowers OpenSSL's security level, without which it does not speak them; <see cref="Ciphers"/> keeps suites
    /// without encryption out.
    /// </summary>
    public EncryptionPolicy Encryption { get; }

    /// <exception cref="TlsFileException">OpenSSL has none of the ciphers. The check of the configuration says that first.</exception>
    public static TlsTerms Of(TlsSettings settings)
    {
        bool old = (settings.Versions & TlsVersions.Old) != TlsVersions.None;
        bool chosen = old || settings.Ciphers != TlsSettings.UsualCiphers || settings.CipherSuites.Length > 0;
#pragma warning disable SYSLIB0040 // The only way to OpenSSL's security level; the list of ciphers below holds none without encryption.
        EncryptionPolicy encryption = old ? EncryptionPolicy.AllowNoEncryption : EncryptionPolicy.RequireEncryption;
#pragma warning restore SYSLIB0040
        return new TlsTerms(ProtocolsOf(settings.Versions), chosen ? PolicyOf(settings, old) : null, encryption);
    }

    private static SslProtocols ProtocolsOf(TlsVersions versions)
    {
        SslProtocols protocols = SslProtocols.None;
        protocols |= versions.HasFlag(TlsVersions.Tls12) ? SslProtocols.Tls12 : SslProtocols.None;
        protocols |= versions.HasFlag(TlsVersions.Tls13) ? SslProtocols.Tls13 : SslProtocols.None;
#pragma warning disable SYSLIB0039, CA5397 // The operator asks for them in so many words, and the check says what they are.
        protocols |= versions.HasFlag(TlsVersions.Tls10) ? SslProtocols.Tls : SslProtocols.None;
        protocols |= versions.HasFlag(TlsVersions.Tls11) ? SslProtocols.Tls11 : SslProtocols.None;
#pragma warning restore SYSLIB0039, CA5397
        return protocols;
    }

    private static CipherSuitesPolicy PolicyOf(TlsSettings settings, bool old)
    {
        if (!OpenSslCiphers.TryRead(settings.Ciphers, anyStrength: old, out ushort[] suites, out string fault))
        {
            throw new TlsFileException($"the list of ciphers {settings.Ciphers} {fault}");
        }

        // .NET takes the list for all versions: one that held no suite of TLS 1.3 would mean "no TLS 1.3".
        List<TlsCipherSuite> all = [.. suites.Select(suite => (TlsCipherSuite)suite)];
        all.AddRange(TlsSuiteNames.Read(settings.CipherSuites.Length > 0 ? settings.CipherSuites : TlsSuiteNames.Usual));
#pragma warning disable CA1416 // The server runs on Linux, where .NET has it.
        return new CipherSuitesPolicy(all);
#pragma warning restore CA1416
    }
}
