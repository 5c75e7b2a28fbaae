// A public key as its owner publishes it, for verifying: RSA from the box, Ed25519 beside it. Owned by one verification, which disposes it.

using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Checks signatures.</summary>
internal sealed class DkimPublicKey : IDisposable
{
    /// <summary>
    /// Octets of an exponent: everybody's has three, and verifying takes as long as it is. One as long as the modulus would cost what signing costs, at
    /// a stranger's wish.
    /// </summary>
    private const int MaxExponent = 4;

    private readonly RSA? _rsa;
    private readonly Ed25519PublicKey? _ed25519;

    private DkimPublicKey(RSA? rsa, Ed25519PublicKey? ed25519) => (_rsa, _ed25519) = (rsa, ed25519);

    /// <summary>Bits of an RSA key; 256 for Ed25519.</summary>
    public int Bits => _rsa?.KeySize ?? 256;

    public DkimAlgorithm Algorithm => _rsa is null ? DkimAlgorithm.Ed25519Sha256 : DkimAlgorithm.RsaSha256;

    /// <summary>Reads a key; null when the octets are none.</summary>
    /// <param name="octets">
    /// RSA: SubjectPublicKeyInfo, which everybody publishes, or the RSAPublicKey of RFC 6376 section 3.6.1. Ed25519: the 32 octets of RFC 8463 section 4.2.
    /// </param>
    public static DkimPublicKey? TryRead(DkimAlgorithm algorithm, byte[] octets)
    {
        try
        {
            if (algorithm == DkimAlgorithm.Ed25519Sha256)
            {
                return octets.Length == Ed25519PublicKey.KeyOctets ? new DkimPublicKey(null, Ed25519PublicKey.Import(octets)) : null;
            }

            return TryReadRsa(octets) is { } rsa ? new DkimPublicKey(rsa, null) : null;
        }
        catch (Exception refused) when (refused is CryptographicException or DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether the signature is this key's over the hash of the canonical header.</summary>
    public bool Verify(ReadOnlySpan<byte> canonicalHeader, ReadOnlySpan<byte> signature)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonicalHeader, hash);
        return VerifyHash(hash, signature);
    }

    /// <summary>The same for who has hashed already.</summary>
    /// <param name="hash">SHA-256.</param>
    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _ed25519 is not null
                ? _ed25519.Verify(hash, signature)
                : _rsa!.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            // The library says so of keys that it reads and cannot use, such as one with an absurd exponent.
            return false;
        }
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ed25519?.Dispose();
    }

    private static RSA? TryReadRsa(byte[] octets)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(octets, out _);
            return Usable(rsa);
        }
        catch (CryptographicException)
        {
            return TryBare(rsa, octets);
        }
    }

    private static RSA? Usable(RSA rsa)
    {
        if (rsa.ExportParameters(includePrivateParameters: false).Exponent!.Length <= MaxExponent)
        {
            return rsa;
        }

        rsa.Dispose();
        return null;
    }

    private static RSA? TryBare(RSA rsa, byte[] octets)
    {
        try
        {
            rsa.ImportRSAPublicKey(octets, out _);
            return Usable(rsa);
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }
}
