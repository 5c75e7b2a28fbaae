// A private key that signs: RSA from the box, Ed25519 beside it. Loaded once for each version of the configuration, owned by its rings, thread safe.
// A text that cannot be used throws DkimKeyException, whose message names the file and never what is in it.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>A key cannot be used; the message says which and why, in an operator's words.</summary>
public sealed class DkimKeyException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Signs canonical headers.</summary>
internal sealed class DkimKey
{
    /// <summary>OpenSSL guards a key's blinding with a lock, so signatures made at once have a copy each: no more than there are signing threads.</summary>
    private readonly ConcurrentBag<RSA> _idle = [];

    private readonly byte[]? _rsa;
    private readonly Ed25519Key? _ed25519;

    private DkimKey(byte[] rsa, string source) => (_rsa, Source, Algorithm) = (rsa, source, DkimAlgorithm.RsaSha256);

    private DkimKey(Ed25519Key ed25519, string source) => (_ed25519, Source, Algorithm) = (ed25519, source, DkimAlgorithm.Ed25519Sha256);

    /// <summary>Where it was read: a file, or what the message calls it.</summary>
    public string Source { get; }

    public DkimAlgorithm Algorithm { get; }

    /// <summary>What <c>a=</c> says (RFC 6376 section 3.3, RFC 8463 section 3).</summary>
    public string AlgorithmName => Algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519-sha256" : "rsa-sha256";

    /// <param name="pem">PKCS#1 (RFC 8017) or PKCS#8 (RFC 5208) between its PEM lines.</param>
    /// <param name="source">The file, or what else it is called; the exception names it.</param>
    /// <exception cref="DkimKeyException">It is no such key.</exception>
    public static DkimKey Read(string pem, string source)
    {
        if (!PrivateKeyText.TryRead(pem, out PrivateKeyKind kind, out byte[] octets, out string fault))
        {
            throw new DkimKeyException($"{source} {fault}");
        }

        if (kind == PrivateKeyKind.Rsa)
        {
            return new DkimKey(octets, source);
        }

        try
        {
            return new DkimKey(Ed25519Key.Import(octets), source);
        }
        catch (Exception refused) when (refused is CryptographicException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new DkimKeyException($"{source}: Ed25519 keys need OpenSSL's libcrypto, 1.1.1 or 3, on this machine", refused);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>A signature over the hash of the canonical header (RFC 6376 section 3.7; RFC 8463 section 3 signs the hash itself).</summary>
    public byte[] Sign(ReadOnlySpan<byte> canonicalHeader)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonicalHeader, hash);
        if (_ed25519 is not null)
        {
            return _ed25519.Sign(hash);
        }

        RSA rsa = _idle.TryTake(out RSA? idle) ? idle : Import(_rsa!);
        byte[] signature = rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _idle.Add(rsa);
        return signature;
    }

    /// <summary>What DNS has to publish for it.</summary>
    public string PublicRecord()
    {
        if (_ed25519 is not null)
        {
            return NewKey.RecordOf(Algorithm, _ed25519.PublicKey());
        }

        using RSA rsa = Import(_rsa!);
        return NewKey.RecordOf(Algorithm, rsa.ExportSubjectPublicKeyInfo());
    }

    private static RSA Import(byte[] pkcs1)
    {
        var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(pkcs1, out _);
        return rsa;
    }
}
