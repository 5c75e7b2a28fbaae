// The first frame of a segment: what the spool as a whole must remember although any other segment may leave.

namespace Godwit.Spool;

/// <summary>What a start frame says.</summary>
/// <param name="Secret">With which header checksums of this spool begin.</param>
/// <param name="LargestId">The largest message id when the segment was opened.</param>
/// <param name="Cuts">Segments that were given up after a failed write, and the offset from which on they are void.</param>
internal sealed record StartFrame(uint Secret, long LargestId, IReadOnlyList<(long Sequence, int Offset)> Cuts)
{
    /// <summary>A cut is written once more in the abandoned segment's index; this is for the case that even that was lost. The youngest are enough.</summary>
    private const int MaxCuts = 64;

    public const int MaxOctets = 2048;

    public static void Append(SpoolWriter writer, uint secret, SpoolLedger ledger)
    {
        var payload = new OctetBuffer();
        payload.WriteUInt32(secret);
        payload.WriteInt64(ledger.LargestId);
        int count = Math.Min(MaxCuts, ledger.Cuts.Count);
        payload.WriteNumber(count);
        foreach ((long sequence, int offset) in ledger.Cuts.OrderByDescending(cut => cut.Key).Take(count))
        {
            payload.WriteNumber(sequence);
            payload.WriteNumber(offset);
        }

        writer.Append(FrameType.Start, 0, 0, payload.Memory);
    }

    /// <summary>Reads the first frame of a file; null when it is not an intact start frame of that generation.</summary>
    public static StartFrame? TryRead(Foundation.IVolumeFile file, long sequence)
    {
        byte[] octets = new byte[MaxOctets];
        int length = file.Read(0, octets);
        ReadOnlySpan<byte> read = octets.AsSpan(0, length);
        if (FrameHeader.IsNewer(read))
        {
            throw new SpoolException("the spool was written by a newer godwitd; start that version, or let it empty the spool first");
        }

        if (!FrameHeader.TryRead(read, secret: 0, out FrameHeader header) || header.Type != FrameType.Start
            || header.Generation != sequence || FrameHeader.Octets + header.PayloadLength > length)
        {
            return null;
        }

        ReadOnlySpan<byte> payload = read.Slice(FrameHeader.Octets, header.PayloadLength);
        return Crc32C.Compute(payload) == header.PayloadCrc ? Read(payload) : null;
    }

    private static StartFrame Read(ReadOnlySpan<byte> payload)
    {
        var from = new OctetReader(payload);
        uint secret = from.ReadUInt32();
        long largest = from.ReadInt64();
        int count = from.ReadCount();
        var cuts = new List<(long, int)>();
        for (int i = 0; i < count; i++)
        {
            cuts.Add((from.ReadNumber(), from.ReadCount()));
        }

        return new StartFrame(secret, largest, cuts);
    }
}
