// Verbs about single recipients: list, delete, reroute, set priority. Searching runs on a thread of its own; fates go through the one door out.

using System.Threading.Channels;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>Does what an operator says about recipients. Thread safe.</summary>
/// <param name="maxRead">See <see cref="MaxRead"/>.</param>
internal sealed class RecipientVerbs(ServerView server, ILogger log, int maxRead = RecipientVerbs.MaxRead)
{
    /// <summary>Envelopes read for one list: seconds of a disk's time. Beyond it the list ends and says so.</summary>
    internal const int MaxRead = 200_000;

    /// <summary>Recipients changed at once: each group is one pass over its queue under the scheduler's lock, and a few MB.</summary>
    private const int MaxAtOnce = 50_000;

    /// <summary>How long a recipient waits whose deletion or move could not be recorded.</summary>
    private static readonly TimeSpan _afterFault = TimeSpan.FromMinutes(1);

    public Task<OperatorReport> ListAsync(RecipientFilter filter, int most, CancellationToken cancellation) => OnOwnThreadAsync<OperatorReport>(() =>
    {
        var search = new RecipientSearch(server, filter, withEnvelopes: true, maxRead, cancellation);
        var found = new List<FoundRecipient>();
        foreach (QueueKey key in search.Queues())
        {
            foreach (FoundRecipient recipient in search.In(key))
            {
                if (found.Count == most)
                {
                    return new RecipientListReport(found, isComplete: false, server.Clock.Now);
                }

                found.Add(recipient);
            }

            if (search.WasCut)
            {
                return new RecipientListReport(found, isComplete: false, server.Clock.Now, maxRead);
            }
        }

        return new RecipientListReport(found, isComplete: true, server.Clock.Now);
    });

    /// <param name="progress">Told how many more are durably gone; null when nobody wants to know.</param>
    public async Task<OperatorReport> DeleteAsync(
        RecipientFilter filter, RemovalTerms terms, CancellationToken cancellation, Action<int>? progress = null)
    {
        if (Unknown(filter) is { Length: > 0 } unknown)
        {
            return new MessageReport(ReportOutcome.Refused, unknown);
        }

        long deleted = 0;
        long kept = 0;
        await foreach ((QueueKey key, HashSet<QueuedRecipient> group) in GroupsAsync(filter, cancellation))
        {
            IReadOnlyList<ExpiredRecipient> taken = server.Scheduler.Withdraw(key, group, server.Clock.Now);
            int done = await CarryOutAsync(key, taken, "deleted", together => server.Delete(key, together, terms), progress, cancellation);
            deleted += done;
            kept += taken.Count - done;
            cancellation.ThrowIfCancellationRequested();
        }

        string message = $"Deleted {deleted} recipient(s).";
        return kept == 0 ? new CountReport(message, "deleted", deleted)
            : new MessageReport(ReportOutcome.Refused, $"{message} {kept} could not be deleted and wait again; the log says why.");
    }

    /// <summary>Moves recipients that wait into the queues of another virtual MTA; the members of a pool take turns message by message.</summary>
    /// <param name="progress">Told how many more are durably there; null when nobody wants to know.</param>
    public async Task<OperatorReport> RerouteAsync(
        RecipientFilter filter, string virtualMta, CancellationToken cancellation, Action<int>? progress = null)
    {
        IReadOnlyList<string> members = server.Settings.Value.MembersOf(virtualMta);
        string problem = members.Count == 0 ? $"there is no virtual MTA or pool {virtualMta}; \"show vmtas\" lists those that there are" : Unknown(filter);
        if (problem.Length > 0)
        {
            return new MessageReport(ReportOutcome.Refused, problem);
        }

        long moved = 0;
        long kept = 0;
        long there = 0;
        int turn = 0;
        await foreach ((QueueKey key, HashSet<QueuedRecipient> group) in GroupsAsync(filter, cancellation))
        {
            if (members.Contains(key.VirtualMta, StringComparer.OrdinalIgnoreCase))
            {
                there += group.Count; // In a pool, mail would only change places.
                continue;
            }

            IReadOnlyList<ExpiredRecipient> taken = server.Scheduler.Withdraw(key, group, server.Clock.Now);
            int done = await CarryOutAsync(
                key, taken, "rerouted", together => server.Reroute(key, together, members[turn++ % members.Count]), progress, cancellation);
            moved += done;
            kept += taken.Count - done;
            cancellation.ThrowIfCancellationRequested();
        }

        string message = $"Rerouted {moved} recipient(s) to {virtualMta}.";
        string why = moved == 0 ? RerouteRemarks.Unmoved(server, filter, virtualMta, members, there) : "";
        return kept == 0 ? new CountReport(message, "rerouted", moved, why)
            : new MessageReport(ReportOutcome.Refused, $"{message} {kept} could not be moved and wait where they were; the log says why.");
    }

    public async Task<OperatorReport> SetPriorityAsync(RecipientFilter filter, byte priority, CancellationToken cancellation)
    {
        if (Unknown(filter) is { Length: > 0 } unknown)
        {
            return new MessageReport(ReportOutcome.Refused, unknown);
        }

        long changed = 0;
        await foreach ((QueueKey key, HashSet<QueuedRecipient> group) in GroupsAsync(filter, cancellation))
        {
            changed += server.Scheduler.SetPriority(key, group, priority, server.Clock.Now);
        }

        return new CountReport($"Priority of {changed} recipient(s) set to {priority}.", "changed", changed);
    }

    /// <summary>A queue that is not here is a slip, and nothing was done; empty when there is one, or its mail is in a rollup's.</summary>
    internal string Unknown(RecipientFilter filter) =>
        filter.Queue is { IsAll: false } pattern && server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, pattern)).Count == 0
        && new RollupMail(server).QueuesOf(pattern).Length == 0
            ? $"no queue matches {pattern}; \"show queues\" lists those that there are"
            : "";

    /// <summary>A search may keep its thread for many seconds: the pool's threads are the mail's.</summary>
    private static Task<T> OnOwnThreadAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What matches, in groups of one queue.</summary>
    private async IAsyncEnumerable<(QueueKey Key, HashSet<QueuedRecipient> Group)> GroupsAsync(
        RecipientFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var search = new RecipientSearch(server, filter, withEnvelopes: false, int.MaxValue, cancellation);
        foreach (QueueKey key in await OnOwnThreadAsync(() => search.Queues().ToArray()))
        {
            using IEnumerator<FoundRecipient> found = search.In(key).GetEnumerator();
            while (await OnOwnThreadAsync(() => Take(found)) is { Count: > 0 } group)
            {
                yield return (key, group);
            }
        }
    }

    private static HashSet<QueuedRecipient> Take(IEnumerator<FoundRecipient> found)
    {
        var group = new HashSet<QueuedRecipient>();
        while (group.Count < MaxAtOnce && found.MoveNext())
        {
            group.Add(found.Current.Waiting.Recipient);
        }

        return group;
    }

    /// <summary>
    /// Hands withdrawn recipients to the door out, those of one message together. Returns how many have durably gone where they should; the others wait again.
    /// </summary>
    private async Task<int> CarryOutAsync(
        QueueKey key, IReadOnlyList<ExpiredRecipient> taken, string what, Func<IReadOnlyList<QueuedRecipient>, ValueTask<Task?>> begin,
        Action<int>? progress, CancellationToken cancellation)
    {
        var underWay = new List<(List<QueuedRecipient> Recipients, Task? Durable)>();
        for (int start = 0; start < taken.Count;)
        {
            if (cancellation.IsCancellationRequested)
            {
                PutBack(key, taken, start);
                break;
            }

            var together = new List<QueuedRecipient>();
            StoredMessage message = taken[start].Recipient.Message;
            while (start < taken.Count && ReferenceEquals(taken[start].Recipient.Message, message))
            {
                together.Add(taken[start++].Recipient);
            }

            underWay.Add((together, await BeginAsync(begin, together)));
        }

        int carried = 0;
        foreach ((List<QueuedRecipient> recipients, Task? durable) in underWay)
        {
            if (durable is not null && await IsDurableAsync(durable))
            {
                carried += recipients.Count;
                progress?.Invoke(recipients.Count);
                continue;
            }

            log.OperatorRemovalFailed(recipients.Count, key.ToString(), what);
            recipients.ForEach(recipient =>
                server.Scheduler.Defer(
                    key, recipient, Instant.Max(recipient.NotBefore, server.Clock.Now + _afterFault), counted: false, server.Clock.Now));
        }

        return carried;
    }

    /// <summary>Nothing was begun for them: they wait as before.</summary>
    private void PutBack(QueueKey key, IReadOnlyList<ExpiredRecipient> taken, int start)
    {
        for (int i = start; i < taken.Count; i++)
        {
            server.Scheduler.Defer(key, taken[i].Recipient, taken[i].Recipient.NotBefore, counted: false, server.Clock.Now);
        }
    }

    private static async Task<Task?> BeginAsync(Func<IReadOnlyList<QueuedRecipient>, ValueTask<Task?>> begin, List<QueuedRecipient> recipients)
    {
        try
        {
            return await begin(recipients);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    private static async Task<bool> IsDurableAsync(Task durable)
    {
        try
        {
            await durable;
            return true;
        }
        catch (Exception error) when (error is ChannelClosedException or AccountingException)
        {
            return false;
        }
    }
}
