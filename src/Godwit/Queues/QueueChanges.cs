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
        // What an operator says about each queue by name is bounded by the queues there are.
        if (kind is QueueChangeKind.Paused or QueueChangeKind.Resumed || HasRoom())
        {
            Add(new QueueChange(queue.Group?.Key ?? queue.Key, kind, reason, now, queue.Remember(now))
            {
                MainDomain = queue.Group?.MainDomain,
            });
        }
    }

    public void AddJob(string job, QueueChangeKind kind, Instant now)
    {
        if (HasRoom())
        {
            Add(new QueueChange(default, kind, job, now, new QueueMemory()));
        }
    }

    private bool HasRoom()
    {
        Dropped += _waiting.Count >= Bound ? 1 : 0;
        return _waiting.Count < Bound;
    }

    private void Add(QueueChange change)
    {
        _waiting.Enqueue(change);
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
