// Who gets a connection, and when a connection must give way.
//
// A queue that wants one stands in the server's line; when its virtual MTA has no slot, in that virtual MTA's line. Whoever gets one goes to the end and may
// come again, so slots are dealt in turn.
//
// Slots are also taken back, or a queue that is never empty would hold its share for ever. While somebody waits for a slot and none is free, a connection
// must close when 1. it has nothing to do now, or 2. it has had its share (100 orders, or ten seconds with at least one) and its queue has more
// connections than the waiting one would then have. One slot at a time moves: a ticket that was told to close serves one waiter. When all have equally
// many, nothing moves. The price is one reconnect for a hundred messages, and only under contention.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Orders that a connection may serve although others wait for its slot: keeps the cost of reconnecting near one per cent.</summary>
    internal const int ShareOfOrders = 100;

    /// <summary>A rate's wait that is shorter than this is not "nothing to do": reconnecting would cost more.</summary>
    private static readonly TimeSpan _shortWait = TimeSpan.FromSeconds(1);

    /// <summary>The same for slow peers, where a hundred orders would take an hour.</summary>
    private static readonly TimeSpan _shareOfTime = TimeSpan.FromSeconds(10);

    private readonly ConnectionSlots _server = new();

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

    /// <summary>Whether a connection that has nothing to do for <paramref name="wait"/> should give its slot to somebody.</summary>
    internal bool MustGiveWayIdle(MailQueue holder, TimeSpan wait) =>
        wait >= _shortWait && (_server.WaitingFor(holder) ?? holder.Lane.Slots.WaitingFor(holder)) is not null;

    /// <summary>Whether a connection with more to do must close, because it has had its share and somebody waits who has less.</summary>
    internal bool MustGiveWay(MailQueue holder, int orders, Instant granted, Instant now)
    {
        if (orders < ShareOfOrders && (orders == 0 || now - granted < _shareOfTime))
        {
            return false;
        }

        return MustGiveWay(_server, holder) || MustGiveWay(holder.Lane.Slots, holder);
    }

    /// <summary>Whether a limit was lowered below the connections there are.</summary>
    internal bool IsOverLimit(MailQueue queue) =>
        _server.IsOver || queue.Lane.Slots.IsOver || queue.Connections - queue.Closing > queue.Settings.MaxSmtpOut;

    /// <summary>Counts a ticket as closing, or no longer, at every limit it holds a slot of.</summary>
    internal void CountClosing(MailQueue queue, int change)
    {
        queue.Closing += change;
        queue.Lane.Slots.Closing += change;
        _server.Closing += change;
    }

    /// <summary>A ticket is closed: its slots are free.</summary>
    internal void GiveBackSlots(MailQueue queue, Instant now)
    {
        queue.Connections--;
        queue.Lane.Slots.GiveBack();
        _server.GiveBack();
        CallWaiting(queue.Lane);
        Settle(queue, now);
        if (_server.HasRoom && _server.Line.Count > 0)
        {
            Work.Set();
        }
    }

    private static bool MustGiveWay(ConnectionSlots slots, MailQueue holder)
    {
        if (slots.WaitingFor(holder) is not { } waiting)
        {
            return false;
        }

        if (waiting.Connections == 0 || holder.Connections > waiting.Connections + 1)
        {
            return true;
        }

        slots.Line.Rotate(); // The next in line may have less than this one.
        return false;
    }

    private DeliveryTicket? TryGrantInTurn(Instant now)
    {
        while (_server.HasRoom && _server.Line.First is { } queue)
        {
            queue.Ring!.Remove(queue);
            VirtualMtaLane lane = queue.Lane;
            if (!QueueLimits.Ask(Current(queue, now), now).IsNone)
            {
                Settle(queue, now);
                CallWaiting(lane);
                continue;
            }

            if (!lane.Slots.HasRoom)
            {
                lane.Slots.Line.AddFirst(queue);
                AskIdleToGiveWay(lane.Slots, lane);
                continue;
            }

            DeliveryTicket ticket = Grant(queue, now);
            Settle(queue, now);
            CallWaiting(lane);
            return ticket;
        }

        return null;
    }

    private DeliveryTicket Grant(MailQueue queue, Instant now)
    {
        queue.Connections++;
        queue.Lane.Slots.Take();
        _server.Take();
        queue.CountConnect(now);
        bool probe = queue.Retry.IsActive;
        queue.Retry.IsProbing = probe;
        return new DeliveryTicket(this, queue, queue.Lane.NextSource(), probe, now);
    }

    /// <summary>Puts a queue into the line where it waits next, unless it stands there.</summary>
    private void LineUp(MailQueue queue)
    {
        ConnectionSlots own = queue.Lane.Slots;
        if (_server.Line.HoldsRightly(queue) || (!own.HasRoom && own.Line.HoldsRightly(queue)))
        {
            return;
        }

        queue.Ring?.Remove(queue);
        ConnectionSlots slots = own.HasRoom ? _server : own;
        slots.Line.AddLast(queue);
        if (_server.HasRoom && own.HasRoom)
        {
            Work.Set();
        }
        else if (!slots.HasRoom)
        {
            AskIdleToGiveWay(slots, own.HasRoom ? null : queue.Lane);
        }
    }

    private void StepOut(MailQueue queue)
    {
        bool stoodForServer = _server.Line.Holds(queue);
        queue.Ring!.Remove(queue);
        if (stoodForServer)
        {
            CallWaiting(queue.Lane); // Its place among the server's candidates passes to the next of the same virtual MTA.
        }
    }

    /// <summary>
    /// Keeps this true: while a virtual MTA has a free slot and queues waiting for one, at least one of them stands in the server's line.
    /// One is enough, because each one served calls the next.
    /// </summary>
    private void CallWaiting(VirtualMtaLane lane)
    {
        if (lane.Slots.HasRoom && lane.Slots.Line.First is { } next)
        {
            next.Ring!.Remove(next);
            _server.Line.AddLast(next);
            if (_server.HasRoom)
            {
                Work.Set();
            }
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

    /// <summary>
    /// A queue waits in vain for a slot of a virtual MTA, or of the server when <paramref name="lane"/> is null: the longest idle connection closes.
    /// </summary>
    private void AskIdleToGiveWay(ConnectionSlots slots, VirtualMtaLane? lane)
    {
        if (slots.Line.Count <= slots.Closing)
        {
            return;
        }

        if (lane is not null)
        {
            lane.Idle.First?.Value.WakeToClose();
            return;
        }

        foreach (VirtualMtaLane each in _table.Lanes)
        {
            if (each.Idle.First is { } idle)
            {
                idle.Value.WakeToClose();
                return;
            }
        }
    }
}
