using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Changes that nobody has taken yet, in order. Owned by the scheduler and touched under its lock.</summary>
internal sealed class QueueChanges
{
    /// <summary>
    /// A storm of replies over a million queues must not fill memory: a change beyond it is told to nobody and not kept over a restart; the queue itself
    /// acts on it all the same.
    /// </summary>
    public const int Bound = 100_000;

    private readonly Queue<QueueChange> _waiting = new();

    public WakeSignal Arrived { get; } = new();

    public void Add(MailQueue queue, QueueChangeKind kind, string reason, Instant now)
    {
        // What an operator says about each queue by name is bounded by the queues there are.
        if (kind is QueueChangeKind.Paused or QueueChangeKind.Resumed || _waiting.Count < Bound)
        {
            Add(queue.Group is { } group ? OfGroup(group, queue, kind, reason, now) : new QueueChange(queue.Key, kind, reason, now, queue.Remember(now)));
        }
    }

    /// <summary>Queues of one provider share their mode and their source addresses; each is paused by itself.</summary>
    private static QueueChange OfGroup(QueueGroup group, MailQueue queue, QueueChangeKind kind, string reason, Instant now) =>
        kind is QueueChangeKind.Paused or QueueChangeKind.Resumed
            ? new QueueChange(queue.Key, kind, reason, now, new QueueMemory { IsPaused = queue.IsPaused })
            : new QueueChange(group.Key, kind, reason, now, queue.Remember(now) with { IsPaused = false }) { MainDomain = group.MainDomain };

    /// <summary>Never left out: an operator types them one by one.</summary>
    public void AddPauses(string all, Instant now) => Add(new QueueChange(default, QueueChangeKind.StandingPauses, all, now, new QueueMemory()));

    public void AddJob(string job, QueueChangeKind kind, Instant now)
    {
        if (_waiting.Count < Bound)
        {
            Add(new QueueChange(default, kind, job, now, new QueueMemory()));
        }
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
