namespace Godwit.Queues;

/// <summary>A recipient that still waits and whose sender is due to hear so.</summary>
public readonly record struct DelayedRecipient(QueueKey Key, QueuedRecipient Recipient);

/// <summary>Delay notices found but not yet taken. Owned by the scheduler.</summary>
internal sealed class DelayNotices
{
    /// <summary>
    /// Beyond this, notices are dropped: they are a courtesy, and when a large provider is down a flood of them to our own senders does more harm
    /// than their lack.
    /// </summary>
    public const int Bound = 10_000;

    private readonly Queue<(DelayedRecipient Delayed, byte Number)> _found = new();

    public void Add(QueueKey key, QueuedRecipient recipient)
    {
        if (_found.Count < Bound)
        {
            _found.Enqueue((new DelayedRecipient(key, recipient), recipient.Notices));
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
        while (taken.Count < most && _found.TryDequeue(out (DelayedRecipient Delayed, byte Number) found))
        {
            QueuedRecipient recipient = found.Delayed.Recipient;
            if (recipient.Place is RecipientPlace.Ready or RecipientPlace.Deferred && recipient.Notices == found.Number)
            {
                taken.Add(found.Delayed);
            }
        }

        return taken;
    }
}
