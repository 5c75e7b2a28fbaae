using System.IO.Compression;
using System.Security.Cryptography;

namespace Godwit.Web;

/// <summary>One file of the console, as it goes out: plain, and compressed once when somebody first asks for it so.</summary>
/// <param name="name">The name in its address.</param>
/// <param name="type">The content type.</param>
internal sealed class ConsoleAsset(string name, string type, byte[] content)
{
    private readonly Lazy<byte[]> _brotli = new(() => Compress(content, to => new BrotliStream(to, CompressionLevel.SmallestSize)));
    private readonly Lazy<byte[]> _gzip = new(() => Compress(content, to => new GZipStream(to, CompressionLevel.SmallestSize)));

    public string Name => name;

    public string Type => type;

    /// <summary>Changes with the content; an encoding adds its own name.</summary>
    public string Tag { get; } = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12));

    /// <param name="encoding">"br", "gzip", or empty for none.</param>
    public byte[] In(string encoding) => encoding switch
    {
        "br" => _brotli.Value,
        "gzip" => _gzip.Value,
        _ => content,
    };

    private static byte[] Compress(byte[] content, Func<Stream, Stream> through)
    {
        using var result = new MemoryStream();
        using (Stream stream = through(result))
        {
            stream.Write(content);
        }

        return result.ToArray();
    }
}
