// What a trace asks: whether mail of a queue could go at all if it were tried now, and from which source address.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>
    /// Why no mail of a queue could go within <paramref name="patience"/> even if its wait for a retry ended now, and what would change that; empty when
    /// some may go.
    /// </summary>
    /// <param name="retryRecipients">The waits of its recipients would end too.</param>
    public string WhyNotNow(QueueKey key, bool retryRecipients, TimeSpan patience, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            return _table.Find(key) is not { Recipients: > 0 } queue ? $"no mail waits in {key}"
                : queue.IsPaused ? PauseText(queue)
                : queue.Ready > 0 || (retryRecipients && queue.Deferred > 0) ? SourcesOf(queue, now + patience, now)
                : queue.Held > 0 ? $"{queue.Held} recipient(s) belong to jobs that are paused or held; \"why {key}\" says more, \"resume job ID\" ends a pause"
                : queue.Deferred == 0 ? $"its {queue.Out} recipient(s) are on their way over connections right now"
                : queue.NextAttention > now + patience
                    ? $"its {queue.Deferred} recipient(s) wait for their own retry times; \"trace --retry-recipients {key}\" tries them now"
                : "";
        }
    }

    /// <summary>While a trace waits: connections of a queue leave from this address first; null when they take turns again.</summary>
    public void PreferSource(QueueKey key, IPAddress? source)
    {
        lock (Gate)
        {
            _table.Find(key)?.PreferSource(source);
        }
    }

    private static string SourcesOf(MailQueue queue, Instant end, Instant now)
    {
        if (queue.Condition is not { } condition || !condition.AreAllDisabled(now))
        {
            return "";
        }

        foreach (QueueSource source in condition.Sources)
        {
            if (source.DisabledUntil <= end)
            {
                return "";
            }
        }

        QueueSource first = condition.Sources[0];
        return $"all its source addresses are disabled ({first.Reason}); \"enable source {Name(first.Address)} {queue.Group?.Key ?? queue.Key}\" ends that";
    }
}
