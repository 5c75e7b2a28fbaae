// What replies have said about certain mail. Where queues share a provider's limits it is said once, to their group: what one of them uses up holds the
// others, and whoever waits is told when it may go.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Groups whose curbs open, close or end by themselves, by the time at which the first does.</summary>
    private readonly DueHeap<GroupTerms> _curbTimers = new();

    /// <summary>
    /// A reply is about the job or the sender of a message: such mail waits or goes slowly in this queue, and in each that shares the provider's
    /// limits with it.
    /// </summary>
    internal void Curb(MailQueue queue, QueueReaction reaction, StreamKey stream, Instant now)
    {
        (int connections, Rate rate) = reaction.LimitsStream ? reaction.Ceilings(OpenFor(queue), queue.SharedPace.MaxMsgRate) : (0, Rate.Unlimited);
        bool holds = reaction.HoldFor > TimeSpan.Zero;
        var terms = new StreamTerms(
            reaction.MeansTenant ? null : stream.Job ?? "", reaction.MeansTenant ? stream.Tenant : null,
            holds ? now + reaction.HoldFor : default, holds && reaction.RecoverGradually)
        {
            Connections = connections,
            Rate = rate,
            CeilingUntil = reaction.LimitsStream ? now + reaction.CeilingFor : default,
        };
        if (queue.Group is { } group)
        {
            group.Terms.Curbs.Add(terms, now);
            CallThoseWhoMayGo(group.Terms, now);
        }
        else
        {
            queue.Curb(terms, now);
        }
    }

    /// <summary>After anything about the curbs of a group: queues that have waited look again, in slices, and the next look has its time.</summary>
    internal void CallThoseWhoMayGo(GroupTerms? terms, Instant now)
    {
        if (terms is null)
        {
            return;
        }

        foreach (MailQueue queue in terms.Curbs.TakeCalled() ?? [])
        {
            if (!queue.IsOutdated && _table.Find(queue.Key) == queue)
            {
                queue.IsOutdated = true;
                _outdated.Push(queue);
                Work.Set();
            }
        }

        if (terms.Curbs.NextLook < terms.Due)
        {
            _curbTimers.Set(terms, terms.Curbs.NextLook);
            Announce(terms.Due);
        }
    }

    private void RunCurbTimers(Instant now)
    {
        while (_curbTimers.TakeDue(now) is { } terms)
        {
            terms.Curbs.Look(now);
            CallThoseWhoMayGo(terms, now);
        }
    }

    /// <summary>
    /// Mail moves to another queue, and what was said about some of it goes along: what was said to all queues of a provider to those through the other
    /// virtual MTA, which share that provider's limits as soon as DNS has named them again.
    /// </summary>
    private void PassCurbs(MailQueue from, MailQueue to, Instant now)
    {
        to.TakeOverCurbs(from.OwnTerms(now), now);
        if (from.Group is not { Terms.Curbs: { Count: > 0 } curbs } group || from.Lane == to.Lane)
        {
            return;
        }

        QueueGroup there = _groups.FindOrAdd(group.Key with { VirtualMta = to.Key.VirtualMta }, group.MainDomain, to.Lane, _settings.Value, _version, now);
        there.Terms.Curbs.AddBeside(curbs.Remember(now), now);
        CallThoseWhoMayGo(there.Terms, now);
        if (there.Remember(now).IsNewsAfter(there.Noted))
        {
            there.Noted = there.Remember(now);
            _changes.Add(new QueueChange(there.Key, QueueChangeKind.Extended, "mail was moved", now, there.Noted));
        }
    }

    /// <summary>Connections that count for a reply that halves them.</summary>
    private static int OpenFor(MailQueue queue) => queue.Group?.Limit.InUse ?? queue.Connections;
}
