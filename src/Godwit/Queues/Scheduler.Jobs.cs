// Jobs: what has one X-Job, over all queues. A paused job's mail stands in its queues, is told about and expires, and does not go.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Streams looked at for an operator while the lock is held once: well below a millisecond.</summary>
    private const int StreamsAtOnce = 2000;

    /// <summary>Recipients looked at one by one, over all queues, to find those of a job: some 20 ms.</summary>
    private const int MostLookedAt = 1_000_000;

    /// <summary>Of these, while the lock is held once.</summary>
    private const int RecipientsAtOnce = 10_000;

    /// <summary>
    /// No mail of the job goes any more, what is under way ends; holds until <see cref="ResumeJob"/>, for mail to come too. False when it was so.
    /// </summary>
    public bool PauseJob(string job, Instant now) => SetJobPaused(job, paused: true, now);

    /// <summary>Ends a pause. False when there was none.</summary>
    public bool ResumeJob(string job, Instant now) => SetJobPaused(job, paused: false, now);

    /// <summary>
    /// Every job that has mail or is paused, in no order. The lock is held in small slices, so that mail goes on; what is told is not all of one moment.
    /// </summary>
    public IReadOnlyList<JobReport> Jobs()
    {
        var jobs = new Dictionary<string, JobReport>(StringComparer.Ordinal);
        lock (Gate)
        {
            foreach (string paused in _streams.PausedJobs)
            {
                jobs[paused] = new JobReport(paused, 0, 0, true);
            }
        }

        for (int start = 0, end = 1; start < end; start += StreamsAtOnce)
        {
            lock (Gate)
            {
                end = _streams.Numbers;
                AddJobs(start, Math.Min(end, start + StreamsAtOnce), jobs);
            }
        }

        return [.. jobs.Values];
    }

    private void AddJobs(int start, int end, Dictionary<string, JobReport> jobs)
    {
        for (int number = start; number < end; number++)
        {
            MailStream stream = _streams[number];
            if (stream is { Recipients: > 0, Key.Job: { Length: > 0 } job })
            {
                JobReport known = jobs.GetValueOrDefault(job) ?? new JobReport(job, 0, 0, stream.IsPaused);
                jobs[job] = known with { Recipients = known.Recipients + stream.Recipients, Bytes = known.Bytes + stream.Bytes };
            }
        }
    }

    /// <summary>
    /// Queues where mail of a job waits, at most <paramref name="most"/>, in no order. The lock is held in slices. Where millions wait for their own times,
    /// some queues may be left out.
    /// </summary>
    public IReadOnlyList<QueueKey> QueuesOfJob(string job, int most)
    {
        HashSet<int> streams;
        lock (Gate)
        {
            streams = [.. _streams.OfJob(job).Select(static stream => stream.Number)];
        }

        var found = new List<QueueKey>();
        int left = MostLookedAt;
        MailQueue[] all = streams.Count > 0 ? All() : [];
        for (int start = 0; start < all.Length && found.Count < most; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                int budget = Math.Min(left, RecipientsAtOnce);
                left -= budget;
                foreach (MailQueue queue in all.AsSpan(start, Math.Min(LookedAtAtOnce, all.Length - start)))
                {
                    if (found.Count < most && _table.Find(queue.Key) == queue && queue.HasAnyOf(streams, ref budget))
                    {
                        found.Add(queue.Key);
                    }
                }

                left += budget;
            }
        }

        return found;
    }

    /// <summary>The job and tenant of a message that is in a queue.</summary>
    public StreamKey StreamOf(Mail.StoredMessage message)
    {
        lock (Gate)
        {
            return _streams[message.Stream].Key;
        }
    }

    /// <summary>Whether the job of a message that is in a queue is paused.</summary>
    public bool IsPaused(Mail.StoredMessage message)
    {
        lock (Gate)
        {
            return _streams[message.Stream].IsPaused;
        }
    }

    private bool SetJobPaused(string job, bool paused, Instant now)
    {
        lock (Gate)
        {
            if (!_streams.SetPaused(job, paused))
            {
                return false;
            }

            _changes.AddJob(job, paused ? QueueChangeKind.JobPaused : QueueChangeKind.JobResumed, Advance(now));
        }

        // Its lines in every queue, in slices between which mail goes on.
        MailQueue[] all = All();
        for (int start = 0; start < all.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                foreach (MailQueue queue in all.AsSpan(start, Math.Min(LookedAtAtOnce, all.Length - start)))
                {
                    if (_table.Find(queue.Key) == queue)
                    {
                        queue.JobsChanged();
                        Settle(queue, Advance(now));
                    }
                }
            }
        }

        return true;
    }
}
