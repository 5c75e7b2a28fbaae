// What the operator sees of the queues, and the verbs about them.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Queues looked at for an operator while the lock is held once: about as long as a slice of timers.</summary>
    internal const int LookedAtAtOnce = 500;

    /// <summary>
    /// Remembers an error of a queue for <c>show topqueues --errors</c>; bounded by max-events-recorded. A queue that has gone has no memory.
    /// </summary>
    public void RecordError(QueueKey key, string text, Instant now)
    {
        lock (Gate)
        {
            if (_table.Find(key) is { } queue)
            {
                queue.Record(text, Advance(now));
            }
        }
    }

    /// <summary>
    /// Ends the queue's wait for its next retry; with <paramref name="retryRecipients"/> also the waits of its recipients. Limits and pauses stay.
    /// False when there is no such queue.
    /// </summary>
    public bool ScheduleNow(QueueKey key, bool retryRecipients, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { } queue)
            {
                return false;
            }

            Current(queue, now).Retry.TryNow(now);
            if (retryRecipients)
            {
                queue.ReleaseDeferred(now);
            }

            KeepOwnInMind(queue, "scheduled by the operator", now);
            Settle(queue, now);
            return true;
        }
    }

    /// <summary>
    /// The queues whose names match, as an operator sees them: most recipients first, or by name only. At most <paramref name="most"/>, and how many match.
    /// The lock is held for a copy of references and then for small slices, so mail goes on however many queues there are; what is told about them
    /// is not all of one moment.
    /// </summary>
    /// <param name="matches">Called without the lock, once for each queue.</param>
    public QueueSelection Select(Func<QueueKey, bool> matches, int most, bool byName)
    {
        // 1 References. A queue's name never changes, so names need no lock.
        RankedQueue[] matching = [.. All().Where(queue => matches(queue.Key)).Select(static queue => new RankedQueue(queue, 0))];

        // 2 Their sizes, where these count.
        for (int start = 0; !byName && start < matching.Length; start += LookedAtAtOnce)
        {
            Weigh(matching.AsSpan(start, Math.Min(LookedAtAtOnce, matching.Length - start)));
        }

        // 3 The first of them, in full.
        MailQueue[] first = QueueRanking.First(matching, most);
        var reports = new List<QueueReport>(first.Length);
        for (int next = 0; next < first.Length;)
        {
            next = DescribeSlice(first, next, reports);
        }

        return new QueueSelection(reports, matching.Length);
    }

    /// <summary>Describes a slice of queues; those that have gone are left out. Returns where the next slice starts; the lock is free until then.</summary>
    internal int DescribeSlice(MailQueue[] queues, int start, List<QueueReport> reports)
    {
        int end = Math.Min(queues.Length, start + LookedAtAtOnce);
        lock (Gate)
        {
            foreach (MailQueue queue in queues.AsSpan(start, end - start))
            {
                if (_table.Find(queue.Key) == queue)
                {
                    reports.Add(Describe(queue));
                }
            }
        }

        return end;
    }

    internal MailQueue[] All()
    {
        lock (Gate)
        {
            var all = new MailQueue[_table.Queues.Count];
            _table.Queues.CopyTo(all, 0);
            return all;
        }
    }

    /// <summary>One queue as an operator sees it; null when it does not exist.</summary>
    public QueueReport? Queue(QueueKey key)
    {
        lock (Gate)
        {
            return _table.Find(key) is { } queue ? Describe(queue) : null;
        }
    }

    /// <summary>Sums over all queues. Constant time.</summary>
    public QueueTotals Totals()
    {
        lock (Gate)
        {
            return new QueueTotals(_table.Recipients, _table.ActiveCount, _table.Bytes, _server.InUse);
        }
    }

    private void Weigh(Span<RankedQueue> queues)
    {
        lock (Gate)
        {
            foreach (ref RankedQueue each in queues)
            {
                each = each with { Recipients = each.Queue.Recipients };
            }
        }
    }

    /// <summary>The retry clock's time, or what holds the queue behind it: its source addresses, a rate, a host.</summary>
    private Instant NextTry(MailQueue queue)
    {
        if (!queue.Retry.IsActive || queue.Retry.Time > _now)
        {
            return queue.Retry.Time;
        }

        Hold hold = QueueLimits.Ask(queue, _now);
        return hold.Reason is HoldReason.SourcesDisabled or HoldReason.SourceLimits or HoldReason.Paused || hold.Until < Instant.Never ? hold.Until : _now;
    }

    /// <summary>As of the latest time that anybody has told; whoever works the queues comes at every time that matters.</summary>
    private QueueReport Describe(MailQueue queue)
    {
        queue.FollowCurbs(_now);
        return new QueueReport(
            queue.Key, queue.Recipients, queue.Bytes, queue.Connections, queue.IsPaused, queue.Retry.IsActive, NextTry(queue),
            QueueLimits.Explain(queue, _server, _now), queue.Events)
        {
            Held = queue.Held,
            Deferred = queue.Deferred,
            AreSourcesDisabled = queue.Condition?.AreAllDisabled(_now) == true,
            NextTime = NextTime(queue),
        };
    }

    /// <summary>What stands for its next try in a list: the later of all that only time ends.</summary>
    private Instant NextTime(MailQueue queue)
    {
        Instant retry = queue.Retry.IsActive ? NextTry(queue) : _now;
        Instant own = queue.Ready + queue.Held == 0 && queue.Deferred > 0 ? queue.NextAttention : _now;
        Instant sources = queue.Condition is { } condition && condition.AreAllDisabled(_now) ? queue.NextSourceAllowed(_now) : _now;
        Instant latest = Instant.Max(Instant.Max(retry, own), sources);
        return latest > _now ? latest : Instant.Never;
    }
}
