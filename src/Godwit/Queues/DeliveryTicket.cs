// The right to hold one connection for one queue. A delivery asks it for orders until there are none, then closes it.
// Made by Scheduler.TryGrant, owned by one delivery; every call takes the scheduler's lock. Its state is counted in its queue, so that the scheduler knows
// without asking how many connections are on their way to the mail, wait for the rate, or are about to close.
// Promise: its slots (queue, virtual MTA, server) are held until Close; Close twice, or anything after it, throws.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>Why there is no order.</summary>
public enum TicketState : byte
{
    HasOrder,

    /// <summary>
    /// The message rate says: not before the given time. Wait with <see cref="DeliveryTicket.WaitAsync"/>, so that the slot can be asked back.
    /// </summary>
    Wait,

    /// <summary>Nothing is due; more mail may come.</summary>
    Empty,

    /// <summary>
    /// The connection must end: the queue is paused, the connection has had its messages, a limit was lowered, or somebody else waits for its slot.
    /// </summary>
    Close,
}

/// <summary>One granted connection. Used by one delivery at a time; calls go through the scheduler's lock.</summary>
public sealed partial class DeliveryTicket
{
    private readonly Scheduler _scheduler;
    private readonly MailQueue _queue;
    private readonly Instant _granted;
    private readonly int _epoch;
    private readonly bool _isProbe;
    private QueueSource? _source;

    /// <summary>The source address that counted this connection when it was granted; <see cref="_source"/> may be found later.</summary>
    private readonly QueueSource? _granting;

    /// <summary>Whose source addresses <see cref="_source"/> is one of: its queue may be in another group, or in none, when it ends.</summary>
    private QueueGroup? _sourceGroup;
    private State _state;
    private RateWait _waits = RateWait.None;
    private long _orderLength;

    private int _orders;

    internal DeliveryTicket(Scheduler scheduler, MailQueue queue, SourceHost source, QueueSource? sourceState, bool isProbe, Instant now)
    {
        (_scheduler, _queue, _granted, _epoch, _isProbe) = (scheduler, queue, now, queue.Retry.Epoch, isProbe);
        (Settings, Source, _source, _granting, _sourceGroup, Levels) = (queue.Settings, source, sourceState, sourceState, queue.Group, queue.Levels);
        if (Settings is { AllowPriorityInterruption: true, AllowPriorityInterruptionDuringTransfer: true })
        {
            (_transfer, Interruption) = (new LinkedListNode<DeliveryTicket>(this), new WakeSignal());
            _isShare = Scheduler.IsWantedByMoreImportant(queue, Levels, now);
        }

        queue.Fresh++;
        _state = State.Fresh;
    }

    private enum State : byte
    {
        /// <summary>Granted, or woken for mail: about to come for an order.</summary>
        Fresh,

        /// <summary>Has had an order or heard that there is none.</summary>
        Serving,
        RateWaiting,
        Closing,
        Closed,
    }

    public QueueKey Key => _queue.Key;

    /// <summary>The queue's settings when the ticket was granted.</summary>
    public DeliverySettings Settings { get; }

    public SourceHost Source { get; }

    /// <summary>The shared limits that this connection counts at: those of the time when it was granted.</summary>
    internal SharedLimit[] Levels { get; }

    /// <summary>Whether this ticket's failure put its queue into retry mode. One that failed beside it did so already, and has told the operator.</summary>
    public bool BeganRetry { get; private set; }

    /// <summary>The connection stands: the queue's wait for a retry is over, unless a failure came after this ticket was granted.</summary>
    public void Connected(Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            _queue.Retry.Connected(_epoch);
            _scheduler.Settle(_queue, _scheduler.Advance(now));
        }
    }

    /// <summary>
    /// No host could be used: the whole queue goes into retry mode. Returns when it will try again. Several tickets that fail together advance the
    /// schedule once. Connections of the queue that stand go on.
    /// </summary>
    /// <param name="lasts">The next try will meet the same, until somebody has changed something: an operator is not told to try again.</param>
    public Instant ConnectFailed(string reason, bool dnsError, Instant now, bool lasts = false)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            DeliverySettings settings = _scheduler.Current(_queue, now).Settings;
            BeganRetry = _epoch == _queue.Retry.Epoch;
            Instant retry = dnsError ? _queue.Retry.Postpone(_epoch, settings.RetryAfterDnsError, now) : _queue.Retry.Fail(_epoch, _queue.Pace.RetryAfter, now);
            if (BeganRetry)
            {
                _queue.Retry.Lasts = lasts;
            }

            EndUnserved(reason, now);
            return retry;
        }
    }

    /// <summary>
    /// The queue waits for a reason that says nothing about its destination, and takes no step of its schedule. Returns when it will try again: after
    /// <paramref name="wait"/>, at least a second.
    /// </summary>
    public Instant Postpone(string reason, TimeSpan wait, Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            BeganRetry = _epoch == _queue.Retry.Epoch;
            Instant retry = _queue.Retry.Postpone(_epoch, wait, now);
            EndUnserved(reason, now);
            return retry;
        }
    }

    /// <summary>At least one recipient was delivered: the queue's retry schedule starts from its first step again.</summary>
    public void Delivered(Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            _queue.Retry.Delivered();
            _hasDelivered = true;
            _queue.Dropped = 0;
            now = _scheduler.Advance(now);
            _orderLength = 0;
            StepCurbs(now);
            _scheduler.NoteDelivery(_queue, _source, now);
        }
    }

    /// <summary>Carries out what a reply asks of the queue and of this connection's source address.</summary>
    /// <param name="stream">Of the message that was answered; the default when the reply was to none.</param>
    public void React(QueueReaction reaction, Instant now, StreamKey stream = default)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            _scheduler.React(_scheduler.Current(_queue, now), Source.Address, reaction, now);
            FindSource();
            if (reaction.IsAboutStream && !stream.IsNone)
            {
                _scheduler.Curb(_queue, reaction, stream, now);
                CountOrder(now);
            }

            if (reaction.DeferQueue)
            {
                // Connections that get it side by side are one failure; an older connection that gets it later is another.
                int epoch = _queue.Retry.IsActive && _queue.Retry.Time > now ? _epoch : _queue.Retry.Epoch;
                if (BeganRetry = epoch == _queue.Retry.Epoch)
                {
                    _queue.Retry.Fail(epoch, _queue.Pace.RetryAfter, now);
                    _queue.NoteDeferral();
                }

                _queue.Record(reaction.Reason, now);
                Change(State.Closing);
            }

            _scheduler.KeepInMind(_queue, reaction.Reason, now);
            _scheduler.Settle(_queue, now);
        }
    }

    /// <summary>The next transaction's recipients. With <see cref="TicketState.Wait"/>, <paramref name="notBefore"/> is when to ask again.</summary>
    public TicketState Next(Instant now, out DeliveryOrder? order, out Instant notBefore)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            bool waitedForSource = _state == State.RateWaiting && _waits.IsSource;
            bool waitedForLevel = _state == State.RateWaiting && _waits.At is not null; // A reload may have taken its rate away meanwhile.
            TicketState answer = Take(now, out order, out notBefore);
            _scheduler.Settle(_queue, now);
            if (waitedForSource)
            {
                _scheduler.CallWaitingForSource(_sourceGroup, now);
            }

            if (waitedForLevel || SharedLimit.HaveRates(Levels))
            {
                _scheduler.CallWaiting(Levels);
            }

            return answer;
        }
    }

    /// <summary>
    /// Puts recipients back that were not attempted (connection lost before their turn). Not an attempt; they keep their place.
    /// Their units of the message rate stay spent: given back after others have passed, they would let two units pass in the time of one.
    /// </summary>
    public void Return(DeliveryOrder order, Instant now)
    {
        lock (_scheduler.Gate)
        {
            now = _scheduler.Advance(now);
            GiveBackFlow();
            _queue.PutBack(order);
            EndCurb(now);
            _scheduler.Settle(_queue, now);
        }
    }

    /// <summary>Puts recipients back that were taken past the ticket (<see cref="Scheduler.Withdraw"/>): each waits as before, for its own time too.</summary>
    public void ReturnWithdrawn(DeliveryOrder order, Instant now)
    {
        lock (_scheduler.Gate)
        {
            now = _scheduler.Advance(now);
            for (int i = 0; i < order.Count; i++)
            {
                _queue.PutBack(order[i], now);
            }

            _scheduler.Settle(_queue, now);
        }
    }

    private TicketState Take(Instant now, out DeliveryOrder? order, out Instant notBefore)
    {
        LeaveIdle();
        LeaveTransfers();
        (order, notBefore) = (null, Instant.Never);
        MailQueue queue = _scheduler.Current(_queue, now);
        GiveBackFlow();
        EndCurb(now);
        FindSource();

        // 1. Reasons to end that do not depend on the mail.
        if (_state == State.Closing || queue.IsPaused || HasHadItsMessages(queue, now) || _scheduler.IsOverLimit(queue, _source, Levels, now)
            || _scheduler.MustGiveWay(queue, Levels, _orders, _granted, now)
            || (_transfer is not null && !_isShare && Scheduler.IsWantedByMoreImportant(queue, Levels, now)))
        {
            Change(State.Closing);
            return TicketState.Close;
        }

        // 2. The mail.
        order = queue.TakeOrder(_source, Levels, now, out RateWait wait);
        if (order is not null)
        {
            _orders++;
            (_orderLength, _order, _curbs) = (order.Message.ContentLength, order.Message, queue.CurbsOf(order.Message));
            _scheduler.CallThoseWhoMayGo(_curbs.Group, now);
            Change(State.Serving);
            EnterTransfers();
            return TicketState.HasOrder;
        }

        // 3. Nothing to do: not while somebody waits for the slot.
        if (_scheduler.MustGiveWayIdle(queue, Levels, wait.IsNone ? TimeSpan.MaxValue : wait.Until - now))
        {
            Change(State.Closing);
            return TicketState.Close;
        }

        Change(State.Serving);
        if (!wait.IsNone)
        {
            (_waits, notBefore) = (wait, wait.Until);
            Change(State.RateWaiting);
        }

        return wait.IsNone ? TicketState.Empty : TicketState.Wait;
    }

    /// <summary>Somebody may have said something about the source address since this connection was granted.</summary>
    private void FindSource()
    {
        if (_source is null && _queue.Condition?.Find(Source.Address) is { } source)
        {
            (_source, _sourceGroup) = (source, _queue.Group);
            source.Connections++;
        }
    }

    /// <summary>The message that was taken last was not delivered.</summary>
    private void GiveBackFlow()
    {
        if (_orderLength > 0)
        {
            _queue.GiveBackFlow(_source, Levels, _orderLength);
            _orderLength = 0;
        }
    }

    /// <summary>The queue's own word and that of the provider whose limits it shares both count.</summary>
    private bool HasHadItsMessages(MailQueue queue, Instant now) =>
        IsFull(queue.Settings.MaxMsgPerConnection) || IsFull(queue.Group?.Settings.MaxMsgPerConnection ?? 0) || IsFull(_source?.MostMessages(now) ?? 0);

    private bool IsFull(int most) => most > 0 && _orders >= most;

    private void Change(State to)
    {
        LeaveTransfers();
        Count(_state, -1);
        Count(to, 1);
        _state = to;
    }

    private void Count(State state, int change)
    {
        switch (state)
        {
            case State.Fresh:
                _queue.Fresh += change;
                break;
            case State.RateWaiting:
                CountRateWaiting(change);
                break;
            case State.Closing:
                Scheduler.CountClosing(_queue, Levels, change);
                break;
        }
    }

    /// <summary>Where a connection waits for a rate, a further one would only wait beside it.</summary>
    private void CountRateWaiting(int change)
    {
        if (_waits.IsSource)
        {
            _source!.RateWaiting += change;
            return;
        }

        _queue.RateWaiting += change;
        if (_waits.At is { } level)
        {
            level.RateWaiting += change;
        }
    }

    private void CheckOpen()
    {
        if (_state == State.Closed)
        {
            throw new InvalidOperationException($"the ticket of queue {_queue.Key} is closed already");
        }
    }
}
