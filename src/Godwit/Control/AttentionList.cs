// What needs attention now, ordered by harm. Worked out anew for each asker from what the server knows; costs some hundred short looks at most.
// Owned by OperatorLooks. It remembers the last reload that was refused, which the Operator tells, and since when destinations back up while somebody looks:
// a queue knows its last few errors only, and of a busy one they are seconds old.

using System.Globalization;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds what a person should look at. Thread safe.</summary>
internal sealed class AttentionList(ServerView server, QueueBoard board)
{
    /// <summary>Nobody reads more; the worst come first.</summary>
    private const int MostItems = 50;

    /// <summary>Fewer recipients that wait are no trouble of a destination but of single addresses.</summary>
    private const int FewRecipients = 50;

    /// <summary>Recipients of a destination whose trouble is an alarm, if they are also a tenth of all that waits.</summary>
    private const int ManyRecipients = 1000;

    /// <summary>A backlog that takes longer at its present rate is one that grows.</summary>
    private static readonly TimeSpan _longBacklog = TimeSpan.FromHours(1);

    /// <summary>Days before a certificate's end that it should have been renewed: what renews itself does so at a third of ninety days.</summary>
    private static readonly TimeSpan _certificateSoon = TimeSpan.FromDays(14);

    private static readonly TimeSpan _certificateNow = TimeSpan.FromDays(3);

    /// <summary>The server's clock against the machine's: Date headers and retry times are off by as much.</summary>
    private static readonly TimeSpan _clockOff = TimeSpan.FromSeconds(5);

    /// <summary>Replies of one unknown kind within <see cref="_newReplies"/>.</summary>
    private const int ManyReplies = 10;

    private static readonly TimeSpan _newReplies = TimeSpan.FromHours(1);

    /// <summary>Somebody who looks again after more than this may see another trouble than the one before.</summary>
    private static readonly TimeSpan _sameTrouble = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private Dictionary<string, Instant> _backingUp = [];
    private Instant _looked;
    private volatile ReloadReport? _refused;

    /// <summary>A reload has ended: one that was refused stays here until one succeeds.</summary>
    public void Reloaded(ReloadReport report) => _refused = report.Reloaded ? null : report;

    /// <summary>The worst first.</summary>
    public async Task<IReadOnlyList<AttentionItem>> ReadAsync(CancellationToken cancellation)
    {
        (IReadOnlyList<QueueGlance> largest, Dictionary<string, QueueSum> virtualMtas, int paused, long pausedRecipients) = await board.LookAsync(
            static snapshot => (snapshot.Largest, snapshot.VirtualMtas(), snapshot.Paused, snapshot.PausedRecipients), cancellation);
        var items = new List<AttentionItem>();
        AddServer(items);
        AddVirtualMtas(virtualMtas.Values, items);
        AddDestinations(largest, items);
        AddReplies(items);
        AddClients(items);
        if (paused > 0)
        {
            items.Add(new AttentionItem(
                AttentionSeverity.Notice, AttentionKind.PausedQueues, $"{Grouped(paused)} paused queue(s) hold mail",
                $"{Grouped(pausedRecipients)} recipient(s) wait until somebody resumes them.", Instant.Never, AttentionPage.Queue, "", pausedRecipients));
        }

        Remember(items);
        return [.. items.OrderBy(item => item.Severity).ThenBy(item => item.Kind).ThenByDescending(item => item.Weight).Take(MostItems)];
    }

    /// <summary>Gives destinations that still back up the time at which that was first seen.</summary>
    private void Remember(List<AttentionItem> items)
    {
        Instant now = server.Clock.Now;
        var seen = new Dictionary<string, Instant>(StringComparer.Ordinal);
        lock (_gate)
        {
            bool goesOn = now - _looked <= _sameTrouble;
            for (int i = 0; i < items.Count; i++)
            {
                if (items[i] is { Kind: AttentionKind.DestinationBackingUp } item)
                {
                    Instant since = item.Since == Instant.Never ? now : item.Since;
                    since = goesOn && _backingUp.TryGetValue(item.Name, out Instant before) && before < since ? before : since;
                    items[i] = item with { Since = since };
                    seen[item.Name] = since;
                }
            }

            (_backingUp, _looked) = (seen, now);
        }
    }

    private static string Grouped(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private void AddServer(List<AttentionItem> items)
    {
        Instant now = server.Clock.Now;
        if (server.ShuttingDown() || server.NotReady() is not null)
        {
            string why = server.ShuttingDown() ? "The server is stopping." : $"Clients are told to come back: {server.NotReady()}.";
            items.Add(new AttentionItem(
                AttentionSeverity.Alarm, AttentionKind.NotAccepting, "New mail is not accepted", why, Instant.Never, AttentionPage.Logs));
        }

        AddDisk(items);
        foreach (Alarm alarm in server.Alarms())
        {
            items.Add(new AttentionItem(AttentionSeverity.Warning, AttentionKind.ExportTrouble, alarm.Name, alarm.Text, alarm.Since, AttentionPage.Logs));
        }

        foreach (ExportTrouble trouble in server.ExportTroubles())
        {
            items.Add(new AttentionItem(AttentionSeverity.Warning, AttentionKind.ExportTrouble, trouble.Name, trouble.Text, trouble.Since, AttentionPage.Logs));
        }

        foreach ((string name, Instant end) in server.Certificates())
        {
            if (end - now < _certificateSoon)
            {
                string title = end <= now ? $"The certificate in {name} has ended" : $"The certificate in {name} ends soon";
                items.Add(new AttentionItem(
                    end - now < _certificateNow ? AttentionSeverity.Alarm : AttentionSeverity.Warning, AttentionKind.CertificateEnds, title,
                    $"Clients that check it refuse to send after {end}. Renew it; the file is read again within seconds, without a reload.",
                    Instant.Never, AttentionPage.Config));
            }
        }

        if (_refused is { } refused)
        {
            // Its words may quote the configuration, and this list is for everybody who may look.
            ConfigProblem? first = refused.Problems.FirstOrDefault(static problem => problem.Severity == ConfigSeverity.Error);
            string where = first is null ? "" : first.Line > 0 ? $" because of line {first.Line} of {first.File}" : $" because of {first.File}";
            items.Add(new AttentionItem(
                AttentionSeverity.Warning, AttentionKind.ConfigProblem, "The configuration file has errors and is not in force",
                $"The last reload was refused{where}, and a restart would be too; \"test config\" says what is wrong.", Instant.Never, AttentionPage.Config));
        }

        AddClock(items);
    }

    /// <summary>A wrong clock stands in every Date header, signature and record; and retry times come too early or too late.</summary>
    private void AddClock(List<AttentionItem> items)
    {
        TimeSpan ahead = server.Clock.Now - Instant.FromDateTime(server.Clock.Time.GetUtcNow());
        if (ahead > _clockOff)
        {
            items.Add(new AttentionItem(
                AttentionSeverity.Warning, AttentionKind.ClockOff, "The machine's clock has been set back",
                $"The server's own clock is {ahead.TotalSeconds:0} s ahead of it, in headers, accounting and retry times, until a restart.",
                Instant.Never, AttentionPage.Overview));
        }

        if (!server.IsClockKept())
        {
            items.Add(new AttentionItem(
                AttentionSeverity.Notice, AttentionKind.ClockOff, "Nothing keeps the machine's clock right",
                "The kernel says that no program sets it by a time server, so that it drifts, and with it headers, signatures and retry times. Run chrony or "
                + "systemd-timesyncd on the machine.",
                Instant.Never, AttentionPage.Overview));
        }
    }

    private void AddDisk(List<AttentionItem> items)
    {
        DiskSpace disk = server.Disk();
        long reserve = server.Settings.Value.Spool.MinFreeSpace;
        if (disk.Total > 0 && (disk.Free < reserve * 2 || disk.Free < disk.Total / 20))
        {
            bool isFull = disk.Free <= reserve;
            items.Add(new AttentionItem(
                isFull ? AttentionSeverity.Alarm : AttentionSeverity.Warning, AttentionKind.SpoolNearlyFull, "The spool's disk is nearly full",
                $"{Grouped(disk.Free >> 20)} MB of {Grouped(disk.Total >> 20)} MB are free; below {Grouped(reserve >> 20)} MB (min-free-space) "
                + "new mail is refused.",
                Instant.Never, AttentionPage.Overview));
        }
    }

    private static void AddVirtualMtas(IReadOnlyCollection<QueueSum> virtualMtas, List<AttentionItem> items)
    {
        foreach (QueueSum each in virtualMtas)
        {
            if (each.WithoutSource == 0)
            {
                continue;
            }

            bool isAll = each.WithoutSource == each.Busy;
            items.Add(new AttentionItem(
                isAll ? AttentionSeverity.Alarm : AttentionSeverity.Warning, AttentionKind.VirtualMtaWithoutSource,
                isAll ? $"{each.Name} may use none of its source addresses" : $"{each.Name} may use no source address for some destinations",
                $"In {Grouped(each.WithoutSource)} of {Grouped(each.Busy)} queue(s) with mail every source address is disabled: \"show disabled sources\" says "
                + "why, \"enable source\" ends it.",
                Instant.Never, AttentionPage.VirtualMta, each.Name, each.Recipients));
        }
    }

    /// <summary>Those of the largest queues whose mail does not go, or not fast enough; paused ones are told of elsewhere.</summary>
    private void AddDestinations(IReadOnlyList<QueueGlance> largest, List<AttentionItem> items)
    {
        long all = server.QueueTotals().Recipients;
        IEnumerable<IGrouping<string, QueueExplanation>> troubled = largest
            .Where(queue => queue.Recipients >= FewRecipients && !queue.IsPaused && !queue.AreSourcesDisabled)
            .Select(queue => server.Scheduler.Why(queue.Key, server.Clock.Now))
            .OfType<QueueExplanation>()
            .Where(queue => queue.Waiting - HeldIn(queue.Key) >= FewRecipients && (queue.IsStopped || queue.Backlog > _longBacklog || IsPutOff(queue)))
            .GroupBy(static queue => queue.Key.Destination.Text);
        foreach (IGrouping<string, QueueExplanation> destination in troubled)
        {
            long waiting = destination.Sum(static queue => queue.Waiting);
            QueueEvent[] errors = [.. destination.SelectMany(static queue => queue.Events).OrderBy(static error => error.Time)];
            string why = errors.Length > 0 ? $"the newest error: {PeerWords.For(whole: false, errors[^1].Text)}"
                : destination.First().Reasons is [{ } first, ..] ? first.Text
                : "they leave too slowly";
            items.Add(new AttentionItem(
                waiting >= ManyRecipients && waiting >= all / 10 ? AttentionSeverity.Alarm : AttentionSeverity.Warning, AttentionKind.DestinationBackingUp,
                $"{destination.Key} is backing up", $"{Grouped(waiting)} recipients wait; {why}", errors.Length > 0 ? errors[0].Time : Instant.Never,
                AttentionPage.Destination, destination.Key, waiting));
        }
    }

    /// <summary>Every recipient waits for another try, and none has left lately: the hosts put all of them off.</summary>
    private bool IsPutOff(QueueExplanation queue) => queue is { PerSecond: <= 0, UnderWay: 0 } && queue.NextAttempt > server.Clock.Now;

    /// <summary>Mail of paused jobs, and of such that a reply holds: somebody has said that it is to wait.</summary>
    private long HeldIn(QueueKey key) => server.Scheduler.Queue(key)?.Held ?? 0;

    /// <summary>
    /// One item for all: where anybody may connect there are always some who guess. But one of them may be an application with an old password.
    /// </summary>
    private void AddClients(List<AttentionItem> items)
    {
        const int Named = 3;
        IReadOnlyList<ShutOutClient> clients = server.ShutOutClients();
        if (clients.Count > 0)
        {
            string names = string.Join(", ", clients.Take(Named).Select(static client => $"{client.Name} until {client.Until}"));
            string more = clients.Count > Named ? $" and {Grouped(clients.Count - Named)} more" : "";
            items.Add(new AttentionItem(
                AttentionSeverity.Notice, AttentionKind.ClientShutOut, $"{Grouped(clients.Count)} client(s) are shut out after failed authentications",
                $"{names}{more}: nothing is taken from them (smtp-max-auth-failure-rate). \"enable client\" lets one in at once.",
                clients.Min(static client => client.Since), AttentionPage.Config, "", clients.Count));
        }
    }

    /// <summary>Kinds that are new, and many.</summary>
    private void AddReplies(List<AttentionItem> items)
    {
        Instant since = server.Clock.Now - _newReplies;
        UnclassifiedReply[] rising =
        [
            .. server.Unclassified(UnclassifiedReplies.MostKinds).Where(kind => kind.First >= since && kind.Count >= ManyReplies),
        ];
        if (rising.Length > 0)
        {
            long replies = rising.Sum(static kind => kind.Count);
            items.Add(new AttentionItem(
                AttentionSeverity.Notice, AttentionKind.UnclassifiedReplies, $"{rising.Length} new kind(s) of reply that no rule knows",
                $"{Grouped(replies)} replies within the last hour, such as: {rising[0].Mask}", rising.Min(static kind => kind.First),
                AttentionPage.Unclassified, "", replies));
        }
    }
}
