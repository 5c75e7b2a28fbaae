namespace Godwit.Queues;

/// <summary>A doubly linked ring through the queues' own links. A queue is in one ring at most.</summary>
internal sealed class QueueRing(WaitingLine line)
{
    private MailQueue? _last;

    public WaitingLine Line => line;

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
        line.Changed(-1);
    }

    private void Enter(MailQueue queue)
    {
        if (queue.Ring is not null)
        {
            throw new InvalidOperationException($"queue {queue.Key} is in a ring already");
        }

        queue.Ring = this;
        Count++;
        line.Changed(1);
    }
}

