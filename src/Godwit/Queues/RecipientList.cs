namespace Godwit.Queues;

/// <summary>A first-in first-out list through the recipients' own link. A mutable struct: keep it in a field. Owned by a queue.</summary>
internal struct RecipientList
{
    private QueuedRecipient? _tail;

    public QueuedRecipient? Head { get; private set; }

    public int Count { get; private set; }

    public void Append(QueuedRecipient recipient)
    {
        recipient.Next = null;
        if (_tail is null)
        {
            Head = recipient;
        }
        else
        {
            _tail.Next = recipient;
        }

        _tail = recipient;
        Count++;
    }

    public void Prepend(QueuedRecipient recipient)
    {
        recipient.Next = Head;
        Head = recipient;
        _tail ??= recipient;
        Count++;
    }

    /// <summary>Takes everybody of another list, behind its own.</summary>
    public void TakeOver(ref RecipientList other)
    {
        if (other.Head is null)
        {
            return;
        }

        if (_tail is null)
        {
            Head = other.Head;
        }
        else
        {
            _tail.Next = other.Head;
        }

        _tail = other._tail;
        Count += other.Count;
        other = default;
    }

    /// <summary>Takes out the recipient behind <paramref name="previous"/>, or the head when that is null. The list must have it.</summary>
    public QueuedRecipient TakeAfter(QueuedRecipient? previous)
    {
        QueuedRecipient taken = (previous is null ? Head : previous.Next) 
            ?? throw new InvalidOperationException("a recipient list is shorter than its owner thinks");
        if (previous is null)
        {
            Head = taken.Next;
        }
        else
        {
            previous.Next = taken.Next;
        }

        if (ReferenceEquals(_tail, taken))
        {
            _tail = previous;
        }

        taken.Next = null;
        Count--;
        return taken;
    }
}
