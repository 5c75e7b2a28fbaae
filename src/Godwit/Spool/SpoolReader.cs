// The reading end: finds where a message lies now, pins that segment, reads and checks. Thread safe, holds nothing.
// A device that cannot be read and a frame that is damaged are one thing to the caller: SpoolException, which names file and offset.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Reads messages and what is known of their recipients.</summary>
internal sealed class SpoolReader(IVolume volume, SpoolLedger ledger, ILogger log)
{
    /// <summary>Compaction may move a message while it is looked for; it does not do so many times in a row.</summary>
    private const int MaxTries = 8;

    /// <summary>Takes nearly every envelope with its digest in one read.</summary>
    private const int EnvelopeGuess = 1024;

    /// <summary>Takes a frame with one deferral and a long reply in one read.</summary>
    private const int MarksGuess = 1024;

    /// <summary>The message's frame, checked, with its segment pinned.</summary>
    public SpooledContent Read(StoredMessage message)
    {
        for (int tries = 0; tries < MaxTries; tries++)
        {
            long location = message.Location;
            if (TryPin(location, out SpoolSegment? segment) && TryOpen(message, location, segment, out SpooledContent? content))
            {
                return content;
            }
        }

        throw Gone(message);
    }

    /// <summary>The envelope alone, without the content. For recovery.</summary>
    public Envelope ReadEnvelope(StoredMessage message)
    {
        for (int tries = 0; tries < MaxTries; tries++)
        {
            long location = message.Location;
            if (!TryPin(location, out SpoolSegment? segment))
            {
                continue;
            }

            int offset = SpoolLocation.Offset(location);
            try
            {
                return TryReadEnvelope(segment, offset, message, EnvelopeGuess, out int needed)
                    ?? (needed > EnvelopeGuess ? TryReadEnvelope(segment, offset, message, needed, out _) : null)
                    ?? throw Damaged(segment, offset);
            }
            finally
            {
                segment.Unpin();
            }
        }

        throw Gone(message);
    }

    /// <summary>What a peer said last about a recipient; empty when nothing is known. From any thread.</summary>
    public string ReadLastReply(StoredMessage message, int recipient)
    {
        SpoolSegment? segment;
        long mark;
        lock (ledger.Gate)
        {
            mark = ledger.LastMark(message, recipient);
            if (mark == 0 || !TryPin(mark, out segment))
            {
                return "";
            }
        }

        try
        {
            return TryReadDeferral(mark, segment, message.Location, recipient, out Deferral deferral) ? deferral.LastReply : "";
        }
        finally
        {
            segment.Unpin();
        }
    }

    /// <summary>All that is known of a message's recipients, for a copy. On the committer's thread.</summary>
    public CarriedMarks ReadCarried(StoredMessage message)
    {
        ledger.Find(message.Location, out RecipientMarks? many);
        var runs = new List<(int, int)>();
        var deferrals = new List<Deferral>();
        int count = many?.Count ?? 1;
        for (int i = 0; i < count; i++)
        {
            if (many?.IsDone(i) == true)
            {
                int first = i;
                while (i + 1 < count && many.IsDone(i + 1))
                {
                    i++;
                }

                runs.Add((first, i - first + 1));
            }
            else if (ledger.LastMark(message, i) is long mark and not 0
                && ledger.Segments.TryGetValue(SpoolLocation.Sequence(mark), out SpoolSegment? segment)
                && TryReadDeferral(mark, segment, message.Location, i, out Deferral deferral))
            {
                deferrals.Add(deferral);
            }
        }

        return new CarriedMarks(runs, deferrals);
    }

    /// <summary>Reads a frame of a segment that cannot go away meanwhile. Throws <see cref="SpoolException"/> when it is damaged.</summary>
    public SpoolFrame ReadFrame(SpoolSegment segment, int offset, int expectedOctets)
    {
        try
        {
            return SpoolFrame.TryRead(segment, offset, expectedOctets) ?? throw Damaged(segment, offset);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // Disposed: the spool was closed under a reader.
            throw new SpoolException($"cannot read {PathOf(segment)} at offset {offset}: {failure.Message}", failure);
        }
    }

    /// <summary>A piece that no message has named: it stays where it was written, because compaction leaves its segment alone.</summary>
    public SpoolPart ReadPart(ContentExtent extent)
    {
        if (!TryPin(extent.Location, out SpoolSegment? segment))
        {
            throw new SpoolException("a piece of a message that is being received is not in the spool any more");
        }

        try
        {
            return new SpoolPart(ReadFrame(segment, SpoolLocation.Offset(extent.Location), FrameHeader.Octets + extent.Length), segment);
        }
        catch (SpoolException)
        {
            segment.Unpin();
            throw;
        }
    }

    public bool TryPin(long location, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SpoolSegment? segment) =>
        ledger.Segments.TryGetValue(SpoolLocation.Sequence(location), out segment) && segment.TryPin();

    private bool TryOpen(
        StoredMessage message, long location, SpoolSegment segment, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SpooledContent? content)
    {
        content = null;
        SpoolFrame? frame = null;
        try
        {
            frame = ReadFrame(segment, SpoolLocation.Offset(location), message.FrameLength);
            content = SpooledContent.TryOpen(this, message.Id, segment, frame);
            return content is not null;
        }
        catch (FormatException malformed)
        {
            throw new SpoolException($"message {message.Id} in {PathOf(segment)} at offset {SpoolLocation.Offset(location)} is malformed", malformed);
        }
        finally
        {
            if (content is null)
            {
                frame?.Dispose();
                segment.Unpin();
            }
        }
    }

    /// <summary>Reads so many octets of the frame; null when they are not enough (then <paramref name="needed"/> says how many are) or damaged.</summary>
    private Envelope? TryReadEnvelope(SpoolSegment segment, int offset, StoredMessage message, int octets, out int needed)
    {
        needed = 0;
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(octets);
        try
        {
            ReadOnlySpan<byte> read = buffer.AsSpan(0, segment.File.Read(offset, buffer.AsSpan(0, octets)));
            if (!FrameHeader.TryRead(read, segment.Secret, out FrameHeader header) || header.Generation != segment.Sequence)
            {
                return null;
            }

            ReadOnlySpan<byte> payload = read[FrameHeader.Octets..];
            needed = FrameHeader.Octets + header.PayloadLength;
            if (header.DigestLength > payload.Length)
            {
                return null;
            }

            MessageDigest digest = MessageDigest.Read(payload[..header.DigestLength]);
            int end = header.DigestLength + digest.EnvelopeLength;
            needed = FrameHeader.Octets + end;
            return end <= payload.Length && MessageDigest.IsIntact(payload[..end], digest.MetaCrc)
                ? EnvelopeCodec.Read(payload[header.DigestLength..end], message.Id)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
        catch (IOException failure)
        {
            throw new SpoolException($"cannot read {PathOf(segment)} at offset {offset}: {failure.Message}", failure);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The word about a recipient in the frame at <paramref name="mark"/>: a marks frame, or the message's own when it is a copy.</summary>
    private bool TryReadDeferral(long mark, SpoolSegment segment, long target, int recipient, out Deferral found)
    {
        found = default;
        bool any = false;
        try
        {
            using SpoolFrame frame = ReadFrame(segment, SpoolLocation.Offset(mark), MarksGuess);
            ReadOnlySpan<byte> payload = frame.Payload.Span;
            if (frame.Header.Type == FrameType.Message)
            {
                foreach (Deferral deferral in MessageDigest.Read(payload[..frame.Header.DigestLength]).Carried.Deferrals)
                {
                    if (deferral.Recipient == recipient)
                    {
                        found = deferral;
                        return true;
                    }
                }

                return false;
            }

            foreach (MarkRecord record in MarksFrame.ReadAll(payload, frame.Header.DigestLength, withReplies: true))
            {
                if (record.Kind == MarkKind.Deferred && record.Target == target && record.State.Recipient == recipient)
                {
                    found = record.State;
                    any = true;
                }
            }
        }
        catch (SpoolException)
        {
            return false; // Said in the log already. The recipient is attempted as if for the first time.
        }

        return any;
    }

    private static SpoolException Gone(StoredMessage message) => new($"message {message.Id} is not in the spool any more");

    private SpoolException Damaged(SpoolSegment segment, int offset)
    {
        string path = PathOf(segment);
        log.SpoolFrameDamaged(path, offset);
        return new SpoolException($"{path} is damaged at offset {offset}");
    }

    private string PathOf(SpoolSegment segment) => System.IO.Path.Combine(volume.Path, segment.Name);
}
