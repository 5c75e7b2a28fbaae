// What the API and the console ask beside the verbs: typed looks, long operations, one recipient's mail, a dialog as it is said.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

public sealed partial class Operator
{
    /// <summary>Recipients of one search.</summary>
    internal const int MostFound = 1000;

    /// <summary>Pages of queues, sums, attention, history.</summary>
    internal OperatorLooks Looks { get; } = new(server);

    /// <summary>Long work under way, and what ended lately.</summary>
    internal Operations Operations { get; } = new(server, log);

    /// <summary>The files of the configuration, for everybody who edits them: one edit at a time.</summary>
    internal ConfigurationFiles ConfigFiles { get; } = new(() => server.Settings.Value.ConfigFile, server.Clock.Time, log);

    /// <summary>Ends what outlives its askers; before anything stops that it works with.</summary>
    public ValueTask StopOperationsAsync() => Operations.DisposeAsync();

    /// <summary>Begins to delete what the filter means; null, with a reason, when that is refused.</summary>
    /// <param name="filter">Names a queue or a job, as the command must.</param>
    internal Operation? BeginDelete(RecipientFilter filter, RemovalTerms terms, Caller caller, out string refusal) => Begin(
        "delete", "delete mail" + Place(filter), About(filter), caller, filter,
        (cancellation, count) => _recipients.DeleteAsync(filter, terms, cancellation, count), out refusal);

    /// <summary>Begins to move what the filter means to another virtual MTA or pool; null, with a reason, when that is refused.</summary>
    /// <param name="filter">Names a queue or a job, as the command must.</param>
    internal Operation? BeginReroute(RecipientFilter filter, string virtualMta, Caller caller, out string refusal)
    {
        refusal = server.Settings.Value.MembersOf(virtualMta).Count == 0 ? $"there is no virtual MTA or pool \"{virtualMta}\"" : "";
        return refusal.Length > 0 ? null : Begin(
            "reroute", $"reroute mail to {virtualMta}{Place(filter)}", About(filter), caller, filter,
            (cancellation, count) => _recipients.RerouteAsync(filter, virtualMta, cancellation, count), out refusal);
    }

    private static string Place(RecipientFilter filter) => (filter.Job is { } job ? $" of job {job}" : "") + (filter.Queue is { } queue ? $" of {queue}" : "");

    private static string About(RecipientFilter filter) =>
        (filter.Recipient is { } recipient ? $" to {recipient}" : "")
        + (filter.Sender is { } sender ? $" from {sender}" : "")
        + (filter.OlderThan is { } age ? $" older than {age.TotalSeconds:0} s" : "");

    private Operation? Begin(
        string kind, string what, string about, Caller caller, RecipientFilter filter,
        Func<CancellationToken, Action<int>, Task<OperatorReport>> work, out string refusal)
    {
        refusal = filter is { Queue: null, Job: null } ? "name a queue or a job: \"queue\":\"*/*\" is all mail" : _recipients.Unknown(filter);
        if (refusal.Length > 0)
        {
            return null;
        }

        Note(caller, what + about);
        Operation? begun = Operations.Begin(kind, what, about, caller.Name, MostMatching(filter), async (operation, cancellation) =>
        {
            OperatorReport report = await work(cancellation, operation.Count);
            log.OperatorChanged(what + about, report.Message);
            Looks.Renew();
            return (report.Outcome == ReportOutcome.Done, report.Message);
        });
        refusal = begun is null ? $"{Operations.MostRunning} operations run already: wait until one of them has ended, or stop one" : "";
        return begun;
    }

    /// <summary>
    /// The mail that waits for an address, at most so many. First where the address's domain has its queues; only if nothing is there, everywhere.
    /// </summary>
    internal Task<(IReadOnlyList<FoundRecipient> Found, bool IsComplete)> FindAsync(string address, int most, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () =>
            {
                string domain = address[(address.LastIndexOf('@') + 1)..];
                if (QueuePattern.TryParse(domain, out QueuePattern near)
                    && Search(new RecipientFilter { Recipient = address, Queue = near }, most, cancellation) is { Found.Count: > 0 } found)
                {
                    return found;
                }

                return Search(new RecipientFilter { Recipient = address }, most, cancellation);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What the configuration in force says about a queue; null when no such virtual MTA sends.</summary>
    internal ExplainedSection? SettingsOf(QueueKey key) =>
        server.Settings.Value.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? virtualMta)
            ? server.Settings.Value.Origins.Queue(key.Destination, virtualMta.Name)
            : null;

    /// <summary>The same about a virtual MTA.</summary>
    internal ExplainedSection SettingsOf(string virtualMta) => server.Settings.Value.Origins.VirtualMta(virtualMta);

    /// <summary>Replies that no rule knew, the most frequent kinds first.</summary>
    internal IReadOnlyList<UnclassifiedReply> UnclassifiedReplies(int most) => server.Unclassified(most);

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
