// Things that have a time, the earliest first: a four-way heap whose members know their place, so that a time can be moved or withdrawn.
// Owned and locked by whoever made it. Costs 16 bytes a member and no allocation per operation; a million members are eleven levels deep.

namespace Godwit.Foundation;

/// <summary>Something that can be in one <see cref="DueHeap{T}"/>.</summary>
public abstract class DueNode
{
    internal const int Outside = -1;

    /// <summary>When it is due; <see cref="Instant.Never"/> while it is in no heap.</summary>
    public Instant Due { get; internal set; } = Instant.Never;

    internal int Slot { get; set; } = Outside;
}

/// <summary>A set of nodes ordered by due time. Not thread safe.</summary>
public sealed class DueHeap<T>
    where T : DueNode
{
    private const int Ways = 4;

    private Entry[] _entries = new Entry[16];

    public int Count { get; private set; }

    /// <summary>The earliest due time; <see cref="Instant.Never"/> when empty.</summary>
    public Instant Earliest => Count == 0 ? Instant.Never : new Instant(_entries[0].Due);

    /// <summary>Puts a node in, or moves it to another time. <see cref="Instant.Never"/> takes it out.</summary>
    public void Set(T node, Instant due)
    {
        if (due == Instant.Never)
        {
            Remove(node);
            return;
        }

        int slot = node.Slot;
        if (slot == DueNode.Outside)
        {
            if (Count == _entries.Length)
            {
                Array.Resize(ref _entries, Count * 2);
            }

            slot = Count++;
        }

        node.Due = due;
        Place(new Entry(due.Ticks, node), slot);
    }

    public void Remove(T node)
    {
        int slot = node.Slot;
        if (slot == DueNode.Outside)
        {
            return;
        }

        node.Slot = DueNode.Outside;
        node.Due = Instant.Never;
        Entry last = _entries[--Count];
        _entries[Count] = default;
        if (slot < Count)
        {
            Place(last, slot);
        }
    }

    /// <summary>Takes out the earliest node if it is due; null when none is.</summary>
    public T? TakeDue(Instant now)
    {
        if (Count == 0 || _entries[0].Due > now.Ticks)
        {
            return null;
        }

        T node = _entries[0].Node;
        Remove(node);
        return node;
    }

    /// <summary>Writes an entry at a slot or wherever above or below the order wants it.</summary>
    private void Place(Entry entry, int slot)
    {
        while (slot > 0)
        {
            int parent = (slot - 1) / Ways;
            if (_entries[parent].Due <= entry.Due)
            {
                break;
            }

            Write(_entries[parent], slot);
            slot = parent;
        }

        while (true)
        {
            int child = EarliestChild(slot);
            if (child == DueNode.Outside || _entries[child].Due >= entry.Due)
            {
                break;
            }

            Write(_entries[child], slot);
            slot = child;
        }

        Write(entry, slot);
    }

    private int EarliestChild(int slot)
    {
        int first = slot * Ways + 1;
        if (first >= Count)
        {
            return DueNode.Outside;
        }

        int best = first;
        int end = Math.Min(first + Ways, Count);
        for (int child = first + 1; child < end; child++)
        {
            if (_entries[child].Due < _entries[best].Due)
            {
                best = child;
            }
        }

        return best;
    }

    private void Write(Entry entry, int slot)
    {
        _entries[slot] = entry;
        entry.Node.Slot = slot;
    }

    /// <summary>The time stands beside the reference, so that a comparison does not visit the node.</summary>
    private readonly record struct Entry(long Due, T Node);
}
