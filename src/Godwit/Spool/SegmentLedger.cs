// What in one segment is still needed: open messages, pieces of large contents, current states, and references.
// A reference counts something in this segment that makes void what an older segment holds: a mark about a message there, or the copy of
// a message that lay there. As long as the older segment is on disk, this one must be, or a restart would see the old word again.
// Owned by SpoolLedger; changed under its lock only.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>One message that has open recipients. 24 octets: there may be millions.</summary>
internal struct LiveMessage
{
    /// <summary>Null once the message is over or has been copied elsewhere.</summary>
    public StoredMessage? Message;

    /// <summary>Where the last word about its recipient stands, if it has only one; 0 when there is none yet.</summary>
    public long Mark;

    public int Offset;
}

/// <summary>The recipients of a message that has several.</summary>
internal sealed class RecipientMarks(int count)
{
    private long[]? _last;
    private ulong[]? _done;

    public int Count { get; } = count;

    public int DoneCount { get; private set; }

    public bool HasMarks => _last is not null;

    public bool IsDone(int recipient) => _done is not null && (_done[recipient >> 6] & (1UL << recipient)) != 0;

    /// <summary>Where the last word about this recipient stands; 0 when there is none yet.</summary>
    public ref long Last(int recipient) => ref (_last ??= new long[Count])[recipient];

    /// <summary>Adds one done recipient. False when it already was.</summary>
    public bool Close(int recipient)
    {
        if (IsDone(recipient))
        {
            return false;
        }

        _done ??= new ulong[(Count + 63) >> 6];
        _done[recipient >> 6] |= 1UL << recipient;
        DoneCount++;
        return true;
    }
}

/// <summary>A piece of content. Without an owner it was written ahead and its message has not come yet.</summary>
internal readonly record struct LivePart(int Length, StoredMessage? Owner, Instant Written);

/// <summary>The needed things of one segment.</summary>
internal sealed class SegmentLedger
{
    /// <summary>What a mark takes when compaction restates it, about: enough to judge whether copying pays.</summary>
    private const int MarkOctets = 48;

    private readonly List<LiveMessage> _messages = [];
    private readonly Dictionary<int, RecipientMarks> _many = [];
    private readonly Dictionary<long, int> _references = [];
    private int _open;
    private int _states;
    private long _octets;
    private long _marks;

    /// <summary>Pieces of large contents by offset.</summary>
    public Dictionary<int, LivePart> Parts { get; } = [];

    /// <summary>When something in it was last found to be needed no more.</summary>
    public Instant LastShrunk { get; set; }

    /// <summary>Whether the segment must stay.</summary>
    public bool IsNeeded => _open > 0 || Parts.Count > 0 || _states > 0 || _references.Count > 0;

    public bool HasUnclaimedParts { get; set; }

    /// <summary>Octets that compaction would have to copy, about.</summary>
    public long NeededOctets => _octets + (_marks * MarkOctets);

    public ReadOnlySpan<LiveMessage> Messages => CollectionsMarshal.AsSpan(_messages);

    public void Add(int offset, StoredMessage message, int recipients)
    {
        // Frames are appended in order, so the list is sorted by offset.
        _messages.Add(new LiveMessage { Message = message, Offset = offset });
        if (recipients > 1)
        {
            _many.Add(offset, new RecipientMarks(recipients));
        }

        _open++;
        _octets += message.FrameLength;
    }

    /// <summary>The open message at that offset; a null reference when there is none.</summary>
    public ref LiveMessage Find(int offset)
    {
        Span<LiveMessage> messages = CollectionsMarshal.AsSpan(_messages);
        int low = 0;
        int high = messages.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref LiveMessage candidate = ref messages[middle];
            if (candidate.Offset == offset)
            {
                return ref candidate.Message is null ? ref Unsafe.NullRef<LiveMessage>() : ref candidate;
            }

            if (candidate.Offset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ref Unsafe.NullRef<LiveMessage>();
    }

    /// <summary>The recipients of the message at that offset, when it has several.</summary>
    public RecipientMarks? Many(int offset) => _many.GetValueOrDefault(offset);

    public void Remove(ref LiveMessage entry)
    {
        _octets -= entry.Message!.FrameLength;
        _open--;
        _many.Remove(entry.Offset);
        entry.Message = null;
    }

    /// <summary>Gives back the memory of what is over. The segment is full: nothing is added any more.</summary>
    public void Trim()
    {
        _messages.RemoveAll(entry => entry.Message is null);
        _messages.TrimExcess();
    }

    public void AddPart(int offset, in LivePart part)
    {
        Parts[offset] = part;
        HasUnclaimedParts |= part.Owner is null;
        _octets += part.Length;
    }

    public bool RemovePart(int offset)
    {
        if (!Parts.Remove(offset, out LivePart part))
        {
            return false;
        }

        _octets -= part.Length;
        return true;
    }

    public void AddState(int octets)
    {
        _states++;
        _octets += octets;
    }

    public void RemoveState(int octets)
    {
        _states--;
        _octets -= octets;
    }

    public void AddReference(long sequence)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_references, sequence, out _)++;
        _marks++;
    }

    public void RemoveReference(long sequence)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_references, sequence);
        if (Unsafe.IsNullRef(ref count))
        {
            return; // That segment is gone, and all references to it went with it.
        }

        _marks--;
        if (--count == 0)
        {
            _references.Remove(sequence);
        }
    }

    public void ClearReferences()
    {
        _references.Clear();
        _marks = 0;
    }

    /// <summary>That segment is gone from the disk for good. True when this one referred to it.</summary>
    public bool ForgetSegment(long sequence)
    {
        if (!_references.Remove(sequence, out int count))
        {
            return false;
        }

        _marks -= count;
        return true;
    }
}
