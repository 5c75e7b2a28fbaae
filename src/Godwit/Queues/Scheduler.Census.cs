// All queues in numbers, for who watches the server. Every queue is looked at once, in slices of the lock, so what is told is not all of one moment.

using System.Runtime.InteropServices;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    private static readonly string[] _states = ["idle", "delivering", "waiting", "retrying", "backoff", "paused"];

    /// <summary>Names for monitoring systems, by the number of the reason; they stay as they are once published.</summary>
    private static readonly (HoldReason Reason, string Name)[] _holds =
    [
        (HoldReason.Deferred, "recipients_deferred"),
        (HoldReason.JobsHeld, "jobs_held"),
        (HoldReason.Paused, "paused"),
        (HoldReason.Retry, "retry"),
        (HoldReason.Probing, "probing"),
        (HoldReason.QueueConnections, "queue_connections"),
        (HoldReason.MessageRate, "message_rate"),
        (HoldReason.ConnectRate, "connect_rate"),
        (HoldReason.SourcesDisabled, "sources_disabled"),
        (HoldReason.SourceLimits, "source_limits"),
        (HoldReason.HostConnections, "host_connections"),
        (HoldReason.SharedConnections, "shared_connections"),
        (HoldReason.SharedRate, "shared_rate"),
        (HoldReason.ServerConnections, "server_connections"),
    ];

    /// <summary>Counts all queues. A hundred thousand take some ten milliseconds; mail goes on meanwhile.</summary>
    /// <param name="top">Destinations to name.</param>
    /// <param name="now">On a quiet server the last event is long past, and with it the time that events have told.</param>
    public QueueCensus Census(int top, Instant now) => Census(All(), top, now);

    /// <param name="all">Queues of a moment ago; those that are gone, or have given way to new ones, are passed over.</param>
    internal QueueCensus Census(MailQueue[] all, int top, Instant now)
    {
        int[] states = new int[_states.Length];
        int[] holds = new int[(int)HoldReason.ServerConnections + 1];
        var destinations = new Dictionary<DomainName, long>();
        for (int start = 0; start < all.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                now = Instant.Max(now, _now);
                foreach (MailQueue queue in all.AsSpan(start, Math.Min(LookedAtAtOnce, all.Length - start)))
                {
                    if (_table.Find(queue.Key) != queue)
                    {
                        continue;
                    }

                    if (queue.IsEmpty)
                    {
                        states[0]++;
                        continue;
                    }

                    HoldReason hold = QueueLimits.Reason(queue, _server, now);
                    states[StateOf(queue, now)]++;
                    holds[(int)hold]++;
                    CollectionsMarshal.GetValueRefOrAddDefault(destinations, queue.Key.Destination, out _) += queue.Recipients;
                }
            }
        }

        List<(DomainName Destination, long Recipients)> first = First(destinations, top);
        return new QueueCensus(
            [.. _states.Select((name, i) => (name, states[i]))],
            [.. _holds.Select(hold => (hold.Name, holds[(int)hold.Reason]))],
            first)
        {
            OtherRecipients = destinations.Values.Sum() - first.Sum(static each => each.Recipients),
        };
    }

    private static int StateOf(MailQueue queue, Instant now) =>
        queue.IsPaused ? 5
        : queue.Mode == QueueMode.Backoff ? 4
        : queue.Retry.IsActive && queue.Retry.Time > now ? 3
        : queue.Connections > 0 ? 1
        : 2;

    private static List<(DomainName Destination, long Recipients)> First(Dictionary<DomainName, long> destinations, int top)
    {
        // The smallest of the chosen is at the head, and gives way.
        var chosen = new PriorityQueue<DomainName, long>();
        foreach ((DomainName destination, long recipients) in destinations)
        {
            if (chosen.Count < top)
            {
                chosen.Enqueue(destination, recipients);
            }
            else if (top > 0)
            {
                chosen.EnqueueDequeue(destination, recipients);
            }
        }

        List<(DomainName Destination, long Recipients)> first = [];
        while (chosen.TryDequeue(out DomainName destination, out long recipients))
        {
            first.Add((destination, recipients));
        }

        first.Reverse();
        return first;
    }
}
