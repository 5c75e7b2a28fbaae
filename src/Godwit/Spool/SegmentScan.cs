// Reads a whole segment frame by frame: for the one that was being written when the server stopped, and for those whose index is gone.
// Behind an intact header with a damaged payload the next frame is where the header says. Behind a damaged header every aligned place is tried.
// Each frame says how far the segment was durable when it was written. Damage before that place is a broken disk; damage behind it is what a
// crash left of frames that nobody was told are safe.

using System.Buffers;
using Godwit.Foundation;

namespace Godwit.Spool;

/// <summary>A range of a segment that cannot be read.</summary>
/// <param name="WasDurable">It had been acknowledged: something is lost.</param>
internal readonly record struct DamagedRange(int From, int To, bool WasDurable);

/// <summary>What a scan found.</summary>
/// <param name="Entries">As an index has them.</param>
/// <param name="End">Behind the last intact frame.</param>
/// <param name="LastGroup">From here on the frames may never have been synced.</param>
internal sealed record SegmentScan(byte[] Entries, int End, int LastGroup, IReadOnlyList<DamagedRange> Damage)
{
    /// <summary>Scans a segment up to the place where it was cut, if it was. Throws <see cref="IOException"/>.</summary>
    public static SegmentScan Run(SpoolSegment segment, IReadOnlyDictionary<long, int> cuts)
    {
        int length = cuts.TryGetValue(segment.Sequence, out int cut) ? cut : segment.Capacity;
        byte[] octets = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            length = segment.File.Read(0, octets.AsSpan(0, length));
            return Run(octets.AsSpan(0, length), segment);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private static SegmentScan Run(ReadOnlySpan<byte> octets, SpoolSegment segment)
    {
        var index = new OctetBuffer();
        var ranges = new List<(int From, int To)>();
        int damagedFrom = -1;
        int end = 0;
        int lastGroup = 0;
        bool isSealed = false;
        for (int offset = 0; offset + FrameHeader.Octets <= octets.Length && !isSealed;)
        {
            ReadOnlySpan<byte> here = octets[offset..];
            bool hasHeader = TryReadHeader(here, segment, offset == 0, out FrameHeader header);
            if (!hasHeader || !IsIntact(here, header))
            {
                damagedFrom = damagedFrom < 0 ? offset : damagedFrom;
                offset += hasHeader && header.FrameOctets <= here.Length ? header.FrameOctets : SpoolFormat.Alignment;
                continue;
            }

            if (damagedFrom >= 0)
            {
                ranges.Add((damagedFrom, offset));
                damagedFrom = -1;
            }

            SpoolIndex.Add(index, header.Type, offset, header.PayloadLength, header.Id, here.Slice(FrameHeader.Octets, header.DigestLength));
            offset += header.FrameOctets;
            end = offset;
            lastGroup = header.GroupStart;
            isSealed = header.Type == FrameType.Seal;
        }

        return new SegmentScan(
            index.Span.ToArray(), end, lastGroup, [.. ranges.Select(range => new DamagedRange(range.From, range.To, range.From < lastGroup))]);
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> here, SpoolSegment segment, bool isFirst, out FrameHeader header) =>
        FrameHeader.TryRead(here, isFirst ? 0 : segment.Secret, out header)
        && header.Generation == segment.Sequence && isFirst == (header.Type == FrameType.Start);

    private static bool IsIntact(ReadOnlySpan<byte> here, in FrameHeader header) =>
        FrameHeader.Octets + (long)header.PayloadLength <= here.Length
        && Crc32C.Compute(here.Slice(FrameHeader.Octets, header.PayloadLength)) == header.PayloadCrc;
}
