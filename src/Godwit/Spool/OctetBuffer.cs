// Octets being written and read in the spool's own encoding: integers in seven-bit groups, signed ones zigzag, text as length and UTF-8.

using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Godwit.Spool;

/// <summary>A growing buffer that is cleared and used again. Not thread safe.</summary>
internal sealed class OctetBuffer
{
    /// <summary>A usual envelope is far smaller; what a message with thousands of recipients needed is given back.</summary>
    private const int KeepOctets = 16 * 1024;

    private byte[] _octets = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _octets.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _octets.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_octets.Length > KeepOctets)
        {
            ArrayPool<byte>.Shared.Return(_octets);
            _octets = [];
        }
    }

    /// <summary>Forgets what was written behind that length.</summary>
    public void CutTo(int length) => Length = Math.Min(Length, length);

    /// <summary>Room for so many octets, counted as written.</summary>
    public Span<byte> Take(int count)
    {
        if (_octets.Length - Length < count)
        {
            Grow(count);
        }

        Span<byte> room = _octets.AsSpan(Length, count);
        Length += count;
        return room;
    }

    public void PatchUInt32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_octets.AsSpan(offset, sizeof(uint)), value);

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    public void WriteNumber(long value)
    {
        ulong rest = (ulong)value;
        while (rest >= 0x80)
        {
            WriteByte((byte)(rest | 0x80));
            rest >>= 7;
        }

        WriteByte((byte)rest);
    }

    public void WriteSigned(long value) => WriteNumber((value << 1) ^ (value >> 63));

    public void WriteText(ReadOnlySpan<char> text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        WriteNumber(count);
        Encoding.UTF8.GetBytes(text, Take(count));
    }

    public void WriteOctets(ReadOnlySpan<byte> octets) => octets.CopyTo(Take(octets.Length));

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + count), Math.Max(512, _octets.Length * 2)));
        Span.CopyTo(larger);
        if (_octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
        }

        _octets = larger;
    }
}

/// <summary>Reads what <see cref="OctetBuffer"/> wrote. Throws <see cref="FormatException"/> when it ends too early.</summary>
internal ref struct OctetReader(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => ReadOctets(1)[0];

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadOctets(sizeof(uint)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(ReadOctets(sizeof(long)));

    public long ReadNumber()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte octet = ReadByte();
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                return (long)value;
            }
        }

        ThrowMalformed();
        return 0;
    }

    /// <summary>A count or length: a number that must fit what it counts.</summary>
    public int ReadCount()
    {
        long value = ReadNumber();
        if (value is < 0 or > int.MaxValue)
        {
            ThrowMalformed();
        }

        return (int)value;
    }

    public long ReadSigned()
    {
        long value = ReadNumber();
        return (long)((ulong)value >> 1) ^ -(value & 1);
    }

    public string ReadText()
    {
        ReadOnlySpan<byte> text = ReadOctets(ReadCount());
        return text.IsEmpty ? "" : Encoding.UTF8.GetString(text);
    }

    public ReadOnlySpan<byte> ReadOctets(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            ThrowMalformed();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowMalformed() => throw new FormatException("the record ends too early");
}
