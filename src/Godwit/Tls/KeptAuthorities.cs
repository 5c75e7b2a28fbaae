// The authorities of one file, which may vouch for the other side; the file is followed, as a certificate's is: an authority that is taken out of it vouches
// for nobody any more, without a reload. Thread safe.

using System.Security.Cryptography.X509Certificates;
using Godwit.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>Gives handshakes the authorities that stand in the file now.</summary>
public sealed class KeptAuthorities
{
    private readonly KeptFile<X509Certificate2Collection> _kept;

    private KeptAuthorities(KeptFile<X509Certificate2Collection> kept) => _kept = kept;

    /// <summary>Always the same object until the file changes. May read the file.</summary>
    public X509Certificate2Collection Current => _kept.Current;

    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">The file cannot be used.</exception>
    public static KeptAuthorities Open(string path, Func<string, string> read, TimeProvider time, ILogger log) =>
        new(new KeptFile<X509Certificate2Collection>(() => TlsFile.Text(path, read), text => TlsFile.Authorities(text, path), time)
        {
            Renewed = fresh => log.AuthoritiesRenewed(path, fresh.Count),
            Broken = (fault, old) => log.AuthoritiesBroken(fault, old.Count),
        });
}
