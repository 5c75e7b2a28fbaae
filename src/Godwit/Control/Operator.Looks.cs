// What the API and the console ask beside the verbs: typed looks, long operations, one recipient's mail, a dialog as it is said.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

public sealed partial class Operator
{
    /// <summary>Recipients of one search.</summary>
    internal const int MostFound = 1000;

    /// <summary>Searches at once: each reads a disk and has a thread. Others wait.</summary>
    private const int MostSearches = 2;

    private readonly SemaphoreSlim _searches = new(MostSearches, MostSearches);

    /// <summary>For what stands above and breaks where nobody else would say so.</summary>
    internal ILogger Log => log;

    /// <summary>Pages of queues, sums, attention, history.</summary>
    internal OperatorLooks Looks { get; } = new(server);

    /// <summary>Long work under way, and what ended lately.</summary>
    internal Operations Operations { get; } = new(server, log);

    /// <summary>The files of the configuration, for everybody who edits them: one edit at a time.</summary>
    internal ConfigurationFiles ConfigFiles { get; } = new(() => server.Settings.Value.ConfigFile, server.Clock.Time, log);

    /// <summary>Ends what outlives its askers; before anything stops that it works with.</summary>
    public ValueTask StopOperationsAsync() => Operations.DisposeAsync();

    /// <summary>Begins to delete what the filters mean, one after the other; null, with a reason, when that is refused.</summary>
    /// <param name="filters">At least one; each names a queue or a job, as the command must. They differ in their queues only.</param>
    internal Operation? BeginDelete(IReadOnlyList<RecipientFilter> filters, RemovalTerms terms, Caller caller, out string refusal) => Begin(
        "delete", "delete mail" + Place(filters), About(filters[0]), caller, filters,
        (filter, cancellation, count) => _recipients.DeleteAsync(filter, terms, cancellation, count), out refusal);

    /// <summary>Begins to move what the filters mean to another virtual MTA or pool; null, with a reason, when that is refused.</summary>
    /// <param name="filters">As for <see cref="BeginDelete"/>.</param>
    internal Operation? BeginReroute(IReadOnlyList<RecipientFilter> filters, string virtualMta, Caller caller, out string refusal)
    {
        refusal = server.Settings.Value.MembersOf(virtualMta).Count == 0 ? $"there is no virtual MTA or pool \"{virtualMta}\"" : "";
        return refusal.Length > 0 ? null : Begin(
            "reroute", $"reroute mail to {virtualMta}{Place(filters)}", About(filters[0]), caller, filters,
            (filter, cancellation, count) => _recipients.RerouteAsync(filter, virtualMta, cancellation, count), out refusal);
    }

    /// <summary>Puts a queue into backoff mode until a time: how an undo gives it back the end that it had.</summary>
    /// <param name="until"><see cref="Instant.Never"/> until somebody ends it.</param>
    internal OperatorReport Backoff(QueueKey key, Instant until, Caller caller)
    {
        string command = QueueVerbs.ModeCommand(QueueMode.Backoff, key.ToString());
        Note(caller, command);
        OperatorReport report = _queues.Backoff(key, until);
        log.OperatorChanged(command, report.Message);
        Looks.Renew();
        return report;
    }

    private static string Place(IReadOnlyList<RecipientFilter> filters) => (filters[0].Job is { } job ? $" of job {job}" : "")
        + (filters.Count > 1 ? $" of {filters.Count} queues, {filters[0].Queue} first" : filters[0].Queue is { } queue ? $" of {queue}" : "");

    private static string About(RecipientFilter filter) =>
        (filter.Recipient is { } recipient ? $" to {recipient}" : "")
        + (filter.Sender is { } sender ? $" from {sender}" : "")
        + (filter.OlderThan is { } age ? $" older than {age.TotalSeconds:0} s" : "");

    private Operation? Begin(
        string kind, string what, string about, Caller caller, IReadOnlyList<RecipientFilter> filters,
        Func<RecipientFilter, CancellationToken, Action<int>, Task<OperatorReport>> work, out string refusal)
    {
        // The cheap question first: the others look at every queue.
        refusal = Operations.IsFull ? $"{Operations.MostRunning} operations run already: wait until one of them has ended, or stop one"
            : filters.Any(static filter => filter is { Queue: null, Job: null }) ? "name a queue or a job: \"queue\":\"*/*\" is all mail"
            : filters.Count == 1 ? _recipients.Unknown(filters[0])
            : "";
        if (refusal.Length > 0)
        {
            return null;
        }

        Note(caller, what + about);
        Operation? begun = Operations.Begin(kind, what, about, caller.Name, filters.Sum(MostMatching), async (operation, cancellation) =>
        {
            OperatorReport report = await EachAsync(filters, operation, filter => work(filter, cancellation, operation.Count));
            log.OperatorChanged(what + about, report.Message);
            Looks.Renew();
            return (report.Outcome == ReportOutcome.Done, report.Message);
        });
        refusal = begun is null ? $"{Operations.MostRunning} operations run already: wait until one of them has ended, or stop one" : "";
        return begun;
    }

    /// <summary>
    /// One filter after the other. A queue that has gone since somebody chose it has no mail: that is no failure. What fails does not keep the rest back.
    /// </summary>
    private async Task<OperatorReport> EachAsync(
        IReadOnlyList<RecipientFilter> filters, Operation operation, Func<RecipientFilter, Task<OperatorReport>> work)
    {
        if (filters.Count == 1)
        {
            return await work(filters[0]);
        }

        OperatorReport? first = null;
        int failed = 0;
        foreach (RecipientFilter filter in filters)
        {
            if (_recipients.Unknown(filter).Length == 0 && await work(filter) is { Outcome: not ReportOutcome.Done } bad)
            {
                (first, failed) = (first ?? bad, failed + 1);
            }
        }

        string done = $"{(operation.Kind == "delete" ? "Deleted" : "Rerouted")} {operation.Done} recipient(s) of {filters.Count} queues.";
        return first is null ? new MessageReport(ReportOutcome.Done, done)
            : new MessageReport(ReportOutcome.Refused, $"{done} {failed} queue(s) not wholly, the first: {first.Message}");
    }

    /// <summary>
    /// The mail that waits for an address, at most so many. First where the address's domain has its queues; only if nothing is there, everywhere.
    /// </summary>
    internal async Task<(IReadOnlyList<FoundRecipient> Found, bool IsComplete)> FindAsync(string address, int most, CancellationToken cancellation)
    {
        await _searches.WaitAsync(cancellation);
        try
        {
            return await Task.Factory.StartNew(
                () => SearchNearFirst(address, most, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _searches.Release();
        }
    }

    /// <summary>What the configuration in force says about a queue; null when no such virtual MTA sends.</summary>
    internal ExplainedSection? SettingsOf(QueueKey key) =>
        server.Settings.Value.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? virtualMta)
            ? server.Settings.Value.Origins.Queue(key.Destination, virtualMta.Name)
            : null;

    /// <summary>The same about a virtual MTA.</summary>
    internal ExplainedSection SettingsOf(string virtualMta) => server.Settings.Value.Origins.VirtualMta(virtualMta);

    /// <summary>Replies that no rule knew, the most frequent kinds first.</summary>
    internal IReadOnlyList<UnclassifiedReply> UnclassifiedReplies(int most) => server.Unclassified(most);

    private (IReadOnlyList<FoundRecipient> Found, bool IsComplete) SearchNearFirst(string address, int most, CancellationToken cancellation)
    {
        string domain = address[(address.LastIndexOf('@') + 1)..];
        return QueuePattern.TryParse(domain, out QueuePattern near)
            && Search(new RecipientFilter { Recipient = address, Queue = near }, most, cancellation) is { Found.Count: > 0 } found
            ? found
            : Search(new RecipientFilter { Recipient = address }, most, cancellation);
    }

    private (IReadOnlyList<FoundRecipient> Found, bool IsComplete) Search(RecipientFilter filter, int most, CancellationToken cancellation)
    {
        var search = new RecipientSearch(server, filter, withEnvelopes: true, RecipientVerbs.MaxRead, cancellation);
        List<FoundRecipient> found = [.. search.Queues().SelectMany(search.In).Take(most + 1)];
        bool isComplete = found.Count <= most && !search.WasCut;
        return (found.Count <= most ? found : found[..most], isComplete);
    }

    /// <summary>Recipients that the filter may come to: what its queues or its job hold now.</summary>
    private long MostMatching(RecipientFilter filter)
    {
        long ofJob = filter.Job is { } job && !QueuePattern.IsPattern(job)
            ? server.Scheduler.Jobs().FirstOrDefault(each => each.Job == job)?.Recipients ?? 0
            : long.MaxValue;
        long ofQueues = filter.Queue is { } pattern && ofJob > 0
            ? server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, pattern)).Sum(static queue => queue.Recipients)
            : server.QueueTotals().Recipients;
        return Math.Min(ofJob, ofQueues);
    }
}
