// How often replies of one kind have come to one queue, or to those that share a provider's limits, for rules with a threshold and for alerts
// that are told once an hour.
// Shared by all deliveries; thread safe. Holds a bounded number of kinds; beyond it all are forgotten, and thresholds count from the beginning.

using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>Counts matches of rules, by the name of a queue or of a group.</summary>
internal sealed class ReplyCounts
{
    /// <summary>Pairs of a queue and a rule: rules with thresholds are few, and so are the queues in trouble.</summary>
    private const int MaxKept = 10_000;

    /// <summary>A threshold beyond it counts as this many: 8 KB for one pair, 80 MB for all.</summary>
    private const int MaxTimes = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(QueueKey Key, object Rule), Queue<Instant>> _times = [];
    private readonly Dictionary<(QueueKey Key, object Rule), Instant> _told = [];

    /// <summary>One match more. True when <paramref name="threshold"/> is reached; then the next ones are counted anew.</summary>
    public bool Reaches(QueueKey key, object rule, Rate threshold, Instant now)
    {
        lock (_gate)
        {
            if (!_times.TryGetValue((key, rule), out Queue<Instant>? times))
            {
                MakeRoom(_times);
                _times[(key, rule)] = times = new Queue<Instant>();
            }

            while (times.TryPeek(out Instant oldest) && now - oldest >= threshold.Period)
            {
                times.Dequeue();
            }

            times.Enqueue(now);
            if (times.Count < Math.Min(threshold.Count, MaxTimes))
            {
                return false;
            }

            _times.Remove((key, rule));
            return true;
        }
    }

    /// <summary>Whether this is the first of its kind for an hour.</summary>
    public bool IsNews(QueueKey key, object rule, Instant now)
    {
        lock (_gate)
        {
            if (_told.TryGetValue((key, rule), out Instant last) && now - last < TimeSpan.FromHours(1))
            {
                return false;
            }

            MakeRoom(_told);
            _told[(key, rule)] = now;
            return true;
        }
    }

    private static void MakeRoom<T>(Dictionary<(QueueKey Key, object Rule), T> kept)
    {
        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }
    }
}
