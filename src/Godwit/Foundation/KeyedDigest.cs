// What stands for a text that must not be shown: privacy policies of accounting files and the verb "digest" make it here, so that one can look up
// what the other wrote. Immutable; holds a key, so it is never printed.

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Foundation;

/// <summary>A digest of texts under one key, as PowerMTA writes it. Thread safe.</summary>
public sealed class KeyedDigest
{
    /// <summary>Octets of the longest key that SipHash takes.</summary>
    public const int MaxSipHashKey = Foundation.SipHash.KeyLength;

    private readonly byte[] _key;
    private readonly bool _isSipHash;

    private KeyedDigest(byte[] key, bool isSipHash) => (_key, _isSipHash) = (key, isSipHash);

    /// <summary>SipHash-2-4. A key shorter than 16 octets is filled with zeros; the digest's octets stand with the least significant first.</summary>
    /// <exception cref="ArgumentException">The key has more than <see cref="MaxSipHashKey"/> octets.</exception>
    public static KeyedDigest SipHash(ReadOnlySpan<byte> key)
    {
        if (key.Length > MaxSipHashKey)
        {
            throw new ArgumentException($"a key for SipHash has at most {MaxSipHashKey} octets", nameof(key));
        }

        byte[] whole = new byte[MaxSipHashKey];
        key.CopyTo(whole);
        return new KeyedDigest(whole, isSipHash: true);
    }

    /// <summary>HMAC (RFC 2104) with SHA-256; a key of any length.</summary>
    public static KeyedDigest HmacSha256(ReadOnlySpan<byte> key) => new(key.ToArray(), isSipHash: false);

    /// <summary>Of the text's UTF-8 octets, in capital hexadecimal digits: 16 for SipHash, 64 for HMAC.</summary>
    public string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>The same for octets.</summary>
    public string Of(ReadOnlySpan<byte> text)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (_isSipHash)
        {
            digest = digest[..sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(digest, Foundation.SipHash.Compute(_key, text));
        }
        else
        {
            HMACSHA256.HashData(_key, text, digest);
        }

        return Convert.ToHexString(digest);
    }
}
