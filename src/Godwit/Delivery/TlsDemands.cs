// Queues whose mail goes over TLS only, because a host has said that it takes nothing else. Owned by OutgoingTls; thread safe; forgotten at restart:
// then the host says it again. Bounded: when it is full, the demand that is the oldest gives way.

using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>A bounded memory of what replies have asked for.</summary>
internal sealed class TlsDemands(ServerClock clock)
{
    /// <summary>Receivers that say so are few, and each has one queue for each virtual MTA.</summary>
    private const int MaxQueues = 10_000;

    /// <summary>What is kept of a reply: enough for an operator to know it by.</summary>
    private const int MaxReason = 200;

    /// <summary>A receiver that changes its mind is believed the next day; one that does not says it once a day.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<QueueKey, (Instant Until, string Reason)> _demands = [];

    /// <summary>True when it is news.</summary>
    public bool Add(QueueKey queue, string reason)
    {
        Instant now = clock.Now;
        lock (_lock)
        {
            bool isNews = !_demands.TryGetValue(queue, out (Instant Until, string Reason) known) || known.Until <= now;
            if (isNews && _demands.Count >= MaxQueues)
            {
                _demands.Remove(Oldest());
            }

            _demands[queue] = (now + Remembered, reason.Length > MaxReason ? reason[..MaxReason] : reason);
            return isNews;
        }
    }

    /// <summary>What was said; null when nothing was.</summary>
    public string? Of(QueueKey queue)
    {
        lock (_lock)
        {
            return _demands.Count > 0 && _demands.TryGetValue(queue, out (Instant Until, string Reason) demand) && demand.Until > clock.Now
                ? demand.Reason
                : null;
        }
    }

    private QueueKey Oldest()
    {
        QueueKey oldest = default;
        Instant least = Instant.Never;
        foreach ((QueueKey queue, (Instant until, _)) in _demands)
        {
            if (until < least)
            {
                (oldest, least) = (queue, until);
            }
        }

        return oldest;
    }
}
