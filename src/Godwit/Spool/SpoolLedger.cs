// What the spool holds, in memory: which messages are open, where the last word about each recipient stands, and which segments are needed for it.
// Recovery replays the frames of a disk into it, the committer adds each frame once it is durable: one code for both, so that a restart
// arrives at what was in memory before.
//
// THE INVARIANT. The disk's frames, replayed in order, give at every moment the acknowledged state. A segment therefore leaves the disk only when
//   1. no open message, piece of content or current state in it is needed;
//   2. no mark in it is the last word about a recipient of a message whose frame is on disk in another segment, be the message open or over;
//   3. no copy in it replaces a frame that is on disk in another segment;
// and what 1 to 3 depend on is durable before it leaves. 2 and 3 are counted as references (SegmentLedger). References lead to older segments only,
// so the oldest can always go; compaction resolves the rest by restating marks at the end of the log.

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>A value under a key, and where its last frame stands.</summary>
internal readonly record struct StateEntry(long Location, int FrameOctets, byte[] Value);

/// <summary>
/// All that is needed of all segments. Changed by one thread at a time, under <see cref="Gate"/>; <see cref="Segments"/> may be read by anybody.
/// </summary>
internal sealed class SpoolLedger(ServerClock clock)
{
    private readonly Dictionary<StoredMessage, ContentExtent[]> _large = [];

    /// <summary>Held while the ledger changes, and by those who look into it from other threads.</summary>
    public Lock Gate { get; } = new();

    public ConcurrentDictionary<long, SpoolSegment> Segments { get; } = [];

    public Dictionary<string, StateEntry> States { get; } = new(StringComparer.Ordinal);

    /// <summary>Sealed segments that may be needed no more: to be looked at by whoever retires them.</summary>
    public Queue<SpoolSegment> Drained { get; } = [];

    /// <summary>Segments that were given up after a failed write, and how far they count. Repeated in every new segment's first frame.</summary>
    public Dictionary<long, int> Cuts { get; } = [];

    /// <summary>The largest id that was ever spooled here.</summary>
    public long LargestId { get; set; }

    /// <summary>The open message whose frame stands there.</summary>
    public StoredMessage? Find(long location, out RecipientMarks? many)
    {
        many = null;
        if (!Segments.TryGetValue(SpoolLocation.Sequence(location), out SpoolSegment? home))
        {
            return null;
        }

        ref LiveMessage entry = ref home.Ledger.Find(SpoolLocation.Offset(location));
        if (Unsafe.IsNullRef(ref entry))
        {
            return null;
        }

        many = home.Ledger.Many(entry.Offset);
        return entry.Message;
    }

    /// <summary>Where the last word about a recipient stands; 0 when there is none or the message is not open.</summary>
    public long LastMark(StoredMessage message, int recipient)
    {
        if (!Segments.TryGetValue(SpoolLocation.Sequence(message.Location), out SpoolSegment? home))
        {
            return 0;
        }

        ref LiveMessage entry = ref home.Ledger.Find(SpoolLocation.Offset(message.Location));
        return Unsafe.IsNullRef(ref entry) ? 0
            : home.Ledger.Many(entry.Offset) is not { } many ? entry.Mark
            : many.HasMarks ? many.Last(recipient) : 0;
    }

    /// <summary>Whether all pieces are on disk and wait for their message, or belong to the message that is about to move.</summary>
    public bool HasParts(ContentExtent[] extents, StoredMessage? owner = null)
    {
        foreach (ContentExtent extent in extents)
        {
            if (!TryFindPart(extent.Location, out SegmentLedger? ledger, out int offset)
                || !ledger.Parts.TryGetValue(offset, out LivePart part)
                || part.Length != extent.Length || (part.Owner is not null && part.Owner != owner))
            {
                return false;
            }
        }

        return true;
    }

    public void AddPart(SpoolSegment at, int offset, int length) => at.Ledger.AddPart(offset, new LivePart(length, Owner: null, clock.Now));

    public void AddMessage(SpoolSegment at, int offset, StoredMessage message, int recipients, ContentExtent[] extents)
    {
        LargestId = Math.Max(LargestId, message.Id.Value);
        at.Ledger.Add(offset, message, recipients);
        Claim(message, extents);
    }

    /// <summary>The message at <paramref name="from"/> (0 when nothing is known of it) now stands here, with all that had become of its recipients.</summary>
    public void Move(SpoolSegment at, int offset, StoredMessage message, long from, in MessageDigest digest)
    {
        LargestId = Math.Max(LargestId, message.Id.Value);
        if (from != 0 && Segments.TryGetValue(SpoolLocation.Sequence(from), out SpoolSegment? home))
        {
            ref LiveMessage old = ref home.Ledger.Find(SpoolLocation.Offset(from));
            if (!Unsafe.IsNullRef(ref old))
            {
                ReleaseMarks(home, ref old);
                _large.Remove(old.Message!, out ContentExtent[]? extents);
                foreach (ContentExtent extent in extents ?? [])
                {
                    if (!digest.Extents.AsSpan().Contains(extent))
                    {
                        RemovePart(extent);
                    }
                }

                home.Ledger.Remove(ref old);
                foreach (long previous in digest.Previous)
                {
                    // The new copy replaces what the old one replaced.
                    home.Ledger.RemoveReference(previous == from ? 0 : SpoolLocation.Sequence(previous));
                }

                Shrunk(home);
            }
        }

        at.Ledger.Add(offset, message, digest.RecipientCount);
        Claim(message, digest.Extents);
        Restore(at, offset, digest.Carried);
        foreach (long previous in digest.Previous)
        {
            AddReference(at, SpoolLocation.Sequence(previous));
        }

        message.Location = SpoolLocation.Pack(at.Sequence, offset);
    }

    /// <summary>A mark stands here, durable. Marks about what is over already change nothing.</summary>
    public void Mark(SpoolSegment at, int offset, MarkKind kind, long target, int recipient)
    {
        if (!Segments.TryGetValue(SpoolLocation.Sequence(target), out SpoolSegment? home))
        {
            return;
        }

        ref LiveMessage entry = ref home.Ledger.Find(SpoolLocation.Offset(target));
        if (Unsafe.IsNullRef(ref entry))
        {
            return;
        }

        RecipientMarks? many = home.Ledger.Many(entry.Offset);
        if (kind == MarkKind.Finished || (many is null && kind == MarkKind.Done))
        {
            Finish(at, home, ref entry);
            return;
        }

        if (recipient >= (many?.Count ?? 1) || (many is not null && kind == MarkKind.Deferred && many.IsDone(recipient)))
        {
            return;
        }

        ref long last = ref many is null ? ref entry.Mark : ref many.Last(recipient);
        ReleaseMark(last, home.Sequence);
        last = SpoolLocation.Pack(at.Sequence, offset);
        AddReference(at, home.Sequence);
        if (kind == MarkKind.Done && many!.Close(recipient))
        {
            entry.Message!.CloseRecipient();
        }
    }

    /// <summary>The frame at <paramref name="target"/> is void and memory has forgotten it; a mark here says so for the disk's sake.</summary>
    public void RestateFinished(SpoolSegment at, long target) => AddReference(at, SpoolLocation.Sequence(target));

    /// <summary>Compaction has restated at the end of the log whatever this segment said about others.</summary>
    public void ReferencesRestated(SpoolSegment segment)
    {
        segment.Ledger.ClearReferences();
        Shrunk(segment);
    }

    public void SetState(SpoolSegment at, int offset, int frameOctets, string key, byte[] value)
    {
        DropState(key);
        at.Ledger.AddState(frameOctets);
        States[key] = new StateEntry(SpoolLocation.Pack(at.Sequence, offset), frameOctets, value);
    }

    /// <summary>Forgets a key. Right only when no older frame of it is on disk.</summary>
    public void DropState(string key)
    {
        if (States.Remove(key, out StateEntry old) && Segments.TryGetValue(SpoolLocation.Sequence(old.Location), out SpoolSegment? home))
        {
            home.Ledger.RemoveState(old.FrameOctets);
            Shrunk(home);
        }
    }

    /// <summary>Forgets a piece, unless a message has named it.</summary>
    public void ForgetPart(ContentExtent extent)
    {
        if (TryFindPart(extent.Location, out SegmentLedger? ledger, out int offset)
            && ledger.Parts.TryGetValue(offset, out LivePart part) && part.Owner is null)
        {
            RemovePart(extent);
        }
    }

    /// <summary>Forgets the pieces of a segment that no message has named since <paramref name="before"/>, or that lie behind <paramref name="cut"/>.</summary>
    public void ForgetParts(SpoolSegment segment, Instant before, int cut = int.MaxValue)
    {
        if (!segment.Ledger.HasUnclaimedParts)
        {
            return;
        }

        segment.Ledger.HasUnclaimedParts = false;
        foreach ((int offset, LivePart part) in segment.Ledger.Parts.ToArray())
        {
            if (part.Owner is null && (part.Written < before || offset >= cut))
            {
                segment.Ledger.RemovePart(offset);
            }
            else
            {
                segment.Ledger.HasUnclaimedParts |= part.Owner is null;
            }
        }

        Shrunk(segment);
    }

    /// <summary>The segment's file has left the disk, durably.</summary>
    public void SegmentIsGone(SpoolSegment gone)
    {
        Segments.TryRemove(gone.Sequence, out _);
        Cuts.Remove(gone.Sequence);
        foreach (SpoolSegment other in Segments.Values)
        {
            if (other.Ledger.ForgetSegment(gone.Sequence))
            {
                Shrunk(other);
            }
        }
    }

    /// <summary>Notes that a segment may be needed no more.</summary>
    public void Shrunk(SpoolSegment segment)
    {
        if (!segment.IsSealed)
        {
            return;
        }

        segment.Ledger.LastShrunk = clock.Now;
        if (!segment.Ledger.IsNeeded)
        {
            Drained.Enqueue(segment);
        }
    }

    private void Finish(SpoolSegment at, SpoolSegment home, ref LiveMessage entry)
    {
        StoredMessage message = entry.Message!;
        ReleaseMarks(home, ref entry);
        AddReference(at, home.Sequence);
        _large.Remove(message, out ContentExtent[]? extents);
        foreach (ContentExtent extent in extents ?? [])
        {
            RemovePart(extent);
        }

        home.Ledger.Remove(ref entry);
        Shrunk(home);
        while (message.OpenRecipients > 0)
        {
            message.CloseRecipient();
        }
    }

    private void Restore(SpoolSegment at, int offset, CarriedMarks carried)
    {
        long here = SpoolLocation.Pack(at.Sequence, offset);
        RecipientMarks? many = at.Ledger.Many(offset);
        foreach ((int first, int count) in carried.DoneRuns)
        {
            for (int i = first; i < first + count; i++)
            {
                many!.Close(i);
            }
        }

        foreach (Deferral deferral in carried.Deferrals)
        {
            if (many is null)
            {
                at.Ledger.Find(offset).Mark = here;
            }
            else
            {
                many.Last(deferral.Recipient) = here;
            }
        }
    }

    private void Claim(StoredMessage message, ContentExtent[] extents)
    {
        if (extents.Length == 0)
        {
            return;
        }

        _large.Add(message, extents);
        foreach (ContentExtent extent in extents)
        {
            if (TryFindPart(extent.Location, out SegmentLedger? ledger, out int offset) && ledger.Parts.TryGetValue(offset, out LivePart part))
            {
                ledger.Parts[offset] = part with { Owner = message };
            }
        }
    }

    private bool TryFindPart(long location, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SegmentLedger? ledger, out int offset)
    {
        ledger = Segments.TryGetValue(SpoolLocation.Sequence(location), out SpoolSegment? segment) ? segment.Ledger : null;
        offset = SpoolLocation.Offset(location);
        return ledger is not null;
    }

    private void RemovePart(ContentExtent extent)
    {
        if (Segments.TryGetValue(SpoolLocation.Sequence(extent.Location), out SpoolSegment? segment)
            && segment.Ledger.RemovePart(SpoolLocation.Offset(extent.Location)))
        {
            Shrunk(segment);
        }
    }

    private void ReleaseMarks(SpoolSegment home, ref LiveMessage entry)
    {
        if (home.Ledger.Many(entry.Offset) is not { } many)
        {
            ReleaseMark(entry.Mark, home.Sequence);
            return;
        }

        for (int i = 0; many.HasMarks && i < many.Count; i++)
        {
            ReleaseMark(many.Last(i), home.Sequence);
        }
    }

    private void ReleaseMark(long mark, long home)
    {
        long sequence = SpoolLocation.Sequence(mark);
        if (mark != 0 && sequence != home && Segments.TryGetValue(sequence, out SpoolSegment? segment))
        {
            segment.Ledger.RemoveReference(home);
            Shrunk(segment);
        }
    }

    /// <summary>A segment needs no reference to itself, nor to one that is gone.</summary>
    private void AddReference(SpoolSegment at, long sequence)
    {
        if (sequence != at.Sequence && Segments.ContainsKey(sequence))
        {
            at.Ledger.AddReference(sequence);
        }
    }
}
