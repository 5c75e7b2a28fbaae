// Queues that belong together because one provider receives their mail, and queues whose mail belongs into another queue: rollups and reroutes.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Recipients that change their queue while the lock is held once.</summary>
    private const int MovedAtOnce = 2000;

    private readonly QueueGroups _groups = new();
    private readonly HashSet<QueueGroup> _changedGroups = [];
    private int _poolTurn;

    /// <summary>
    /// DNS has said who receives this queue's mail: it shares that provider's limits from now on. The connection that asked ends, because it was granted
    /// without them; no failure. False when the queue is in that group already.
    /// </summary>
    internal bool JoinGroup(MailQueue queue, DomainName name, DomainName mainDomain, Instant now)
    {
        var key = new QueueKey(name, queue.Key.VirtualMta);
        if (queue.Group?.Key == key)
        {
            return false;
        }

        LeaveGroup(queue);
        QueueGroup group = _groups.FindOrAdd(key, mainDomain, queue.Lane, _settings.Value, _version, now);
        group.Members.Add(queue);
        queue.Join(group);
        KeepOwnInMind(queue, "it shares a provider's limits", now);
        PauseWithGroup(queue);
        LineUpAnew(queue, now);
        return true;
    }

    /// <summary>DNS has said that this queue's mail belongs to a rollup: all of it, and what comes, moves there.</summary>
    internal void JoinRollup(MailQueue queue, DomainName rollup, Instant now)
    {
        LeaveGroup(queue);
        queue.MoveTo(rollup, now);
        Settle(queue, now);
    }

    /// <summary>DNS, or the configuration, says that the queue belongs to no provider's group any more. False when it is in none.</summary>
    internal bool LeaveGroup(MailQueue queue, Instant now)
    {
        if (queue.Group is null)
        {
            return false;
        }

        LeaveGroup(queue);
        LineUpAnew(queue, now);
        return true;
    }

    private void LeaveGroup(MailQueue queue)
    {
        if (queue.Group is { } group)
        {
            group.Members.Remove(queue);
            queue.Join(null);
            queue.WaitsForSource = false;
            if (queue.Ring is { } ring)
            {
                ring.Remove(queue);
                CallWaiting(group.Levels); // Its place among the candidates passes to those who stay.
                CallWaitingForSource(group, _now);
            }
        }
    }

    /// <summary>
    /// A group's source addresses are full because of another of its queues: what frees one happens there, so this one must be told.
    /// </summary>
    private static void WaitForSource(MailQueue queue)
    {
        if (queue.Group is { } group && !queue.WaitsForSource)
        {
            queue.WaitsForSource = true;
            group.WaitingForSource.Enqueue(queue);
        }
    }

    /// <summary>A source address of a group may have room: the next that waits for it lines up, or waits on at the end.</summary>
    internal void CallWaitingForSource(QueueGroup? group, Instant now)
    {
        // One that is called and steps out of its line calls in turn: the loop that called it goes on anyway, however many there are.
        if (group is null || group.IsCalling)
        {
            return;
        }

        group.IsCalling = true;
        try
        {
            CallNextForSource(group, now);
        }
        finally
        {
            group.IsCalling = false;
        }
    }

    private void CallNextForSource(QueueGroup group, Instant now)
    {
        while (group.WaitingForSource.TryDequeue(out MailQueue? next))
        {
            if (next.Group != group || _table.Find(next.Key) != next)
            {
                continue;
            }

            next.WaitsForSource = false;
            Settle(next, now);
            if (next.Ring is not null || next.WaitsForSource)
            {
                return;
            }
        }
    }

    /// <summary>The mode or the source addresses of a group have changed: every member looks again, in slices.</summary>
    private void GroupChanged(MailQueue queue, Instant now)
    {
        if (queue.Group is not { } group)
        {
            return;
        }

        group.Configure(_settings.Value, _version, now);
        _changedGroups.Add(group); // Its members are gone through once, however many words about its source addresses one reply leads to.
        Work.Set();
    }

    private void MarkChangedGroups()
    {
        foreach (QueueGroup group in _changedGroups)
        {
            foreach (MailQueue member in group.Members)
            {
                if (!member.IsOutdated)
                {
                    member.IsOutdated = true;
                    _outdated.Push(member);
                }
            }
        }

        _changedGroups.Clear();
    }

    private void LineUpAnew(MailQueue queue, Instant now)
    {
        if (queue.Ring is { } ring)
        {
            ring.Remove(queue);
            CallWaiting(queue.Lane.Levels);
        }

        Settle(queue, now);
    }

    /// <summary>Moves a slice of a queue's mail to where it belongs. True when more is to be moved.</summary>
    private bool MoveOn(MailQueue queue, Instant now)
    {
        if (!queue.MayMove || TargetOf(queue, now) is not { } target)
        {
            return false;
        }

        MailQueue? last = null;
        var told = new HashSet<MailQueue>(); // Members of a pool take turns message by message.
        for (QueuedRecipient? chain = queue.GiveAway(MovedAtOnce); chain is not null;)
        {
            QueuedRecipient recipient = chain;
            chain = chain.Next;
            recipient.Next = null;
            MailQueue to = Current(_table.FindOrAdd(target.For(recipient), _settings.Value, _version, now), now);
            if (!ReferenceEquals(to, last) && told.Add(last = to))
            {
                PassCurbs(queue, to, now);
                KeepInMind(to, "mail was moved", now);
            }

            to.Enter(recipient, now);
            _table.Moved(to);
            Settle(to, now, moves: false); // Where its mail is to go on once more, it does so in its own turn: a chain of reroutes is no recursion.
        }

        return queue.Ready + queue.Held + queue.Deferred > 0;
    }

    /// <summary>Where a queue's mail belongs; null when it is there.</summary>
    private MoveTarget? TargetOf(MailQueue queue, Instant now)
    {
        DomainName destination = queue.Rollup ?? queue.Key.Destination;
        IReadOnlyList<string> virtualMtas = [queue.Key.VirtualMta];
        string word = queue.RerouteWord;
        if (word.Length > 0 && _settings.Value.MembersOf(word) is { Count: > 0 } members)
        {
            bool isThere = members.Contains(queue.Key.VirtualMta, StringComparer.OrdinalIgnoreCase);
            List<string> straight = isThere ? [] : [.. members.Where(member => !LeadsBackTo(queue.Key, member))];
            if (straight.Count == 0 && !isThere)
            {
                string text = $"mail is not rerouted to {word}: that would lead back here";
                if (queue.LastError != text)
                {
                    queue.Record(text, now); // Once: it is found out anew with every event of the queue.
                }
            }
            else if (!isThere)
            {
                virtualMtas = straight;
            }
        }

        return destination == queue.Key.Destination && virtualMtas is [var only] && only == queue.Key.VirtualMta
            ? null
            : new MoveTarget(destination, virtualMtas, () => _poolTurn++);
    }

    /// <summary>Whether any mail of a queue that goes to another virtual MTA would be sent back by the reroutes in force there.</summary>
    private bool LeadsBackTo(QueueKey from, string virtualMta)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<string>([virtualMta]);
        while (open.TryPop(out string? at))
        {
            if (string.Equals(at, from.VirtualMta, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            if (seen.Add(at))
            {
                var key = new QueueKey(from.Destination, at);
                string word = _table.Find(key)?.RerouteWord ?? _settings.Value.DeliveryFor(key.Destination, key.VirtualMta).RerouteToVirtualMta;
                foreach (string next in word.Length == 0 ? [] : _settings.Value.MembersOf(word))
                {
                    open.Push(next);
                }
            }
        }

        return false;
    }

    /// <summary>A destination, and the virtual MTAs that take turns message by message.</summary>
    private sealed class MoveTarget(DomainName destination, IReadOnlyList<string> virtualMtas, Func<int> turn)
    {
        private StoredMessage? _last;
        private string _current = virtualMtas[0];

        public QueueKey For(QueuedRecipient recipient)
        {
            if (virtualMtas.Count > 1 && !ReferenceEquals(recipient.Message, _last))
            {
                (_last, _current) = (recipient.Message, virtualMtas[(int)((uint)turn() % (uint)virtualMtas.Count)]);
            }

            return new QueueKey(destination, _current);
        }
    }
}
