// Sums by what mail has in common: its destination, its virtual MTA and source addresses, its job; with what became of it since the start. Stateless.

using System.Net;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>What waits for a destination or a virtual MTA, and what became of the rest.</summary>
/// <param name="Waits">All zero when nothing does.</param>
/// <param name="Fates">Since the start; all zero when nothing has left.</param>
internal sealed record MailSum(QueueSum Waits, ActivityReport<string> Fates)
{
    public string Name => Waits.Name;
}

/// <summary>A source address of a virtual MTA.</summary>
/// <param name="Host">Address and name; the address is null where the system chooses it.</param>
/// <param name="Disabled">The queues, or groups, that do not use it now.</param>
/// <param name="Busy">Queues of the virtual MTA that have mail.</param>
/// <param name="Connections">Open now from it, for what was asked about.</param>
internal sealed record SourceLook(
    string VirtualMta, SourceHost Host, ActivityReport<SourceKey> Fates, IReadOnlyList<(QueueKey Key, DisabledSource Source)> Disabled, int Busy,
    int Connections)
{
    /// <summary>No queue that has mail may use it. A group counts as one: where there is one, its queues are all that there are.</summary>
    public bool IsDisabledEverywhere => Disabled.Count > 0 && Disabled.Count >= Busy;
}

/// <summary>A job: what waits, and what became of the rest.</summary>
/// <param name="Activity">Null for one that nothing is known of but its pause.</param>
internal sealed record JobLook(JobReport Waits, JobActivity? Activity);

/// <summary>Looks at mail by what it has in common. Thread safe.</summary>
internal sealed class MailLook(ServerView server, QueueBoard board, QueueLook queues)
{
    /// <summary>Queues of one destination or virtual MTA that are told of one by one.</summary>
    public const int MostQueues = 50;

    /// <summary>Destinations of one job.</summary>
    private const int MostOfJob = 200;

    private ActivityBook Activity => server.Traffic.Activity;

    /// <summary>Destinations with a queue, and those that had mail lately, in the order of a list.</summary>
    public Task<(SumBook Book, QueueSum[] Sums)> DestinationsAsync(SumQuery query, CancellationToken cancellation) =>
        ListAsync(Destinations, query, cancellation);

    /// <summary>One of them with its largest queues; null when nothing is known of it.</summary>
    /// <param name="name">As queues are named.</param>
    public async Task<(MailSum Sum, IReadOnlyList<QueueLine> Queues)?> DestinationAsync(string name, CancellationToken cancellation)
    {
        (MailSum? sum, QueueGlance[] found) = await board.LookAsync(
            snapshot => (Destinations(snapshot).Find(name), snapshot.OfDestination(name)), cancellation);
        return sum is null ? null : (sum, Lines(found));
    }

    /// <summary>Those of the configuration, and those that only some mail names, in the order of a list.</summary>
    public Task<(SumBook Book, QueueSum[] Sums)> VirtualMtasAsync(SumQuery query, CancellationToken cancellation) =>
        ListAsync(VirtualMtas, query, cancellation);

    /// <summary>One of them with its largest queues; null when there is none.</summary>
    public async Task<(MailSum Sum, IReadOnlyList<QueueLine> Queues)?> VirtualMtaAsync(string name, CancellationToken cancellation)
    {
        (MailSum? sum, QueueGlance[] found) = await board.LookAsync(
            snapshot => (VirtualMtas(snapshot).Find(name), snapshot.LargestOfVirtualMta(name)), cancellation);
        return sum is null ? null : (sum, Lines(found));
    }

    /// <summary>Source addresses by virtual MTA, in the order of the configuration.</summary>
    /// <param name="isMeant">Which virtual MTAs.</param>
    /// <param name="destination">Connections to it are counted; with null all.</param>
    public async Task<IReadOnlyList<SourceLook>> SourcesAsync(Func<string, bool> isMeant, CancellationToken cancellation, string? destination = null)
    {
        (SumBook sums, ILookup<(string VirtualMta, IPAddress? Address), (QueueKey Key, DisabledSource Source)> disabled) = await board.LookAsync(
            snapshot => (VirtualMtas(snapshot), snapshot.Kept(
                "disabled sources",
                _ => server.Scheduler.DisabledSources(static _ => true).ToLookup(static each => (each.Key.VirtualMta, each.Source.Address)))),
            cancellation);
        Instant now = server.Clock.Now;
        IReadOnlyDictionary<SourceName, int> open = ConnectionsBySource(each => destination is null || each.Destination == destination);
        return
        [
            .. from name in Configured().Where(isMeant)
               from host in server.Settings.Value.VirtualMtas[name].SourceHosts
               select new SourceLook(
                   name, host, FatesOf(name, host), [.. disabled[(name, host.Address)].Where(each => each.Source.Until > now)],
                   sums.Find(name)?.Waits.Busy ?? 0, open.GetValueOrDefault(NameOf(name, host))),
        ];
    }

    /// <summary>How far the warm-up of cold virtual MTAs has come today.</summary>
    public Task<WarmUpBook> WarmUpAsync(CancellationToken cancellation) =>
        board.LookAsync(snapshot => snapshot.Kept("warm-up", _ => new WarmUpBook(server.ColdMail())), cancellation);

    /// <summary>Connections that are open now, by source address.</summary>
    public IReadOnlyDictionary<SourceName, int> ConnectionsBySource(Func<OpenConnection, bool> isMeant) =>
        server.Traffic.OpenConnections.CountBySource(isMeant);

    /// <summary>As connections name a source address.</summary>
    public static SourceName NameOf(string virtualMta, SourceHost host) => SourceName.Of(virtualMta, host.Address, host.HostName);

    /// <summary>Jobs that have mail, are paused, or had mail lately.</summary>
    public Task<List<JobLook>> JobsAsync(CancellationToken cancellation) =>
        board.LookAsync(snapshot => snapshot.Kept("jobs", _ => Jobs()), cancellation);

    /// <summary>Where a job's mail waits, most first; a search through queues, on a thread of its own.</summary>
    public Task<IReadOnlyList<(string Destination, long Waiting)>> WhereAsync(string job) => Task.Factory.StartNew<IReadOnlyList<(string, long)>>(
        () =>
        [
            .. server.Scheduler.QueuesOfJob(job, MostOfJob)
                .GroupBy(static key => key.Destination.Text)
                .Select(group => (group.Key, group.Sum(key => (long)server.Scheduler.CountOfJob(key, job))))
                .Where(static each => each.Item2 > 0)
                .OrderByDescending(static each => each.Item2),
        ],
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What a destination says, the most frequent first.</summary>
    public IReadOnlyList<ReplyGroup> Replies(string destination) => Activity.Replies.Of(destination);

    /// <summary>What became of mail that left from a source address, over all queues of the virtual MTA.</summary>
    public ActivityReport<SourceKey> FatesOf(string virtualMta, SourceHost host) =>
        host.Address is { } address ? Activity.Source(new SourceKey(virtualMta, address)) ?? default : default;

    /// <summary>Minutes or tens of minutes of a queue; null when none are kept.</summary>
    public MailStepList? HistoryOf(QueueKey key, HistoryRange range) => Activity.History.OfQueue(new QueueName(key.Destination.Text, key.VirtualMta), range);

    /// <summary>The same of a destination.</summary>
    public MailStepList? HistoryOf(string destination, HistoryRange range) => Activity.History.OfDestination(destination, range);

    private IEnumerable<string> Configured() =>
        server.Settings.Value.VirtualMtas.Keys.Where(static name => name != EnvelopeRecipient.ReportVirtualMta);

    private SumBook Destinations(QueueSnapshot snapshot) => snapshot.Kept(
        "destinations", whole => new SumBook(whole.Destinations(), Activity.Destinations(), []));

    private SumBook VirtualMtas(QueueSnapshot snapshot) => snapshot.Kept(
        "virtual MTAs", whole => new SumBook(whole.VirtualMtas(), Activity.VirtualMtas(), Configured()));

    private async Task<(SumBook Book, QueueSum[] Sums)> ListAsync(Func<QueueSnapshot, SumBook> find, SumQuery query, CancellationToken cancellation)
    {
        if (query.Text.Length == 0)
        {
            return await board.LookAsync(
                snapshot =>
                {
                    SumBook book = find(snapshot);
                    return (book, book.Order(query.Sort, query.Descending));
                },
                cancellation);
        }

        SumBook searched = await board.LookAsync(find, cancellation);
        return (searched, await board.SearchAsync(_ => searched.Search(query, cancellation), cancellation));
    }

    private List<QueueLine> Lines(QueueGlance[] found) => [.. found.Take(MostQueues).Select(queue => queues.Line(queue.Key)).OfType<QueueLine>()];

    private List<JobLook> Jobs()
    {
        var waiting = server.Scheduler.Jobs().ToDictionary(static job => job.Job, StringComparer.Ordinal);
        List<JobLook> jobs =
        [
            .. Activity.Jobs(server.Clock.Now).Select(job => new JobLook(waiting.GetValueOrDefault(job.Job) ?? new JobReport(job.Job, 0, 0, false), job)),
        ];
        HashSet<string> known = [.. jobs.Select(static job => job.Waits.Job)];
        jobs.AddRange(waiting.Values.Where(job => !known.Contains(job.Job)).Select(static job => new JobLook(job, null)));
        return jobs;
    }
}
