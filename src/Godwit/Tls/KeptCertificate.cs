// One certificate file in use, by any number of listeners or queues. Follows the file: whoever begins a handshake looks, at most once every few seconds
// for all of them, and what has changed is in use from then on. A new file that is no good keeps what is in use, and is told once.
// Thread safe. What a handshake has begun with stays alive until the runtime collects it.

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>Gives handshakes the newest certificate that is good.</summary>
public sealed class KeptCertificate
{
    /// <summary>Soon enough after a renewal, and no load for the disk however many clients come.</summary>
    public static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private readonly CertificateFile _file;
    private readonly Func<string, string> _read;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private volatile Held _held;
    private long _looked;
    private string _told = "";

    private KeptCertificate(CertificateFile file, Func<string, string> read, TimeProvider time, ILogger log)
    {
        (_file, _read, _time, _log) = (file, read, time, log);
        _looked = time.GetTimestamp();
        _held = Read(TlsFile.Text(file.Path, read));
    }

    /// <summary>
    /// For <see cref="SslServerAuthenticationOptions.ServerCertificateContext"/> and <see cref="SslClientAuthenticationOptions.ClientCertificateContext"/>.
    /// Always the same object until the file changes: sessions are resumed only with the context that they began with. May read the file.
    /// </summary>
    public SslStreamCertificateContext Context
    {
        get
        {
            LookNowAndThen();
            return _held.Context;
        }
    }

    /// <summary>The file that is followed.</summary>
    public string Path => _file.Path;

    /// <summary>What is in use.</summary>
    public X509Certificate2 Certificate => _held.Context.TargetCertificate;

    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">The file cannot be used.</exception>
    public static KeptCertificate Open(CertificateFile file, Func<string, string> read, TimeProvider time, ILogger log) => new(file, read, time, log);

    /// <summary>Looks at the file now, because somebody said that it has changed.</summary>
    public void Look()
    {
        Interlocked.Exchange(ref _looked, _time.GetTimestamp());
        try
        {
            string text = TlsFile.Text(_file.Path, _read);
            if (_held.IsOf(text))
            {
                _told = "";
                return;
            }

            _held = Read(text);
            _told = "";
            _log.CertificateRenewed(_file.Path, Certificate.Subject, Certificate.NotAfter.ToUniversalTime());
        }
        catch (TlsFileException broken) when (broken.Message == _told)
        {
            // Said already; the file has not got better.
            return;
        }
        catch (TlsFileException broken)
        {
            _told = broken.Message;
            _log.CertificateBroken(broken.Message, Certificate.NotAfter.ToUniversalTime());
        }
    }

    private void LookNowAndThen()
    {
        long looked = Volatile.Read(ref _looked);
        if (_time.GetElapsedTime(looked) >= BetweenLooks && Interlocked.CompareExchange(ref _looked, _time.GetTimestamp(), looked) == looked)
        {
            Look();
        }
    }

    private Held Read(string text)
    {
        CertificateWithKey found = TlsFile.Certificate(text, _file);
        try
        {
            // Offline: neither missing authorities nor states of revocation are fetched from anywhere, at no time.
            return new Held(SslStreamCertificateContext.Create(found.Certificate, found.Others, offline: true), Hash(text));
        }
        catch (CryptographicException refused)
        {
            throw new TlsFileException($"{_file.Path}: the certificate cannot be used: {refused.Message}", refused);
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <param name="Text">The hash of the file's text.</param>
    private sealed record Held(SslStreamCertificateContext Context, byte[] Text)
    {
        public bool IsOf(string text) => Hash(text).AsSpan().SequenceEqual(Text);
    }
}
