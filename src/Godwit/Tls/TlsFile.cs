// What TLS reads from disk: certificates with their keys, and authorities. Static. A text that cannot be used throws TlsFileException, whose message names
// the file and never what is in it.

using System.Security.Cryptography.X509Certificates;
using Godwit.Settings;

namespace Godwit.Tls;

/// <summary>Reads files.</summary>
internal static class TlsFile
{
    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">There is no such file.</exception>
    public static string Text(string path, Func<string, string> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
            throw new TlsFileException($"{path}: {why}", e);
        }
    }

    /// <exception cref="TlsFileException">The text has no certificate with its key.</exception>
    public static CertificateWithKey Certificate(string text, CertificateFile file) =>
        CertificateText.TryRead(text, file.Password.Reveal(), out CertificateWithKey? found, out string fault)
            ? found!
            : throw new TlsFileException($"{file.Path} {fault}");

    /// <exception cref="TlsFileException">The text has no certificates.</exception>
    public static X509Certificate2Collection Authorities(string text, string path) =>
        CertificateText.TryReadAll(text, out X509Certificate2Collection authorities, out string fault)
            ? authorities
            : throw new TlsFileException($"{path} {fault}");
}
