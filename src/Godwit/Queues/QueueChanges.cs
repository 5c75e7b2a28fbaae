using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Changes that nobody has taken yet, in order. Owned by the scheduler and touched under its lock.</summary>
internal sealed class QueueChanges
{
    /// <summary>
    /// A storm of replies over a million queues must not fill memory: beyond it a change is counted for the log and its message to people is lost, while what
    /// the queue itself does is not.
    /// </summary>
    public const int Bound = 100_000;

    private readonly Queue<QueueChange> _waiting = new();

    public WakeSignal Arrived { get; } = new();

    /// <summary>Changes that were not noted because nobody took them in time.</summary>
    public long Dropped { get; private set; }

    public void Add(MailQueue queue, QueueChangeKind kind, string reason, Instant now)
    {
        if (_waiting.Count == Bound)
        {
            Dropped++;
            return;
        }

        _waiting.Enqueue(new QueueChange(queue.Key, kind, reason, now, queue.Remember(now)));
        Arrived.Set();
    }

    public IReadOnlyList<QueueChange> Take(int most)
    {
        var taken = new List<QueueChange>(Math.Min(most, _waiting.Count));
        while (taken.Count < most && _waiting.TryDequeue(out QueueChange? change))
        {
            taken.Add(change);
        }

        if (_waiting.Count > 0)
        {
            Arrived.Set();
        }

        return taken;
    }
}
