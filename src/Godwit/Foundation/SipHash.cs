// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed 64-bit digest of short texts. Pure.

using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.Foundation;

/// <summary>The digest of one text under a key of 128 bits.</summary>
internal struct SipHash
{
    /// <summary>Octets of a key.</summary>
    public const int KeyLength = 16;

    private const int Word = sizeof(ulong);

    private ulong _v0;
    private ulong _v1;
    private ulong _v2;
    private ulong _v3;

    /// <summary>The paper's 64-bit result as a number; its octets are written with the least significant first.</summary>
    /// <param name="key">Of <see cref="KeyLength"/> octets.</param>
    public static ulong Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength);
        ulong k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        ulong k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[Word..]);

        // The constants are the paper's: "somepseudorandomlygeneratedbytes".
        var state = new SipHash
        {
            _v0 = k0 ^ 0x736f6d6570736575, _v1 = k1 ^ 0x646f72616e646f6d, _v2 = k0 ^ 0x6c7967656e657261, _v3 = k1 ^ 0x7465646279746573,
        };
        ulong last = (ulong)text.Length << 56;
        for (; text.Length >= Word; text = text[Word..])
        {
            state.Compress(BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        for (int i = 0; i < text.Length; i++)
        {
            last |= (ulong)text[i] << (8 * i);
        }

        state.Compress(last);
        return state.Finish();
    }

    private void Compress(ulong word)
    {
        _v3 ^= word;
        Round();
        Round();
        _v0 ^= word;
    }

    private ulong Finish()
    {
        _v2 ^= 0xff;
        Round();
        Round();
        Round();
        Round();
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    private void Round()
    {
        _v0 += _v1;
        _v2 += _v3;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v1;
        _v0 += _v3;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}
