// Who gets a connection, and when a connection must give way.
//
// A queue that wants one stands in the server's line; when its virtual MTA or one of its pools has no room, in the line of that. Whoever gets one goes to
// the end and may come again, so slots are dealt in turn.
//
// Slots are also taken back, or a queue that is never empty would hold its share for ever. While somebody waits for a slot and none is free, a connection
// must close when 1. it has nothing to do now, or 2. it has had its share (100 orders, or ten seconds with at least one) and its queue has more
// connections than the waiting one would then have, or 3. the waiting queue is more important (queue-priority) and it has sent something, or sends a
// message that may be broken off. One slot at a time moves: a ticket that was told to close serves one waiter. When all have equally many,
// nothing moves. The price is one reconnect for a hundred messages, and only under contention.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Orders that a connection may serve although others wait for its slot: keeps the cost of reconnecting near one per cent.</summary>
    internal const int ShareOfOrders = 100;

    /// <summary>A rate's wait that is shorter than this is not "nothing to do": reconnecting would cost more.</summary>
    private static readonly TimeSpan _shortWait = TimeSpan.FromSeconds(1);

    /// <summary>The same for slow peers, where a hundred orders would take an hour.</summary>
    private static readonly TimeSpan _shareOfTime = TimeSpan.FromSeconds(10);

    private readonly SharedLimit _server = new();
    private readonly PoolLimits _pools = new();
    private readonly List<MailQueue> _woken = [];

    /// <summary>Shared limits for whose rate somebody waits, by the time at which it gives something again.</summary>
    private readonly DueHeap<SharedLimit> _roomTimers = new();

    /// <summary>The next connection that may be opened now, or null. Its slot is taken (queue, virtual MTA, server) until the ticket is closed.</summary>
    public DeliveryTicket? TryGrant(Instant now)
    {
        while (true)
        {
            lock (Gate)
            {
                now = Advance(now);
                bool done = RunTimers(now);
                DeliveryTicket? ticket = TryGrantInTurn(now);
                if (ticket is not null || done)
                {
                    return ticket;
                }
            }
        }
    }

    /// <summary>Connections by host.</summary>
    internal HostLimits Hosts { get; } = new();

    /// <summary>A connection to a host has ended, or goes to another: queues that wait for the host may try.</summary>
    internal void LeaveHost(HostUse use, Instant now)
    {
        Hosts.Leave(use, now, _woken);
        WakeFromHosts(now);
    }

    private void WakeFromHosts(Instant now)
    {
        foreach (MailQueue queue in _woken)
        {
            queue.HostWait = default;
            if (_table.Find(queue.Key) == queue)
            {
                Settle(queue, now);
            }
        }

        _woken.Clear();
    }

    /// <summary>Whether a connection that has nothing to do for <paramref name="wait"/> should give its slot to somebody.</summary>
    internal bool MustGiveWayIdle(MailQueue holder, SharedLimit[] levels, TimeSpan wait)
    {
        if (wait < _shortWait)
        {
            return false;
        }

        foreach (SharedLimit level in levels)
        {
            if (level.WaitingFor(holder, _now) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a connection with more to do must close, because somebody waits who has less, or who is more important.</summary>
    internal bool MustGiveWay(MailQueue holder, SharedLimit[] levels, int orders, Instant granted, Instant now)
    {
        if (orders == 0)
        {
            return false;
        }

        bool hadItsShare = orders >= ShareOfOrders || now - granted >= _shareOfTime;
        if (holder.Settings.AllowPriorityInterruption && IsWantedByMoreImportant(holder, levels, now))
        {
            return true;
        }

        foreach (SharedLimit level in levels)
        {
            if (hadItsShare && level.WaitingFor(holder, now) is { } waiting && HasMoreThan(level, waiting, holder))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a slot of the holder is what a more important queue waits for.</summary>
    internal static bool IsWantedByMoreImportant(MailQueue holder, SharedLimit[] levels, Instant now)
    {
        foreach (SharedLimit level in levels)
        {
            if (level.WaitingFor(holder, now) is not null && level.Line.MostImportant > holder.Settings.QueuePriority)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a limit was lowered below the connections there are.</summary>
    internal bool IsOverLimit(MailQueue queue, QueueSource? source, SharedLimit[] levels, Instant now)
    {
        foreach (SharedLimit level in levels)
        {
            if (level.IsOver)
            {
                return true;
            }
        }

        return queue.Connections - queue.Closing > queue.MostConnections || source?.IsOver(now) == true;
    }

    /// <summary>Counts a ticket as closing, or no longer, at every limit it holds a slot of.</summary>
    internal static void CountClosing(MailQueue queue, SharedLimit[] levels, int change)
    {
        queue.Closing += change;
        foreach (SharedLimit level in levels)
        {
            level.Closing += change;
        }
    }

    /// <summary>A ticket is closed: its slots are free.</summary>
    internal void GiveBackSlots(MailQueue queue, SharedLimit[] levels, QueueGroup? sourceGroup, Instant now)
    {
        queue.Connections--;
        foreach (SharedLimit level in levels)
        {
            level.GiveBack();
        }

        CallWaiting(levels);
        Settle(queue, now);
        CallWaitingForSource(sourceGroup, now);
        if (_server.HasRoom(now) && _server.Line.Count > 0)
        {
            Work.Set();
        }
    }

    /// <summary>
    /// Keeps this true: while a limit has room and queues waiting for it, at least one of them stands further on, in the server's line at the end.
    /// One is enough, because each one served calls the next.
    /// </summary>
    internal void CallWaiting(SharedLimit[] levels)
    {
        for (int i = 0; i < levels.Length - 1; i++)
        {
            CallWaiting(levels[i]);
        }
    }

    private void CallWaiting(SharedLimit level)
    {
        while (level.Line.First is { } next)
        {
            if (!level.HasRoom(_now))
            {
                ArmRoomTimer(level);
                return;
            }

            next.Ring!.Remove(next);
            LineUp(next);
            if (_server.Line.Holds(next))
            {
                return;
            }
        }
    }

    private static bool HasMoreThan(SharedLimit level, MailQueue waiting, MailQueue holder)
    {
        if (waiting.Connections == 0 || holder.Connections > waiting.Connections + 1)
        {
            return true;
        }

        level.Line.Rotate(); // The next in line may have less than this one.
        return false;
    }

    private DeliveryTicket? TryGrantInTurn(Instant now)
    {
        while (_server.HasRoom(now) && _server.Line.First is { } queue)
        {
            queue.Ring!.Remove(queue);
            VirtualMtaLane lane = queue.Lane;
            if (!QueueLimits.Ask(Current(queue, now), now).IsNone)
            {
                Settle(queue, now);
                CallWaiting(queue.Levels);
                CallWaitingForSource(queue.Group, now);
                continue;
            }

            if (SharedLimit.FirstShort(queue.Levels, now) is { } level)
            {
                // To the end: one that has just given its slot away stands here too, and must not go before those who have waited since.
                level.Line.AddLast(queue);
                ArmRoomTimer(level);
                AskForSlot(level, lane, queue);
                continue;
            }

            _server.Line.Served(queue);
            DeliveryTicket ticket = Grant(queue, now);
            Settle(queue, now);
            CallWaiting(queue.Levels);
            CallWaitingForSource(queue.Group, now); // This one may have been the only mail of its queue.
            return ticket;
        }

        return null;
    }

    private DeliveryTicket Grant(MailQueue queue, Instant now)
    {
        queue.Connections++;
        foreach (SharedLimit level in queue.Levels)
        {
            level.Take(now);
        }

        queue.CountConnect(now);
        bool probe = queue.Retry.IsActive;
        queue.Retry.IsProbing = probe;
        SourceHost source = queue.TakeSource(now, out QueueSource? state);
        return new DeliveryTicket(this, queue, source, state, probe, now);
    }

    /// <summary>Puts a queue into the line where it waits next, unless it stands there.</summary>
    private void LineUp(MailQueue queue)
    {
        SharedLimit? level = SharedLimit.FirstShort(queue.Levels, _now);
        if (_server.Line.HoldsRightly(queue) || level?.Line.HoldsRightly(queue) == true)
        {
            return;
        }

        queue.Ring?.Remove(queue);
        SharedLimit limit = level ?? _server;
        limit.Line.AddLast(queue);
        if (level is not null)
        {
            ArmRoomTimer(level);
        }

        if (level is null && _server.HasRoom(_now))
        {
            Work.Set();
        }
        else if (!limit.HasRoom(_now))
        {
            AskForSlot(limit, level is null ? null : queue.Lane, queue);
        }
    }

    private void StepOut(MailQueue queue)
    {
        queue.Ring!.Remove(queue);
        CallWaiting(queue.Levels); // Its place among the candidates passes to the next of the same limits,
        CallWaitingForSource(queue.Group, _now); // and of the same source addresses.
    }

    /// <summary>Somebody waits for a rate that several queues share: look again when it gives something.</summary>
    private void ArmRoomTimer(SharedLimit level)
    {
        Instant due = level.NextRoom(_now);
        if (due < level.Due)
        {
            _roomTimers.Set(level, due);
            Announce(due);
        }
    }

    private void RunRoomTimers(Instant now)
    {
        while (_roomTimers.TakeDue(now) is { } level)
        {
            CallWaiting(level);
        }
    }

    /// <summary>Wakes as many idle connections as there are recipients that nobody is coming for.</summary>
    private static void WakeForMail(MailQueue queue)
    {
        while (queue.HasIdle && queue.Ready > queue.Fresh)
        {
            queue.Idle.First!.Value.WakeForMail();
        }
    }

    /// <summary>A group's connections stand among those of all other queues of its virtual MTA.</summary>
    private static void AskIdleOfGroup(SharedLimit limit, VirtualMtaLane lane)
    {
        for (LinkedListNode<DeliveryTicket>? idle = lane.Idle.First; idle is not null; idle = idle.Next)
        {
            if (Array.IndexOf(idle.Value.Levels, limit) >= 0)
            {
                idle.Value.WakeToClose();
                return;
            }
        }
    }

    /// <summary>A queue waits in vain: an idle connection closes for it, or one whose less important message may be broken off.</summary>
    private void AskForSlot(SharedLimit limit, VirtualMtaLane? lane, MailQueue waiting)
    {
        AskIdleToGiveWay(limit, lane);
        if (limit.Transfers == 0 || !limit.IsShortOfSlots || limit.Line.Count <= limit.Closing)
        {
            return;
        }

        DeliveryTicket? least = null;
        foreach (VirtualMtaLane each in _table.Lanes)
        {
            // One at a time, so that a later virtual MTA has to offer something still less important.
            int below = Math.Min(waiting.Settings.QueuePriority, least?.Priority ?? int.MaxValue);
            least = each.Transfers.LeastBelow(below, limit) ?? least;
        }

        least?.Interrupt();
    }

    /// <summary>
    /// A queue waits in vain for a slot of its virtual MTA, of a pool, or of the server when <paramref name="lane"/> is null: the longest idle connection
    /// closes.
    /// </summary>
    private void AskIdleToGiveWay(SharedLimit limit, VirtualMtaLane? lane)
    {
        if (limit.Line.Count <= limit.Closing || limit.Idle == 0)
        {
            return;
        }

        if (lane is not null && ReferenceEquals(limit, lane.Own))
        {
            lane.Idle.First?.Value.WakeToClose();
            return;
        }

        if (lane is not null && Array.IndexOf(lane.Levels, limit) < 0)
        {
            AskIdleOfGroup(limit, lane);
            return;
        }

        foreach (VirtualMtaLane each in _table.Lanes)
        {
            if (each.Idle.First is { } idle && Array.IndexOf(idle.Value.Levels, limit) >= 0)
            {
                idle.Value.WakeToClose();
                return;
            }
        }
    }
}
