// A message frame's payload: digest, envelope, content. The digest says how long each is, where pieces that were written ahead lie,
// and, in a copy that compaction made, which places it replaces and what had become of the recipients by then: a copy restates everything,
// so no mark before it matters any more.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>A recipient that was attempted and waits.</summary>
/// <param name="VirtualMta">Where it waits now; null or empty when that is the virtual MTA of its envelope.</param>
internal readonly record struct Deferral(
    int Recipient, int Attempts, Instant NotBefore, Instant DelayNoticeSent, string LastReply, string? VirtualMta = null)
{
    public void Write(OctetBuffer to)
    {
        to.WriteNumber(Recipient);
        to.WriteNumber(Attempts);
        to.WriteSigned(NotBefore.Ticks);
        to.WriteSigned(DelayNoticeSent.Ticks);
    }

    /// <summary>Reads all but the reply and the virtual MTA, which stand elsewhere.</summary>
    public static Deferral Read(ref OctetReader from) =>
        new(from.ReadCount(), from.ReadCount(), new Instant(from.ReadSigned()), new Instant(from.ReadSigned()), "");
}

/// <summary>What had become of a message's recipients when it was copied.</summary>
/// <param name="DoneRuns">Recipients that are done, as runs of neighbours: 49,999 of 50,000 are two runs at most.</param>
internal sealed record CarriedMarks(IReadOnlyList<(int First, int Count)> DoneRuns, IReadOnlyList<Deferral> Deferrals)
{
    public static readonly CarriedMarks None = new([], []);

    public int DoneCount => DoneRuns.Sum(run => run.Count);

    public void Write(OctetBuffer to)
    {
        to.WriteNumber(DoneRuns.Count);
        foreach ((int first, int count) in DoneRuns)
        {
            to.WriteNumber(first);
            to.WriteNumber(count);
        }

        to.WriteNumber(Deferrals.Count);
        foreach (Deferral deferral in Deferrals)
        {
            deferral.Write(to);
            to.WriteText(deferral.LastReply);
        }

        WriteVirtualMtas(to);
    }

    public static CarriedMarks Read(ref OctetReader from)
    {
        var runs = new (int, int)[Bounded(from.ReadCount(), from)];
        for (int i = 0; i < runs.Length; i++)
        {
            runs[i] = (from.ReadCount(), from.ReadCount());
        }

        var deferrals = new Deferral[Bounded(from.ReadCount(), from)];
        for (int i = 0; i < deferrals.Length; i++)
        {
            Deferral deferral = Deferral.Read(ref from);
            deferrals[i] = deferral with { LastReply = from.ReadText() };
        }

        ReadVirtualMtas(ref from, deferrals);
        return new CarriedMarks(runs, deferrals);
    }

    /// <summary>Few copies have any: they stand at the end of the digest, where older copies have nothing.</summary>
    private void WriteVirtualMtas(OctetBuffer to)
    {
        for (int i = 0; i < Deferrals.Count; i++)
        {
            if (Deferrals[i].VirtualMta is { Length: > 0 } virtualMta)
            {
                to.WriteNumber(i);
                to.WriteText(virtualMta);
            }
        }
    }

    private static void ReadVirtualMtas(ref OctetReader from, Deferral[] deferrals)
    {
        while (from.Remaining > 0)
        {
            int at = from.ReadCount();
            if (at >= deferrals.Length)
            {
                throw new FormatException("a virtual MTA of a recipient that is not there");
            }

            deferrals[at] = deferrals[at] with { VirtualMta = from.ReadText() };
        }
    }

    private static int Bounded(int count, OctetReader from) => count <= from.Remaining ? count : throw new FormatException("more entries than octets");
}

/// <summary>The digest of a message frame.</summary>
/// <param name="MetaCrc">Over the rest of the digest and the envelope: recovery reads these without the content.</param>
/// <param name="HeadLength">Octets of content in the frame before the extents; what follows in the frame comes behind them.</param>
/// <param name="Previous">In a copy: the places that it replaces, as far as they are still on disk.</param>
internal readonly record struct MessageDigest(
    uint MetaCrc, int EnvelopeLength, long ContentLength, int HeadLength, int RecipientCount,
    ContentExtent[] Extents, long[] Previous, CarriedMarks Carried)
{
    private const int EnvelopeLengthAt = sizeof(uint);
    private const int MetaFrom = sizeof(uint);

    /// <summary>Writes digest and envelope; returns the digest's length.</summary>
    public static int Write(
        OctetBuffer to, Envelope envelope, long contentLength, int headLength, IReadOnlyList<ContentExtent> extents)
    {
        WriteFields(to, contentLength, headLength, envelope.Recipients.Count, extents, [], CarriedMarks.None);
        int digestLength = to.Length;
        EnvelopeCodec.Write(envelope, to);
        Seal(to, digestLength);
        return digestLength;
    }

    /// <summary>Writes the digest of a copy and the envelope's octets as they were; returns the digest's length.</summary>
    public static int WriteCopy(
        OctetBuffer to, in MessageDigest original, ReadOnlySpan<byte> envelope, IReadOnlyList<ContentExtent> extents, long[] previous, CarriedMarks carried)
    {
        WriteFields(to, original.ContentLength, original.HeadLength, original.RecipientCount, extents, previous, carried);
        int digestLength = to.Length;
        to.WriteOctets(envelope);
        Seal(to, digestLength);
        return digestLength;
    }

    public static MessageDigest Read(ReadOnlySpan<byte> digest)
    {
        var from = new OctetReader(digest);
        uint crc = from.ReadUInt32();
        int envelopeLength = (int)from.ReadUInt32();
        long contentLength = from.ReadNumber();
        int headLength = from.ReadCount();
        int recipients = from.ReadCount();
        ContentExtent[] extents = ReadExtents(ref from);
        long[] previous = ReadPrevious(ref from);
        CarriedMarks carried = previous.Length > 0 ? CarriedMarks.Read(ref from) : CarriedMarks.None;
        return new MessageDigest(crc, envelopeLength, contentLength, headLength, recipients, extents, previous, carried);
    }

    /// <summary>Whether digest and envelope are what was written.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> digestAndEnvelope, uint metaCrc) => Crc32C.Compute(digestAndEnvelope[MetaFrom..]) == metaCrc;

    private static void WriteFields(
        OctetBuffer to, long contentLength, int headLength, int recipients, IReadOnlyList<ContentExtent> extents, long[] previous, CarriedMarks carried)
    {
        to.WriteUInt32(0); // Checksum and envelope's length are patched in when they are known.
        to.WriteUInt32(0);
        to.WriteNumber(contentLength);
        to.WriteNumber(headLength);
        to.WriteNumber(recipients);
        to.WriteNumber(extents.Count);
        for (int i = 0; i < extents.Count; i++)
        {
            to.WriteNumber(extents[i].Location);
            to.WriteNumber(extents[i].Length);
        }

        to.WriteNumber(previous.Length);
        if (previous.Length == 0)
        {
            return;
        }

        foreach (long location in previous)
        {
            to.WriteNumber(location);
        }

        carried.Write(to);
    }

    private static void Seal(OctetBuffer to, int digestLength)
    {
        to.PatchUInt32(EnvelopeLengthAt, (uint)(to.Length - digestLength));
        to.PatchUInt32(0, Crc32C.Compute(to.Span[MetaFrom..]));
    }

    private static ContentExtent[] ReadExtents(ref OctetReader from)
    {
        int count = from.ReadCount();
        if (count == 0)
        {
            return [];
        }

        var extents = new ContentExtent[count <= from.Remaining ? count : throw new FormatException("more pieces than octets")];
        for (int i = 0; i < extents.Length; i++)
        {
            extents[i] = new ContentExtent(from.ReadNumber(), from.ReadCount());
        }

        return extents;
    }

    private static long[] ReadPrevious(ref OctetReader from)
    {
        int count = from.ReadCount();
        if (count == 0)
        {
            return [];
        }

        var previous = new long[count <= from.Remaining ? count : throw new FormatException("more places than octets")];
        for (int i = 0; i < previous.Length; i++)
        {
            previous[i] = from.ReadNumber();
        }

        return previous;
    }
}
