// The index beside a sealed segment: the digest of every frame, so that recovery reads a hundredth of the octets.
// It only repeats what the segment says. So it is not synced, and one that is missing, torn or damaged is built anew by a scan.
// The exception is a segment that was given up after a failed write: where it is cut stands here, and in the first frame of every younger segment.

using System.Buffers.Binary;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>One frame as the index has it.</summary>
internal readonly ref struct IndexEntry(FrameType type, int offset, int payloadLength, long id, ReadOnlySpan<byte> digest)
{
    public FrameType Type { get; } = type;

    public int Offset { get; } = offset;

    public int PayloadLength { get; } = payloadLength;

    public long Id { get; } = id;

    public ReadOnlySpan<byte> Digest { get; } = digest;
}

/// <summary>Writes and reads index files.</summary>
internal static class SpoolIndex
{
    private const uint Magic = 0x58495747;

    /// <summary>Where a segment was not cut.</summary>
    public const int NotCut = -1;

    /// <summary>Magic, version, generation, length of the entries, cut, checksum.</summary>
    private const int HeaderOctets = 28;

    public static void Add(OctetBuffer to, FrameType type, int offset, int payloadLength, long id, ReadOnlySpan<byte> digest)
    {
        if (type is FrameType.Start or FrameType.Seal)
        {
            return; // They say something about the segment, not about mail.
        }

        to.WriteByte((byte)type);
        to.WriteNumber(offset / SpoolFormat.Alignment);
        to.WriteNumber(payloadLength);
        to.WriteNumber(id);
        to.WriteNumber(digest.Length);
        to.WriteOctets(digest);
    }

    public static IndexEntry Read(ref OctetReader from) => new(
        (FrameType)from.ReadByte(), from.ReadCount() * SpoolFormat.Alignment, from.ReadCount(), from.ReadNumber(), from.ReadOctets(from.ReadCount()));

    /// <summary>
    /// Writes the index of a segment that takes no more frames. A failure costs a scan at the next start and is only logged.
    /// One that says where an abandoned segment is cut says more than the segment: it is synced.
    /// </summary>
    public static void Save(IVolume volume, SpoolSegment segment, ILogger log, int cut = NotCut)
    {
        string name = SpoolFormat.Name(segment.Sequence, SpoolFormat.IndexSuffix);
        byte[] header = new byte[HeaderOctets];
        WriteHeader(header, segment.Sequence, segment.Index.Span, cut);
        try
        {
            using IVolumeFile file = volume.Open(name, create: true);
            file.SetLength(HeaderOctets + segment.Index.Length);
            file.Write(0, [header, segment.Index.Memory]);
            if (cut != NotCut)
            {
                file.SyncData();
                volume.SyncDirectory();
            }
        }
        catch (IOException failure)
        {
            log.SpoolIndexNotWritten(name, failure.Message);
        }
    }

    /// <summary>
    /// Makes an index durable that recovery relies on for more than the segment says. Written anew first: the device that failed under the segment may have
    /// failed under its index too, and the system shows such octets, counts them as written and would not bring them there. Throws <see cref="IOException"/>.
    /// </summary>
    public static void WriteAgain(IVolume volume, long sequence)
    {
        using IVolumeFile file = volume.Open(SpoolFormat.Name(sequence, SpoolFormat.IndexSuffix), create: false);
        byte[] octets = new byte[file.Length];
        file.Read(0, octets);
        file.Write(0, [octets]);
        file.SyncData();
        volume.SyncDirectory();
    }

    /// <summary>
    /// Takes away an index that recovery could not go by, durably. Written over, it might lend a power failure its half of an intact one, which says what
    /// was not gone by. Throws <see cref="IOException"/>.
    /// </summary>
    public static void Remove(IVolume volume, long sequence)
    {
        volume.Delete(SpoolFormat.Name(sequence, SpoolFormat.IndexSuffix));
        volume.SyncDirectory();
    }

    /// <summary>The entries of a segment, and where it was cut; null when there is no intact index.</summary>
    public static byte[]? TryLoad(IVolume volume, long sequence, out int cut)
    {
        cut = NotCut;
        try
        {
            using IVolumeFile file = volume.Open(SpoolFormat.Name(sequence, SpoolFormat.IndexSuffix), create: false);
            byte[] header = new byte[HeaderOctets];
            long length = file.Length - HeaderOctets;
            if (length is < 0 or > int.MaxValue || file.Read(0, header) != HeaderOctets)
            {
                return null;
            }

            byte[] entries = GC.AllocateUninitializedArray<byte>((int)length);
            if (file.Read(HeaderOctets, entries) != entries.Length)
            {
                return null;
            }

            cut = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(20));
            byte[] expected = new byte[HeaderOctets];
            WriteHeader(expected, sequence, entries, cut);
            return header.AsSpan().SequenceEqual(expected) ? entries : null;
        }
        catch (IOException)
        {
            return null; // Missing or unreadable: the scan of the segment says the same, and reports what is really lost.
        }
    }

    private static void WriteHeader(Span<byte> to, long sequence, ReadOnlySpan<byte> entries, int cut)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], SpoolFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], entries.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], cut);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], Crc32C.End(Crc32C.Append(Crc32C.Append(Crc32C.Begin, to[..24]), entries)));
    }
}
