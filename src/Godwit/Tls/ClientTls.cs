// What the client's side of TLS is made of under one set of directives: versions, ciphers, our certificate, the authorities that may vouch for hosts.
// Shared by every connection under that set; thread safe. Immutable but for the certificate and the authorities, which follow their files.
// Whether a host has proved what it must is not decided here: the caller is shown what the host has shown, and says yes or no.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>The client's side of TLS.</summary>
public sealed class ClientTls
{
    private readonly TlsTerms _terms;
    private readonly KeptCertificate? _certificate;
    private readonly KeptAuthorities? _authorities;
    private readonly bool _resumes;

    private ClientTls(TlsTerms terms, KeptCertificate? certificate, KeptAuthorities? authorities, bool resumes) =>
        (_terms, _certificate, _authorities, _resumes) = (terms, certificate, authorities, resumes);

    /// <summary>Hosts are asked for a proof.</summary>
    public bool AsksProof => _authorities is not null;

    /// <summary>Who may vouch for hosts; null where hosts are asked for no proof. May read their file: not for a thread that serves many sockets.</summary>
    public X509Certificate2Collection? Authorities => _authorities?.Current;

    /// <param name="resumes">
    /// Sessions with a host are resumed, of TLS 1.3 too. The runtime does so where it chooses the ciphers itself, for hosts with a name.
    /// </param>
    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">Something of it cannot be used.</exception>
    public static ClientTls Open(TlsSettings settings, bool resumes, Func<string, string> read, TimeProvider time, ILogger log) => new(
        TlsTerms.Of(settings),
        settings.Certificate is { } file ? KeptCertificate.Open(file, read, time, log) : null,
        settings.CaFile.Length > 0 ? KeptAuthorities.Open(settings.CaFile, read, time, log) : null,
        resumes);

    /// <summary>For one handshake. May read the certificate's file: not for a thread that serves many sockets.</summary>
    /// <param name="serverName">For SNI, and what sessions are known by: the host's name, or its address, which is not sent.</param>
    /// <param name="judge">Called during the handshake with what the host shows, which is disposed behind it; false ends it.</param>
    public SslClientAuthenticationOptions NewOptions(string serverName, Func<X509Certificate?, X509Chain?, bool> judge)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = _terms.Protocols,
            EncryptionPolicy = _terms.Encryption,
            AllowTlsResume = _resumes,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = NoChain(),
            ClientCertificateContext = _certificate?.Context,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => judge(certificate, chain),
        };
        if (_terms.Ciphers is { } ciphers)
        {
            options.CipherSuitesPolicy = ciphers;
        }

        return options;
    }

    /// <summary>The runtime builds a chain before it asks the callback: it shall be over soon, and fetch nothing from anywhere.</summary>
    private static X509ChainPolicy NoChain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}
