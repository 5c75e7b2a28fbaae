// What the operator sees of the queues, and the verbs about them.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
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
    /// No connection is granted any more and those that stand end with their transaction. Holds until <see cref="Resume"/>, also while the queue is
    /// empty.
    /// </summary>
    public void Pause(QueueKey key, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(_table.FindOrAdd(key, _settings.Value, _version), now);
            queue.IsPaused = true;
            while (queue.HasIdle)
            {
                queue.Idle.First!.Value.WakeToClose();
            }

            Settle(queue, now);
        }
    }

    /// <summary>Ends a pause. False when there was none.</summary>
    public bool Resume(QueueKey key, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { IsPaused: true } queue)
            {
                return false;
            }

            queue.IsPaused = false;
            Settle(queue, now);
            return true;
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

            Settle(queue, now);
            return true;
        }
    }

    /// <summary>
    /// The queues as an operator sees them, most recipients first, ties by name. Walks all queues: for a person, a few times a second at most.
    /// </summary>
    public IReadOnlyList<QueueReport> TopQueues(int most)
    {
        lock (Gate)
        {
            List<MailQueue> top = _table.Top(most);
            var reports = new QueueReport[top.Count];
            for (int i = 0; i < reports.Length; i++)
            {
                reports[i] = Describe(top[i]);
            }

            return reports;
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

    /// <summary>As of the latest time that anybody has told; whoever works the queues comes at every time that matters.</summary>
    private QueueReport Describe(MailQueue queue) => new(
        queue.Key, queue.Recipients, queue.Bytes, queue.Connections, queue.IsPaused, queue.Retry.IsActive, queue.Retry.Time,
        QueueLimits.Explain(queue, _server, _now), queue.Events);
}
