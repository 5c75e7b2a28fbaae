// Changes that nobody has taken yet. Owned by the scheduler and touched under its lock.
// In order up to a bound; beyond it, until all are taken, only the newest state of each queue and job, which is kept and told to nobody. So no storm of
// replies fills memory: its bound is the number of queues.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The line of changes between queues and whoever keeps them.</summary>
internal sealed class QueueChanges
{
    /// <summary>A hundred thousand changes with their replies are some 50 MB. Nobody reads as many lines of a log or mails about them.</summary>
    public const int Bound = 100_000;

    private readonly Queue<QueueChange> _waiting = new();
    private readonly Dictionary<(QueueKey Queue, string Job), QueueChange> _beyond = [];

    public WakeSignal Arrived { get; } = new();

    /// <summary>Changes that nobody is told of.</summary>
    public long Untold { get; private set; }

    public void AddPauses(string all, Instant now) => Add(new QueueChange(default, QueueChangeKind.StandingPauses, all, now, QueueNotes.NothingNoted));

    public void Add(QueueChange change)
    {
        Arrived.Set();
        if (_waiting.Count < Bound && _beyond.Count == 0)
        {
            _waiting.Enqueue(change);
            return;
        }

        bool isJob = change.Kind is QueueChangeKind.JobPaused or QueueChangeKind.JobResumed;
        bool isQueue = !isJob && change.Kind != QueueChangeKind.StandingPauses;
        _beyond[(change.Key, isJob ? change.Reason : "")] = isQueue ? change with { Kind = QueueChangeKind.Extended, Reason = "" } : change;
        Untold++;
    }

    public void AddJob(string job, QueueChangeKind kind, Instant now) => Add(new QueueChange(default, kind, job, now, QueueNotes.NothingNoted));

    public IReadOnlyList<QueueChange> Take(int most)
    {
        var taken = new List<QueueChange>(Math.Min(most, _waiting.Count + _beyond.Count));
        while (taken.Count < most && _waiting.TryDequeue(out QueueChange? change))
        {
            taken.Add(change);
        }

        if (taken.Count < most && _beyond.Count > 0)
        {
            foreach (((QueueKey, string) key, QueueChange change) in _beyond)
            {
                if (taken.Count == most)
                {
                    break;
                }

                taken.Add(change);
                _beyond.Remove(key); // Allowed while it is walked.
            }
        }

        if (_waiting.Count + _beyond.Count > 0)
        {
            Arrived.Set();
        }

        return taken;
    }
}
