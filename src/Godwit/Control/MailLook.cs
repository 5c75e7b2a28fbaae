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
internal sealed record SourceLook(
    string VirtualMta, SourceHost Host, ActivityReport<SourceKey> Fates, IReadOnlyList<(QueueKey Key, DisabledSource Source)> Disabled, int Busy)
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

    /// <summary>Destinations with a queue, and those that had mail lately.</summary>
    public async Task<IReadOnlyList<MailSum>> DestinationsAsync(CancellationToken cancellation)
    {
        IReadOnlyCollection<QueueSum> sums = await board.LookAsync(static snapshot => snapshot.Destinations(), cancellation);
        return Join(sums, Activity.Destinations(), []);
    }

    /// <summary>Null when nothing is known of it.</summary>
    public async Task<(MailSum Sum, QueuePage Queues)?> DestinationAsync(string name, CancellationToken cancellation)
    {
        QueuePage page = await queues.PageAsync(new QueueQuery { Destination = name, Descending = true }, null, 0, MostQueues, cancellation);
        QueueSum? sum = (await board.LookAsync(static snapshot => snapshot.Destinations(), cancellation))
            .FirstOrDefault(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        ActivityReport<string>? fates = Activity.Destination(name);
        return sum is null && fates is null ? null : (new MailSum(sum ?? new QueueSum(name), fates ?? default), page);
    }

    /// <summary>Those of the configuration, and those that only some mail names.</summary>
    public async Task<IReadOnlyList<MailSum>> VirtualMtasAsync(CancellationToken cancellation)
    {
        IReadOnlyCollection<QueueSum> sums = await board.LookAsync(static snapshot => snapshot.VirtualMtas(), cancellation);
        return Join(sums, Activity.VirtualMtas(), Configured());
    }

    public async Task<MailSum?> VirtualMtaAsync(string name, CancellationToken cancellation) =>
        (await VirtualMtasAsync(cancellation)).FirstOrDefault(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The largest queues of a virtual MTA.</summary>
    public Task<QueuePage> QueuesOfVirtualMtaAsync(string name, CancellationToken cancellation) =>
        queues.PageAsync(new QueueQuery { VirtualMta = name, Descending = true }, null, 0, MostQueues, cancellation);

    /// <summary>Source addresses by virtual MTA, in the order of the configuration.</summary>
    public async Task<IReadOnlyList<SourceLook>> SourcesAsync(CancellationToken cancellation)
    {
        IReadOnlyCollection<QueueSum> sums = await board.LookAsync(static snapshot => snapshot.VirtualMtas(), cancellation);
        var busy = sums.ToDictionary(static sum => sum.Name, static sum => sum.Busy, StringComparer.OrdinalIgnoreCase);
        var fates = Activity.Sources().ToDictionary(static each => each.Key);
        ILookup<(string VirtualMta, IPAddress? Address), (QueueKey Key, DisabledSource Source)> disabled = server.Scheduler
            .DisabledSources(static _ => true)
            .ToLookup(static each => (each.Key.VirtualMta, each.Source.Address));
        return
        [
            .. from name in Configured()
               from host in server.Settings.Value.VirtualMtas[name].SourceHosts
               select new SourceLook(name, host, FatesOf(name, host, fates), [.. disabled[(name, host.Address)]], busy.GetValueOrDefault(name)),
        ];
    }

    /// <summary>Jobs that have mail, are paused, or had mail lately.</summary>
    public IReadOnlyList<JobLook> Jobs()
    {
        var waiting = server.Scheduler.Jobs().ToDictionary(static job => job.Job, StringComparer.Ordinal);
        List<JobLook> jobs = [.. Activity.Jobs().Select(job => new JobLook(waiting.GetValueOrDefault(job.Job) ?? new JobReport(job.Job, 0, 0, false), job))];
        HashSet<string> known = [.. jobs.Select(static job => job.Waits.Job)];
        jobs.AddRange(waiting.Values.Where(job => !known.Contains(job.Job)).Select(static job => new JobLook(job, null)));
        return jobs;
    }

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

    private IEnumerable<string> Configured() =>
        server.Settings.Value.VirtualMtas.Keys.Where(static name => name != EnvelopeRecipient.ReportVirtualMta);

    private static ActivityReport<SourceKey> FatesOf(string name, SourceHost host, Dictionary<SourceKey, ActivityReport<SourceKey>> fates) =>
        host.Address is { } address ? fates.GetValueOrDefault(new SourceKey(name, address)) : default;

    private static List<MailSum> Join(
        IReadOnlyCollection<QueueSum> sums, IReadOnlyList<ActivityReport<string>> activity, IEnumerable<string> configured)
    {
        var fates = new Dictionary<string, ActivityReport<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (ActivityReport<string> each in activity)
        {
            fates[each.Key] = each;
        }

        List<MailSum> joined = [.. sums.Select(sum => new MailSum(sum, fates.GetValueOrDefault(sum.Name)))];
        var waiting = new HashSet<string>(sums.Select(static sum => sum.Name), StringComparer.OrdinalIgnoreCase);
        joined.AddRange(fates.Keys.Concat(configured).Where(waiting.Add).Select(name => new MailSum(new QueueSum(name), fates.GetValueOrDefault(name))));
        return joined;
    }
}
