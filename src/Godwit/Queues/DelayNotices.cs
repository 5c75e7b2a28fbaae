using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>A recipient that still waits and whose sender is due to hear so.</summary>
/// <param name="Number">Which of its notices this is: the multiple of notify-of-delay-every that its age had passed when it was found.</param>
public readonly record struct DelayedRecipient(QueueKey Key, QueuedRecipient Recipient, byte Number);

/// <summary>How a recipient waits.</summary>
/// <param name="Trouble">Why its queue is in retry mode; empty when it is not, or when nobody knows.</param>
public readonly record struct RecipientWait(int Attempts, Instant NotBefore, string Trouble);

/// <summary>Delay notices found but not yet taken. Owned by the scheduler.</summary>
internal sealed class DelayNotices
{
    /// <summary>
    /// Beyond this, notices are dropped: they are a courtesy, and when a large provider is down a flood of them to our own senders does more harm
    /// than their lack.
    /// </summary>
    public const int Bound = 10_000;

    private readonly Queue<DelayedRecipient> _found = new();

    public int Count => _found.Count;

    /// <summary>
    /// Whether its sender may be told by this notice that it waits. A notice that the next one has overtaken tells nothing any more, or the sender would hear
    /// the same twice in a row. Of a recipient that is on its way nobody knows: its notice counts as not yet due, so that it is found again if the
    /// recipient comes back.
    /// </summary>
    public static bool MayTell(in DelayedRecipient delayed)
    {
        QueuedRecipient recipient = delayed.Recipient;
        if (recipient.Notices != delayed.Number)
        {
            return false;
        }

        if (recipient.Place == RecipientPlace.Out && recipient.Notices > 0)
        {
            recipient.Notices--;
        }

        return recipient.Place is RecipientPlace.Ready or RecipientPlace.Deferred;
    }

    public void Add(QueueKey key, QueuedRecipient recipient)
    {
        if (_found.Count < Bound)
        {
            _found.Enqueue(new DelayedRecipient(key, recipient, recipient.Notices));
        }
    }

    /// <summary>Hands out at most so many; a notice that the recipient's fate or its own next notice has overtaken falls out.</summary>
    public IReadOnlyList<DelayedRecipient> Take(int most)
    {
        if (_found.Count == 0)
        {
            return [];
        }

        var taken = new List<DelayedRecipient>(Math.Min(most, _found.Count));
        while (taken.Count < most && _found.TryDequeue(out DelayedRecipient found))
        {
            if (MayTell(found))
            {
                taken.Add(found);
            }
        }

        return taken;
    }
}
