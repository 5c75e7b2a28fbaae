// One certificate file in use, by any number of listeners or queues; the file is followed. Thread safe.

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>Gives handshakes the newest certificate that is good.</summary>
public sealed class KeptCertificate
{
    /// <summary>Soon enough after a renewal, and no load for the disk however many clients come.</summary>
    public static readonly TimeSpan BetweenLooks = KeptFile<SslStreamCertificateContext>.BetweenLooks;

    private readonly KeptFile<SslStreamCertificateContext> _kept;

    private KeptCertificate(string path, KeptFile<SslStreamCertificateContext> kept) => (Path, _kept) = (path, kept);

    /// <summary>
    /// For <see cref="SslServerAuthenticationOptions.ServerCertificateContext"/> and <see cref="SslClientAuthenticationOptions.ClientCertificateContext"/>.
    /// Always the same object until the file changes: sessions are resumed only with the context that they began with. May read the file.
    /// </summary>
    public SslStreamCertificateContext Context => _kept.Current;

    /// <summary>The file that is followed.</summary>
    public string Path { get; }

    /// <summary>What is in use.</summary>
    public X509Certificate2 Certificate => _kept.InUse.TargetCertificate;

    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">The file cannot be used.</exception>
    public static KeptCertificate Open(CertificateFile file, Func<string, string> read, TimeProvider time, ILogger log) =>
        new(file.Path, new KeptFile<SslStreamCertificateContext>(() => TlsFile.Text(file.Path, read), text => Read(text, file), time)
        {
            Renewed = fresh => log.CertificateRenewed(file.Path, fresh.TargetCertificate.Subject, fresh.TargetCertificate.NotAfter.ToUniversalTime()),
            Broken = (fault, old) => log.CertificateBroken(fault, old.TargetCertificate.NotAfter.ToUniversalTime()),
        });

    /// <summary>Looks at the file now, because somebody said that it has changed.</summary>
    public void Look() => _kept.Look();

    private static SslStreamCertificateContext Read(string text, CertificateFile file)
    {
        CertificateWithKey found = TlsFile.Certificate(text, file);
        try
        {
            // Offline: neither missing authorities nor states of revocation are fetched from anywhere, at no time.
            return SslStreamCertificateContext.Create(found.Certificate, found.Others, offline: true);
        }
        catch (CryptographicException refused)
        {
            throw new TlsFileException($"{file.Path}: the certificate cannot be used: {refused.Message}", refused);
        }
    }
}
