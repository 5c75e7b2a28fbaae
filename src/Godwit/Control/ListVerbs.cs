// Verbs that list queues and what they add up to. Looking only: each takes short looks at all queues and asks at length about those it shows.

using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>The lists. Thread safe.</summary>
internal sealed class ListVerbs(ServerView server)
{
    /// <summary>Queues of one domain that are asked for their errors: it has one for each virtual MTA, and some servers have thousands of these.</summary>
    private const int MaxQueuesAsked = 100;

    /// <summary>Queues, most recipients first or by name, those that the options leave.</summary>
    public QueueListReport Queues(OperatorCommand command)
    {
        bool top = command.Verb == VerbId.ShowTopQueues;
        CommandOptions options = command.Options;
        ListSort sort = options.Sort ?? (top ? ListSort.Recipients : ListSort.Name);
        string title = top ? $"Top {command.MaxItems} queues by number of recipients" : "Queues";
        if (options is { Connected: null, Paused: null, Mode: null } && sort != ListSort.Size)
        {
            QueueSelection found = server.Queues(QueueNames.Matcher(server.Scheduler, command.Queues), command.MaxItems, sort == ListSort.Name);
            return Report(title, found.Queues, found.Matching, command);
        }

        QueueGlance[] matching =
        [
            .. server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, command.Queues)).Where(queue =>
                (options.Connected is not { } connected || connected == queue.Connections > 0)
                && (options.Paused is not { } paused || paused == queue.IsPaused)
                && (options.Mode is not { } mode || mode == queue.Mode)),
        ];
        IEnumerable<QueueReport?> shown = Sorted(matching, sort, queue => queue.Key.ToString(), queue => queue.Recipients, queue => queue.Bytes)
            .Take(command.MaxItems)
            .Select(queue => server.Scheduler.Queue(queue.Key));
        return Report(title, [.. shown.OfType<QueueReport>()], matching.Length, command);
    }

    /// <summary>The usual case: no choice but the name.</summary>
    public QueueListReport Queues(string title, QueuePattern pattern, int maxItems, bool errors, bool byName)
    {
        QueueSelection found = server.Queues(QueueNames.Matcher(server.Scheduler, pattern), maxItems, byName);
        return Report(title, found.Queues, found.Matching, errors);
    }

    public OperatorReport Domains(OperatorCommand command)
    {
        bool top = command.Verb == VerbId.ShowTopDomains;
        var pattern = QueuePattern.OfDomains(command.Operand.Length > 0 ? command.Operand : "*", command.Options.VirtualMta);
        IReadOnlyList<QueueGlance> queues = server.Scheduler.Glances(pattern.Matches);
        QueueSum[] domains =
        [
            .. QueueSum.By(key => key.Destination.Text, queues, [])
                .Where(domain => command.Options.Connected is not { } connected || connected == domain.Connections > 0),
        ];
        QueueSum[] shown = [.. Sorted(domains, command.Options.Sort ?? (top ? ListSort.Recipients : ListSort.Name)).Take(command.MaxItems)];
        HashSet<string> names = [.. shown.Select(domain => domain.Name)];
        ILookup<string, QueueKey> keys = queues
            .Where(queue => names.Contains(queue.Key.Destination.Text))
            .ToLookup(queue => queue.Key.Destination.Text, queue => queue.Key);
        return new DomainListReport(
            [.. shown.Select(domain => (domain, PeerWords.For(command.MaySeeAddresses, Errors(keys[domain.Name]))))], domains.Length, command.Errors);
    }

    /// <summary>The oldest first.</summary>
    private IReadOnlyList<QueueEvent> Errors(IEnumerable<QueueKey> queues) =>
        [.. queues.Take(MaxQueuesAsked).SelectMany(key => server.Scheduler.Queue(key)?.Events ?? []).OrderBy(recorded => recorded.Time)];

    /// <summary>Those of the configuration, and those that only some mail names: old mail, or our own reports.</summary>
    public OperatorReport VirtualMtas(OperatorCommand command)
    {
        IReadOnlyList<QueueGlance> queues = server.Scheduler.Glances(static _ => true);
        IReadOnlyCollection<QueueSum> all = QueueSum.By(
            key => key.VirtualMta, queues, server.Settings.Value.VirtualMtas.Keys.Where(name => name != EnvelopeRecipient.ReportVirtualMta));
        long recipients = all.Sum(virtualMta => virtualMta.Recipients);
        return new VirtualMtaListReport([.. Sorted(all, command.Options.Sort ?? ListSort.Name).Take(command.MaxItems)], all.Count, recipients);
    }

    public OperatorReport Jobs(OperatorCommand command)
    {
        IReadOnlyList<JobReport> jobs = server.Scheduler.Jobs();
        ListSort sort = command.Options.Sort ?? ListSort.Recipients;
        return new JobListReport([.. Sorted(jobs, sort, job => job.Job, job => job.Recipients, job => job.Bytes).Take(command.MaxItems)], jobs.Count);
    }

    /// <summary>One job; none when it has no mail and is not paused.</summary>
    public OperatorReport Job(string id)
    {
        JobReport[] jobs = [.. server.Scheduler.Jobs().Where(job => job.Job == id)];
        return new JobListReport(jobs, jobs.Length);
    }

    public OperatorReport DisabledSources(OperatorCommand command)
    {
        IReadOnlyList<(QueueKey Key, DisabledSource Source)> disabled = server.Scheduler.DisabledSources(QueueNames.Matcher(server.Scheduler, command.Queues));
        IEnumerable<(QueueKey Key, DisabledSource Source)> shown = disabled
            .OrderBy(each => each.Source.Address?.ToString(), StringComparer.Ordinal)
            .ThenBy(each => each.Key.ToString(), StringComparer.Ordinal);
        return new DisabledSourceReport(
            [.. shown.Take(command.MaxItems).Select(each => (each.Key, PeerWords.For(command.MaySeeAddresses, each.Source)))], disabled.Count);
    }

    private QueueListReport Report(string title, IReadOnlyList<QueueReport> queues, long matching, OperatorCommand command) =>
        Report(
        title, [.. queues.Select(queue => PeerWords.For(command.MaySeeAddresses, queue))], matching, command.Errors, command.Options.ModeEvents,
        command.RecipientEvents, command.MaySeeAddresses);

    private QueueListReport Report(
        string title, IReadOnlyList<QueueReport> queues, long matching, bool errors, bool modes = false, bool recipients = false, bool whole = true) => new(
        title,
        [
            .. queues.Select(queue => new ListedQueue(queue, PeerWords.For(whole, server.Scheduler.MemoryOf(queue.Key)))
            {
                Recent = recipients ? server.RecentEvents(queue.Key) : [],
            }),
        ],
        matching,
        server.QueueTotals(),
        errors,
        server.Clock.Now)
    {
        Pauses = server.Scheduler.StandingPauses(),
        WithModes = modes,
    };

    private static IEnumerable<QueueSum> Sorted(IEnumerable<QueueSum> sums, ListSort sort) =>
        Sorted(sums, sort, sum => sum.Name, sum => sum.Recipients, sum => sum.Bytes);

    /// <summary>Ties by name, so that a list stands still.</summary>
    private static IEnumerable<T> Sorted<T>(
        IEnumerable<T> items, ListSort sort, Func<T, string> name, Func<T, long> recipients, Func<T, long> size) => sort switch
    {
        ListSort.Name => items.OrderBy(name, StringComparer.Ordinal),
        ListSort.Size => items.OrderByDescending(size).ThenBy(name, StringComparer.Ordinal),
        _ => items.OrderByDescending(recipients).ThenBy(name, StringComparer.Ordinal),
    };
}
