// A private key that signs: RSA from the box, Ed25519 from libsodium. Loaded once for each version of the configuration, owned by its ring, thread safe.
// A file that cannot be used throws DkimKeyException, whose message names the file and never what is in it.

using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Godwit.Settings;
using NSec.Cryptography;

namespace Godwit.Dkim;

/// <summary>A key cannot be used; the message says which and why, in an operator's words.</summary>
public sealed class DkimKeyException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Signs canonical headers.</summary>
internal sealed class DkimKey : IDisposable
{
    /// <summary>RFC 8410 section 3.</summary>
    private const string Ed25519Oid = "1.3.101.112";

    /// <summary>OpenSSL guards a key's blinding with a lock, so each signature at once has a copy of its own. More than this many wait for nothing new.</summary>
    private const int MaxIdle = 64;

    private readonly ConcurrentBag<RSA> _idle = [];
    private readonly byte[]? _rsa;
    private readonly Key? _ed25519;

    private DkimKey(byte[] rsa, int bits) => (_rsa, Algorithm, Bits) = (rsa, DkimAlgorithm.RsaSha256, bits);

    private DkimKey(Key ed25519) => (_ed25519, Algorithm, Bits) = (ed25519, DkimAlgorithm.Ed25519Sha256, 256);

    public DkimAlgorithm Algorithm { get; }

    public int Bits { get; }

    /// <summary>What <c>a=</c> says (RFC 6376 section 3.3, RFC 8463 section 3).</summary>
    public string AlgorithmName => Algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519-sha256" : "rsa-sha256";

    /// <param name="pem">PKCS#1 (RFC 8017) or PKCS#8 (RFC 5208) between its PEM lines.</param>
    /// <param name="source">What the exception names.</param>
    /// <exception cref="DkimKeyException">It is no such key.</exception>
    public static DkimKey Read(string pem, string source)
    {
        if (!PemEncoding.TryFind(pem, out PemFields fields))
        {
            throw new DkimKeyException($"{source} is no PEM file; a private key begins with -----BEGIN");
        }

        byte[] content = Convert.FromBase64String(pem[fields.Base64Data]);
        try
        {
            string label = pem[fields.Label];
            return label switch
            {
                "RSA PRIVATE KEY" => OfRsa(content),
                "PRIVATE KEY" => OfPkcs8(content, source),
                _ => throw new DkimKeyException($"{source} holds \"{label}\", not a private key"),
            };
        }
        catch (Exception broken) when (broken is CryptographicException or AsnContentException or FormatException)
        {
            throw new DkimKeyException($"{source} is damaged: what it holds is no private key", broken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>A signature over the hash of the canonical header (RFC 6376 section 3.7; RFC 8463 section 3 signs the hash itself).</summary>
    public byte[] Sign(ReadOnlySpan<byte> canonicalHeader)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonicalHeader, hash);
        if (_ed25519 is not null)
        {
            return SignatureAlgorithm.Ed25519.Sign(_ed25519, hash);
        }

        RSA rsa = _idle.TryTake(out RSA? idle) ? idle : Import(_rsa!);
        try
        {
            return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        finally
        {
            if (_idle.Count < MaxIdle)
            {
                _idle.Add(rsa);
            }
            else
            {
                rsa.Dispose();
            }
        }
    }

    /// <summary>What <c>p=</c> of the published record says (RFC 6376 section 3.6.1, RFC 8463 section 4.2).</summary>
    public string PublicKeyText()
    {
        if (_ed25519 is not null)
        {
            return Convert.ToBase64String(_ed25519.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        }

        using RSA rsa = Import(_rsa!);
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    public void Dispose()
    {
        if (_rsa is not null)
        {
            CryptographicOperations.ZeroMemory(_rsa);
        }

        _ed25519?.Dispose();
        while (_idle.TryTake(out RSA? idle))
        {
            idle.Dispose();
        }
    }

    private static DkimKey OfRsa(byte[] content)
    {
        using RSA rsa = Import(content);
        return new DkimKey((byte[])content.Clone(), rsa.KeySize);
    }

    private static DkimKey OfPkcs8(byte[] content, string source)
    {
        AsnReader key = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        string algorithm = key.ReadSequence().ReadObjectIdentifier();
        byte[] inner = key.ReadOctetString();
        try
        {
            return algorithm switch
            {
                "1.2.840.113549.1.1.1" => OfRsa(inner),
                Ed25519Oid => new DkimKey(Key.Import(
                    SignatureAlgorithm.Ed25519, new AsnReader(inner, AsnEncodingRules.DER).ReadOctetString(), KeyBlobFormat.RawPrivateKey)),
                _ => throw new DkimKeyException($"{source} holds a key that DKIM does not know; it takes RSA and Ed25519"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
        }
    }

    private static RSA Import(byte[] pkcs1)
    {
        var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(pkcs1, out _);
        return rsa;
    }
}
