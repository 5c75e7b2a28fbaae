// "why RECIPIENT|QUEUE|JOB": finds what is meant and asks the scheduler. With an @ it is a recipient; else a job that is known, else a queue.

using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Answers why mail waits. Thread safe.</summary>
/// <param name="most">Queues, or recipients, that are explained at most.</param>
internal sealed class WhyVerb(ServerView server, int most = WhyVerb.MostExplained)
{
    /// <summary>More than an operator reads; a mailing's job may stand in a hundred thousand queues.</summary>
    internal const int MostExplained = 50;

    public Task<OperatorReport> RunAsync(string subject, CancellationToken cancellation) => Task.Factory.StartNew<OperatorReport>(
        () => Explain(subject, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private OperatorReport Explain(string subject, CancellationToken cancellation)
    {
        if (subject.Contains('@', StringComparison.Ordinal))
        {
            return OfRecipient(subject, cancellation);
        }

        JobReport? job = server.Scheduler.Jobs().FirstOrDefault(known => known.Job == subject);
        if (job is not null)
        {
            return OfJob(job);
        }

        return QueuePattern.TryParse(subject, out QueuePattern pattern)
            ? OfQueues(subject, pattern)
            : new MessageReport(
                ReportOutcome.Usage, $"\"{subject}\" is no recipient, no job that has mail, and no queue: write ADDRESS, a job, DOMAIN or DOMAIN/VMTA");
    }

    /// <summary>Where the address's domain has its queue first; only if nothing is there, everywhere: its mail may have joined another queue.</summary>
    private WhyReport OfRecipient(string address, CancellationToken cancellation)
    {
        string domain = address[(address.LastIndexOf('@') + 1)..];
        QueuePattern? near = QueuePattern.TryParse(domain, out QueuePattern pattern) ? pattern : null;
        List<FoundRecipient> found = Find(new RecipientFilter { Recipient = address, Queue = near }, cancellation, out bool wasCut);
        if (found.Count == 0)
        {
            found = Find(new RecipientFilter { Recipient = address }, cancellation, out wasCut);
        }

        string note = found.Count > 0 ? ""
            : wasCut ? $"Not found among the first {RecipientVerbs.MaxRead} messages that wait; ask about its queue."
            : $"No mail waits for {address}; one that a connection has right now is not seen, and what is done stands in the accounting files.";
        return Report(address, found, found.Select(each => each.Waiting.Queue).Distinct(), note);
    }

    private WhyReport OfQueues(string subject, QueuePattern pattern)
    {
        QueueKey[] rollups = new RollupMail(server).QueuesOf(pattern);
        string note = rollups.Length == 0 ? ""
            : $"An mx-rollup-list gathers this mail: it is in {string.Join(", ", rollups.Take(most))}, with that of other domains.";
        return Report(subject, [], Queues(pattern).Concat(rollups).Take(most), note);
    }

    private WhyReport OfJob(JobReport job)
    {
        IEnumerable<QueueKey> keys = server.Scheduler.QueuesOfJob(job.Job, most)
            .OrderBy(static key => key.Destination.Text, StringComparer.Ordinal)
            .ThenBy(static key => key.VirtualMta, StringComparer.Ordinal);
        string note = job.IsPaused ? $"The job {job.Job} is paused: {job.Recipients} recipient(s) wait; \"resume job {job.Job}\" ends that." : "";
        return Report(job.Job, [], keys, note, job.Job);
    }

    private List<FoundRecipient> Find(RecipientFilter filter, CancellationToken cancellation, out bool wasCut)
    {
        var search = new RecipientSearch(server, filter, withEnvelopes: true, RecipientVerbs.MaxRead, cancellation);
        List<FoundRecipient> found = [.. search.Queues().SelectMany(search.In).Take(most)];
        wasCut = search.WasCut;
        return found;
    }

    /// <summary>Those with most recipients first.</summary>
    private IEnumerable<QueueKey> Queues(QueuePattern pattern) =>
        server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, pattern))
            .OrderByDescending(queue => queue.Recipients).Take(most).Select(queue => queue.Key);

    private WhyReport Report(string subject, IReadOnlyList<FoundRecipient> recipients, IEnumerable<QueueKey> keys, string note, string? job = null)
    {
        List<QueueExplanation> queues =
        [
            .. keys.Select(key => server.Scheduler.Why(key, server.Clock.Now)).OfType<QueueExplanation>()
                .Select(queue => job is null ? queue : queue with { OfJob = server.Scheduler.CountOfJob(queue.Key, job) }),
        ];
        return new WhyReport(subject, recipients, queues, note, server.Clock.Now);
    }
}
