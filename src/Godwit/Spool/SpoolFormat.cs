// How the spool lies on disk. A segment is a row of frames, each aligned to 64 octets: header, payload, zeros up to the next frame.
// The payload's first part is its digest: what recovery needs to know. A sealed segment's digests stand once more in the index beside it,
// so that recovery reads indexes and not bodies.
// A segment file is written anew without being emptied, so every frame carries the generation (the segment's sequence number, never used twice):
// a frame that an earlier life of the file left behind the new end is no frame. Header checksums begin with a secret of this spool, so that
// a body, which anybody on the network may write, cannot hold something that damage beside it would turn into a frame.

using System.Buffers.Binary;

namespace Godwit.Spool;

/// <summary>Stands on disk: never renumber.</summary>
internal enum FrameType : byte
{
    /// <summary>First in its segment: the largest message id so far, and which segments are to be cut where.</summary>
    Start = 1,

    /// <summary>Envelope and content, or where its content lies.</summary>
    Message = 2,

    /// <summary>A piece of a large content.</summary>
    Part = 3,

    /// <summary>What became of recipients.</summary>
    Marks = 4,

    /// <summary>A value under a key.</summary>
    State = 5,

    /// <summary>Last in its segment: everything before it was synced.</summary>
    Seal = 6,
}

/// <summary>The first 40 octets of a frame.</summary>
/// <param name="DigestLength">The leading octets of the payload that the index repeats.</param>
/// <param name="Generation">The sequence number of the segment that this frame was written for.</param>
/// <param name="Id">The message's id, 0 in frames that belong to none.</param>
/// <param name="GroupStart">Everything before this offset was durable when the frame was written: tells a torn tail from a damaged disk.</param>
internal readonly record struct FrameHeader(
    FrameType Type, int PayloadLength, int DigestLength, long Generation, long Id, uint PayloadCrc, int GroupStart)
{
    public const int Octets = 40;

    private const ushort Magic = 0x5747;

    public int FrameOctets => SpoolFormat.FrameOctets(PayloadLength);

    /// <param name="secret">The spool's secret; 0 in Start frames, which hold it.</param>
    public void Write(Span<byte> to, uint secret)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], Magic);
        to[6] = (byte)Type;
        to[7] = SpoolFormat.Version;
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], PayloadLength);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], DigestLength);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[32..], PayloadCrc);
        BinaryPrimitives.WriteInt32LittleEndian(to[36..], GroupStart);
        BinaryPrimitives.WriteUInt32LittleEndian(to, Checksum(to, secret));
    }

    /// <summary>Whether an intact header stands here. Its lengths can be trusted then; whether the payload is intact is another question.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, uint secret, out FrameHeader header)
    {
        header = default;
        if (!IsIntact(from, secret) || from[7] != SpoolFormat.Version)
        {
            return false;
        }

        header = new FrameHeader(
            (FrameType)from[6],
            BinaryPrimitives.ReadInt32LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[36..]));
        return header.PayloadLength >= 0 && header.DigestLength >= 0 && header.DigestLength <= header.PayloadLength;
    }

    /// <summary>Whether a segment's first frame says that a later version of this program wrote it.</summary>
    public static bool IsNewer(ReadOnlySpan<byte> start) => IsIntact(start, secret: 0) && start[7] > SpoolFormat.Version;

    private static bool IsIntact(ReadOnlySpan<byte> from, uint secret) =>
        from.Length >= Octets && BinaryPrimitives.ReadUInt16LittleEndian(from[4..]) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(from) == Checksum(from, secret);

    private static uint Checksum(ReadOnlySpan<byte> header, uint secret) => Crc32C.End(Crc32C.Append(Crc32C.Begin ^ secret, header[4..Octets]));
}

/// <summary>Sizes, names and bounds.</summary>
internal static class SpoolFormat
{
    public const byte Version = 1;

    /// <summary>One cache line, and the smallest mark fits in one. Resynchronisation behind damage probes each of these places.</summary>
    public const int Alignment = 64;

    /// <summary>16 million messages at 10 KB lie in 2,500 segments; one segment fills in a tenth of a second at full speed.</summary>
    public const int DefaultSegmentOctets = 64 * 1024 * 1024;

    /// <summary>The largest piece of content that stands in one frame, and the most that is read into memory at once for it.</summary>
    public const int MaxPieceOctets = 1024 * 1024;

    /// <summary>RFC 5321 section 4.5.3.1.5: a reply line has 512 octets; more of it helps no operator.</summary>
    public const int MaxReplyChars = 512;

    public const int MaxStateKeyChars = 1024;

    /// <summary>State is held in memory whole, so it must be small.</summary>
    public const int MaxStateOctets = 64 * 1024;

    public const string SegmentSuffix = ".segment";
    public const string IndexSuffix = ".index";
    public const string FreeSuffix = ".free";
    public const string LockName = "spool.lock";

    public static int FrameOctets(int payloadLength) => (FrameHeader.Octets + payloadLength + Alignment - 1) & -Alignment;

    public static string Name(long sequence, string suffix) => sequence.ToString("d12", System.Globalization.CultureInfo.InvariantCulture) + suffix;

    public static bool TryParseName(string name, string suffix, out long sequence)
    {
        sequence = 0;
        return name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(
                name.AsSpan(0, name.Length - suffix.Length),
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out sequence)
            && sequence > 0;
    }
}

/// <summary>A frame's place as one word: the segment's sequence number and the offset in units of the alignment. 0 is no place.</summary>
internal static class SpoolLocation
{
    /// <summary>24 bits of 64 octets: a segment may have up to 1 GiB.</summary>
    private const int OffsetBits = 24;

    public const int MaxSegmentOctets = 1 << 30;

    public static long Pack(long sequence, int offset) => (sequence << OffsetBits) | (uint)(offset / SpoolFormat.Alignment);

    public static long Sequence(long location) => location >> OffsetBits;

    public static int Offset(long location) => (int)(location & ((1 << OffsetBits) - 1)) * SpoolFormat.Alignment;
}
