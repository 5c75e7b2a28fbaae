// What the server's side of TLS is made of under one set of directives: certificate, versions, ciphers, and who vouches for clients. Shared by every
// connection under that set; thread safe. Immutable but for the certificate and the authorities, which follow their files.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>The server's side of TLS.</summary>
public sealed class ServerTls
{
    private readonly TlsTerms _terms;
    private readonly KeptCertificate _certificate;
    private readonly KeptAuthorities? _clients;
    private readonly TimeProvider _time;

    private ServerTls(TlsTerms terms, KeptCertificate certificate, KeptAuthorities? clients, TimeProvider time) =>
        (_terms, _certificate, _clients, _time) = (terms, certificate, clients, time);

    /// <summary>The file that clients' certificate comes from.</summary>
    public string CertificatePath => _certificate.Path;

    /// <summary>When that certificate ends.</summary>
    public Instant CertificateEnd => Instant.FromDateTime(new DateTimeOffset(_certificate.Certificate.NotAfter.ToUniversalTime()));

    /// <summary>Clients are asked for a certificate.</summary>
    public bool AsksClients => _clients is not null;

    /// <param name="settings">With a certificate.</param>
    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">Something of it cannot be used.</exception>
    public static ServerTls Open(TlsSettings settings, Func<string, string> read, TimeProvider time, ILogger log)
    {
        CertificateFile file = settings.Certificate ?? throw new InvalidOperationException("TLS at the server's side needs a certificate");
        KeptAuthorities? clients = settings.CaFile.Length == 0 ? null : KeptAuthorities.Open(settings.CaFile, read, time, log);
        return new ServerTls(TlsTerms.Of(settings), KeptCertificate.Open(file, read, time, log), clients, time);
    }

    /// <summary>Looks whether the certificate's file has changed.</summary>
    public void Look() => _certificate.Look();

    /// <summary>For one handshake. May read the files of certificate and authorities: not for a thread that serves many sockets.</summary>
    /// <param name="saw">Hears, during the handshake, what certificate the client showed; only where clients are asked for one.</param>
    public SslServerAuthenticationOptions NewOptions(Action<ClientProof> saw)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _certificate.Context,
            EnabledSslProtocols = _terms.Protocols,
            EncryptionPolicy = _terms.Encryption,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_terms.Ciphers is { } ciphers)
        {
            options.CipherSuitesPolicy = ciphers;
        }

        if (_clients is { } clients)
        {
            var judge = new PeerJudge(clients.Current, ChainTrust.ForClients);

            // A resumed session would bring no certificate along to be judged.
            options.AllowTlsResume = false;
            options.ClientCertificateRequired = true;
#pragma warning disable CA5359 // Judged, and never refused: whoever shows none, or one that proves nothing, may send mail over TLS as everybody may.
            options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                saw(Judge(judge, certificate, chain));
                return true;
            };
#pragma warning restore CA5359
        }

        return options;
    }

    private ClientProof Judge(PeerJudge judge, X509Certificate? shown, X509Chain? chain)
    {
        if (shown is null)
        {
            return ClientProof.None;
        }

        // The handshake's own object is disposed with its connection.
        X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return new ClientProof(certificate, judge.Fault(certificate, chain?.ChainPolicy.ExtraStore, _time.GetUtcNow()));
    }
}
