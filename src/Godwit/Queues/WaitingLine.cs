// Queues that want a connection, in the order in which they get one. Two rings: a queue without any connection goes before all that have one, so a queue of
// five million recipients, which always wants more, never keeps a password reset waiting. Within a ring it is round robin: one connection, then to the end.

namespace Godwit.Queues;

/// <summary>A doubly linked ring through the queues' own links. A queue is in one ring at most.</summary>
internal sealed class QueueRing
{
    private MailQueue? _last;

    public MailQueue? First { get; private set; }

    public int Count { get; private set; }

    public void AddLast(MailQueue queue)
    {
        Enter(queue);
        (queue.RingPrevious, queue.RingNext) = (_last, null);
        if (_last is null)
        {
            First = queue;
        }
        else
        {
            _last.RingNext = queue;
        }

        _last = queue;
    }

    public void AddFirst(MailQueue queue)
    {
        Enter(queue);
        (queue.RingPrevious, queue.RingNext) = (null, First);
        if (First is null)
        {
            _last = queue;
        }
        else
        {
            First.RingPrevious = queue;
        }

        First = queue;
    }

    public void Remove(MailQueue queue)
    {
        if (!ReferenceEquals(queue.Ring, this))
        {
            throw new InvalidOperationException($"queue {queue.Key} is not in the ring it is taken from");
        }

        (MailQueue? previous, MailQueue? next) = (queue.RingPrevious, queue.RingNext);
        if (previous is null)
        {
            First = next;
        }
        else
        {
            previous.RingNext = next;
        }

        if (next is null)
        {
            _last = previous;
        }
        else
        {
            next.RingPrevious = previous;
        }

        (queue.Ring, queue.RingPrevious, queue.RingNext) = (null, null, null);
        Count--;
    }

    private void Enter(MailQueue queue)
    {
        if (queue.Ring is not null)
        {
            throw new InvalidOperationException($"queue {queue.Key} is in a ring already");
        }

        queue.Ring = this;
        Count++;
    }
}

/// <summary>The queues that wait for one kind of slot.</summary>
internal sealed class WaitingLine
{
    private readonly QueueRing _without = new();
    private readonly QueueRing _with = new();

    public int Count => _without.Count + _with.Count;

    public MailQueue? First => _without.First ?? _with.First;

    public bool Holds(MailQueue queue) => ReferenceEquals(queue.Ring, _without) || ReferenceEquals(queue.Ring, _with);

    /// <summary>Whether the queue stands where it belongs: before others as long as it has no connection.</summary>
    public bool HoldsRightly(MailQueue queue) => ReferenceEquals(queue.Ring, RingFor(queue));

    public void AddLast(MailQueue queue) => RingFor(queue).AddLast(queue);

    /// <summary>A queue that stood here got its connection.</summary>
    public void Served(MailQueue queue)
    {
    }

    /// <summary>Puts back a queue that had come to the front and could not be served.</summary>
    public void AddFirst(MailQueue queue) => RingFor(queue).AddFirst(queue);

    /// <summary>The first in line that is another queue; null when none is.</summary>
    public MailQueue? FirstOtherThan(MailQueue queue)
    {
        MailQueue? first = First;
        if (!ReferenceEquals(first, queue))
        {
            return first;
        }

        return first?.RingNext ?? (ReferenceEquals(_without.First, queue) ? _with.First : null);
    }

    /// <summary>Lets the next of those that have connections already come to the front.</summary>
    public void Rotate()
    {
        if (_with.First is { } first && _with.Count > 1)
        {
            _with.Remove(first);
            _with.AddLast(first);
        }
    }

    private QueueRing RingFor(MailQueue queue) => queue.Connections == 0 ? _without : _with;
}
