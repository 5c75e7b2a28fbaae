// Queues that want a connection, in the order in which they get one. Those of one queue-priority are a band; bands take turns by weight, so a priority is a
// share of the connections and nobody starves. Within a band there are two rings: a queue without any connection goes before all that have one, so a queue
// of five million recipients, which always wants more, never keeps a password reset waiting. Within a ring it is round robin: one connection, then to the end.

namespace Godwit.Queues;

/// <summary>The queues that wait for one kind of slot. Owned by its <see cref="SharedLimit"/>.</summary>
internal sealed class WaitingLine
{
    /// <summary>Bounded by the 101 priorities there are; most installations have one.</summary>
    private readonly List<Band> _bands = [];

    /// <summary>The pass of the band that was served last.</summary>
    private long _turn;

    public int Count { get; private set; }

    public MailQueue? First => NextBand() is { } band ? band.Without.First ?? band.With.First : null;

    /// <summary>The highest queue-priority of those that wait; -1 when nobody does.</summary>
    public int MostImportant
    {
        get
        {
            int most = -1;
            foreach (Band band in _bands)
            {
                most = band.Count > 0 ? Math.Max(most, band.Priority) : most;
            }

            return most;
        }
    }

    public bool Holds(MailQueue queue) => queue.Ring is { } ring && ReferenceEquals(ring.Line, this);

    /// <summary>Whether the queue stands where it belongs: in the band of its priority, before others as long as it has no connection.</summary>
    public bool HoldsRightly(MailQueue queue) => Holds(queue) && ReferenceEquals(queue.Ring, RingFor(queue));

    public void AddLast(MailQueue queue) => RingFor(queue).AddLast(queue);

    /// <summary>A queue that stood here gets its connection: its band has had its turn.</summary>
    public void Served(MailQueue queue)
    {
        Band band = BandOf(queue);
        _turn = Math.Max(_turn, band.Pass);
        band.Pass = _turn + PriorityWeight.StrideOf(band.Priority);
    }

    /// <summary>The first in line that is another queue; null when none is.</summary>
    public MailQueue? FirstOtherThan(MailQueue queue)
    {
        MailQueue? first = First;
        if (!ReferenceEquals(first, queue))
        {
            return first;
        }

        if (first?.RingNext is { } next)
        {
            return next;
        }

        foreach (Band band in _bands)
        {
            foreach (QueueRing ring in (ReadOnlySpan<QueueRing>)[band.Without, band.With])
            {
                if (ring.First is { } other && !ReferenceEquals(other, queue))
                {
                    return other;
                }
            }
        }

        return null;
    }

    /// <summary>Lets the next of those that have connections already come to the front of the band whose turn it is.</summary>
    public void Rotate()
    {
        if (NextBand()?.With is { First: { } first, Count: > 1 } ring)
        {
            ring.Remove(first);
            ring.AddLast(first);
        }
    }

    /// <summary>A ring of this line has so many queues more.</summary>
    internal void Changed(int by) => Count += by;

    private Band? NextBand()
    {
        Band? next = null;
        foreach (Band band in _bands)
        {
            if (band.Count > 0 && (next is null || band.Pass < next.Pass))
            {
                next = band;
            }
        }

        return next;
    }

    private QueueRing RingFor(MailQueue queue)
    {
        Band band = BandOf(queue);
        return queue.Connections == 0 ? band.Without : band.With;
    }

    private Band BandOf(MailQueue queue)
    {
        int priority = queue.Settings.QueuePriority;
        foreach (Band known in _bands)
        {
            if (known.Priority == priority)
            {
                known.Pass = known.Count == 0 ? Math.Max(known.Pass, _turn) : known.Pass;
                return known;
            }
        }

        var band = new Band(this, priority) { Pass = _turn };
        _bands.Add(band);
        return band;
    }

    private sealed class Band(WaitingLine line, int priority)
    {
        public int Priority => priority;

        public QueueRing Without { get; } = new(line);

        public QueueRing With { get; } = new(line);

        public int Count => Without.Count + With.Count;

        /// <summary>The lowest is served next.</summary>
        public long Pass { get; set; }
    }
}
