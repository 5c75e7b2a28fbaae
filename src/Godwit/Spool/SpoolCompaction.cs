// Compaction: copies what is still needed out of mostly dead segments to the end of the log, so that one message that waits for days
// does not keep 64 MiB. Goes through a segment's index in bounded steps, each a commit of its own between the callers' commits.
// What it copies restates everything (SpoolLedger's invariant): messages with what had become of their recipients, last marks about messages
// elsewhere, the ends of messages whose frames are still on disk, current states. At the end nothing needs the segment, and it leaves.
// What cannot be read stays where it is, and the segment with it.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Empties mostly dead segments. Used by the committer's thread alone.</summary>
internal sealed class SpoolCompaction(
    IVolume volume, SpoolOptions options, SpoolLedger ledger, SpoolReader reader, CommitGroup group, Func<int, bool> tryMakeRoom, ILogger log)
{
    /// <summary>A caller's commit waits for at most one step: a few milliseconds.</summary>
    private const int StepOctets = 1024 * 1024;

    /// <summary>
    /// Copying a quarter to free three: each octet is copied a third of a time in the long run, and the disk holds four times what is open at most.
    /// </summary>
    private const int MaxNeededFraction = 4;

    private static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(1);

    private readonly HashSet<StoredMessage> _copied = [];
    private readonly OctetBuffer _payload = new();
    private SpoolSegment? _segment;
    private byte[] _entries = [];
    private int _position;
    private Instant _lookAt;

    /// <summary>Copies a bounded amount; true when there is more to do at once.</summary>
    public bool Step(Instant now)
    {
        if (_segment is null && !TryBegin(now))
        {
            return false;
        }

        _copied.Clear();
        while (_position < _entries.Length && group.Octets < StepOctets)
        {
            var from = new OctetReader(_entries.AsSpan(_position));
            IndexEntry entry = SpoolIndex.Read(ref from);
            if (!TryCopy(_segment!, entry))
            {
                // The disk has no room. What is copied is copied; the rest when there is.
                group.Finish();
                Abort();
                return false;
            }

            _position = _entries.Length - from.Remaining;
        }

        group.Finish();
        if (_position == _entries.Length)
        {
            End(_segment!);
        }

        return true;
    }

    /// <summary>Begins again some time later.</summary>
    public void Abort()
    {
        _segment = null;
        _entries = [];
    }

    private bool TryBegin(Instant now)
    {
        if (now < _lookAt)
        {
            return false;
        }

        _lookAt = options.CompactionRest > TimeSpan.Zero ? now + _lookEvery : now;
        SpoolSegment? oldest = null;
        foreach (SpoolSegment segment in ledger.Segments.Values)
        {
            if (IsWorthIt(segment, now) && (oldest is null || segment.Sequence < oldest.Sequence))
            {
                oldest = segment;
            }
        }

        if (oldest is null)
        {
            return false;
        }

        _segment = oldest;
        _position = 0;
        _entries = SpoolIndex.TryLoad(volume, oldest.Sequence, out _) ?? SegmentScan.Run(oldest, ledger.Cuts).Entries;
        return true;
    }

    private bool IsWorthIt(SpoolSegment segment, Instant now)
    {
        if (segment.Ledger.HasUnclaimedParts)
        {
            lock (ledger.Gate)
            {
                ledger.ForgetParts(segment, now - options.PartPatience);
            }
        }

        return segment.IsSealed && !segment.IsStuck && segment.Ledger.IsNeeded && !segment.Ledger.HasUnclaimedParts
            && segment.Ledger.NeededOctets * MaxNeededFraction < segment.Capacity
            && now - segment.Ledger.LastShrunk >= options.CompactionRest;
    }

    private void End(SpoolSegment segment)
    {
        lock (ledger.Gate)
        {
            ledger.ReferencesRestated(segment);
        }

        segment.IsStuck = segment.Ledger.IsNeeded;
        if (segment.IsStuck)
        {
            log.SpoolSegmentStuck(segment.Name);
        }

        Abort();
    }

    private bool TryCopy(SpoolSegment segment, in IndexEntry entry)
    {
        long location = SpoolLocation.Pack(segment.Sequence, entry.Offset);
        switch (entry.Type)
        {
            case FrameType.Message:
                StoredMessage? message = ledger.Find(location, out _);
                return message is not null ? TryCopyMessage(segment, message) : TryCopyVoids(entry);
            case FrameType.Part:
                return !segment.Ledger.Parts.TryGetValue(entry.Offset, out LivePart part) || part.Owner is null || TryCopyMessage(segment, part.Owner);
            case FrameType.Marks:
                return TryCopyMarks(segment, entry, location);
            case FrameType.State:
                return TryCopyState(segment, entry, location);
            default:
                return true;
        }
    }

    /// <summary>Copies a message's frame and those of its pieces that lie in the segment.</summary>
    private bool TryCopyMessage(SpoolSegment segment, StoredMessage message)
    {
        if (!_copied.Add(message))
        {
            return true;
        }

        var moved = new List<ContentExtent>();
        try
        {
            SpoolSegment home = ledger.Segments[SpoolLocation.Sequence(message.Location)];
            using SpoolFrame frame = reader.ReadFrame(home, SpoolLocation.Offset(message.Location), message.FrameLength);
            MessageDigest original = MessageDigest.Read(frame.Payload.Span[..frame.Header.DigestLength]);
            ContentExtent[] extents = [.. original.Extents];
            if (!TryCopyParts(segment, extents, moved) || !TryCopyFrame(message, frame, original, extents))
            {
                Drop(moved);
                return false;
            }
        }
        catch (SpoolException damaged)
        {
            log.SpoolMessageNotCopied(message.Id.ToString(), damaged.Message);
            Drop(moved);
        }

        return true;
    }

    private void Drop(List<ContentExtent> moved)
    {
        group.Finish();
        lock (ledger.Gate)
        {
            moved.ForEach(ledger.ForgetPart);
        }
    }

    private bool TryCopyParts(SpoolSegment segment, ContentExtent[] extents, List<ContentExtent> moved)
    {
        for (int i = 0; i < extents.Length; i++)
        {
            if (SpoolLocation.Sequence(extents[i].Location) != segment.Sequence)
            {
                continue;
            }

            using SpoolFrame part = reader.ReadFrame(segment, SpoolLocation.Offset(extents[i].Location), FrameHeader.Octets + extents[i].Length);
            if (!tryMakeRoom(part.Header.FrameOctets))
            {
                return false;
            }

            extents[i] = group.CopyPart(part.Payload);
            moved.Add(extents[i]);
        }

        return true;
    }

    private bool TryCopyFrame(StoredMessage message, SpoolFrame frame, in MessageDigest original, ContentExtent[] extents)
    {
        CarriedMarks carried = reader.ReadCarried(message);
        long[] previous = [.. original.Previous.Where(IsOnDisk), message.Location];
        ReadOnlySpan<byte> payload = frame.Payload.Span;
        int contentAt = frame.Header.DigestLength + original.EnvelopeLength;
        _payload.Clear();
        int digestLength = MessageDigest.WriteCopy(
            _payload, original, payload[frame.Header.DigestLength..contentAt], extents, previous, carried);
        _payload.WriteOctets(payload[contentAt..]);
        if (!tryMakeRoom(SpoolFormat.FrameOctets(_payload.Length)))
        {
            return false;
        }

        MessageDigest copied = original with { Extents = extents, Previous = previous, Carried = carried };
        group.CopyMessage(new CopiedMessage(message, message.Location, copied), digestLength, _payload.Memory);
        return true;
    }

    /// <summary>A copy that is over or has moved on: the frames that it replaced must stay void without it.</summary>
    private bool TryCopyVoids(in IndexEntry entry)
    {
        long[] previous = [.. MessageDigest.Read(entry.Digest).Previous.Where(IsOnDisk)];
        if (previous.Length == 0)
        {
            return true;
        }

        if (!tryMakeRoom(SpoolFormat.FrameOctets(previous.Length * MarksFrame.MaxVoidOctets)))
        {
            return false;
        }

        foreach (long location in previous)
        {
            group.RestateFinished(location);
        }

        group.CloseMarks();
        return true;
    }

    private bool TryCopyMarks(SpoolSegment segment, in IndexEntry entry, long location)
    {
        List<MarkRecord> needed = MarksFrame.ReadAll(entry.Digest, entry.Digest.Length, withReplies: false);
        needed.RemoveAll(mark => !IsNeeded(mark, location));
        if (needed.Count == 0)
        {
            return true;
        }

        if (!tryMakeRoom(SpoolFormat.FrameOctets(entry.PayloadLength)))
        {
            return false;
        }

        // Making room may have applied copies of this step, but no caller's marks: what was the last word still is.
        foreach (MarkRecord mark in WithReplies(segment, entry, needed, location))
        {
            if (mark.Kind == MarkKind.Finished)
            {
                group.RestateFinished(mark.Target);
            }
            else
            {
                group.RestateMark(mark.Kind, mark.Target, mark.State);
            }
        }

        group.CloseMarks();
        return true;
    }

    /// <summary>Whether it is the last word about a recipient of a message that stands in another segment.</summary>
    private bool IsNeeded(in MarkRecord mark, long location)
    {
        if (SpoolLocation.Sequence(mark.Target) == SpoolLocation.Sequence(location) || !IsOnDisk(mark.Target))
        {
            return false;
        }

        StoredMessage? message = ledger.Find(mark.Target, out _);
        return message is null ? mark.Kind == MarkKind.Finished : ledger.LastMark(message, mark.State.Recipient) == location;
    }

    private List<MarkRecord> WithReplies(SpoolSegment segment, in IndexEntry entry, List<MarkRecord> needed, long location)
    {
        if (!needed.Exists(mark => mark.Kind == MarkKind.Deferred))
        {
            return needed;
        }

        try
        {
            using SpoolFrame frame = reader.ReadFrame(segment, entry.Offset, FrameHeader.Octets + entry.PayloadLength);
            List<MarkRecord> full = MarksFrame.ReadAll(frame.Payload.Span, frame.Header.DigestLength, withReplies: true);
            full.RemoveAll(mark => !IsNeeded(mark, location));
            return full;
        }
        catch (SpoolException)
        {
            return needed; // The reader has said it in the log. The marks are whole in the index; only the replies are lost.
        }
    }

    private bool TryCopyState(SpoolSegment segment, in IndexEntry entry, long location)
    {
        string key = StateFrame.Read(entry.Digest, out byte[] value);
        if (!ledger.States.TryGetValue(key, out StateEntry current) || current.Location != location)
        {
            return true;
        }

        if (value.Length == 0 && ledger.Segments.Keys.Min() == segment.Sequence)
        {
            // The key is gone, and no older frame is left that would bring it back.
            lock (ledger.Gate)
            {
                ledger.DropState(key);
            }

            return true;
        }

        if (!tryMakeRoom(SpoolFormat.FrameOctets(entry.PayloadLength)))
        {
            return false;
        }

        group.CopyState(key, value, entry.Digest.ToArray());
        return true;
    }

    private bool IsOnDisk(long location) => ledger.Segments.ContainsKey(SpoolLocation.Sequence(location));
}
