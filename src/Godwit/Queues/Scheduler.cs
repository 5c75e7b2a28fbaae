// Who may go next, and how fast. The brain: deterministic, no disk, no network, no thread and no clock of its own; every method is told the time.
// One lock around everything; nothing inside waits. Higher rooms await Work and then ask. This file: recipients come, move, age and go.
// Scheduler.Grants.cs: who gets a connection, and when it must give way. .Modes: backoff and source addresses. .Groups: what queues share, and mail that moves.
// .Jobs, .Recipients and .Curbs: parts of queues. .Pauses: what the operator holds. .Reports, .Glances, .Why, .Trace: what he sees and says.
// .Restore: what a restart keeps.
//
// Every event ends in Settle(queue), which puts the queue where it belongs: into the line for a connection, or to the time when it must be looked at again.
// So no decision searches: a grant takes the head of a line, and a timer names its queue.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>All queues and the decisions about them. Thread safe.</summary>
public sealed partial class Scheduler
{
    /// <summary>Queues whose time has come that are handled while the lock is held once.</summary>
    private const int TimersAtOnce = 64;

    /// <summary>Ages looked at while the lock is held once: about 0.2 ms when none of them is in the processor's cache.</summary>
    private const int AgesAtOnce = 2000;

    private readonly CurrentSettings _settings;
    private readonly DelayNotices _notices = new();
    private readonly StreamTable _streams = new();
    private readonly QueueTable _table;
    private readonly DueHeap<MailQueue> _timers = new();
    private readonly Queue<MailQueue> _withExpired = new();

    /// <summary>Queues not looked at since the configuration or their group changed, once each: eight octets, gone within a second or so.</summary>
    private readonly Stack<MailQueue> _outdated = new();
    private int _version = 1;
    private Instant _now;

    /// <summary>What <see cref="NextDue"/> said last; an earlier time sets <see cref="Work"/>.</summary>
    private Instant _announced = Instant.Never;

    public Scheduler(CurrentSettings settings)
    {
        _settings = settings;
        _table = new QueueTable(new QueueSurroundings(_notices, _streams), _pools, _server);
        _server.Limit = settings.Value.TotalMaxSmtpOut;
        _pools.Configure(settings.Value, default);
        Hosts.Configure(settings.Value);
    }

    /// <summary>Set whenever something may have become possible: a grant, an expiry, an earlier <see cref="NextDue"/>.</summary>
    public WakeSignal Work { get; } = new();

    /// <summary>Around everything; tickets take it too.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Puts a recipient of a message into its queue. It comes in with its NotBefore.</summary>
    /// <param name="stream">What it takes turns with inside the queue.</param>
    /// <param name="isNew">False for mail that a restart brings back: it ends no wait for a retry.</param>
    public void Enqueue(QueueKey key, QueuedRecipient recipient, Instant now, StreamKey stream = default, bool isNew = true)
    {
        lock (Gate)
        {
            recipient.Message.Stream = _streams.FindOrAdd(stream).Number;
            Enter(key, recipient, Advance(now), isNew);
        }
    }

    /// <summary>
    /// Puts the recipients of one message into their queues, all before any of them can be granted: those of one queue leave in one transaction.
    /// </summary>
    public void Enqueue(IReadOnlyList<(QueueKey Key, QueuedRecipient Recipient)> recipients, Instant now, StreamKey stream = default)
    {
        lock (Gate)
        {
            now = Advance(now);
            int number = recipients.Count == 0 ? StreamTable.None : _streams.FindOrAdd(stream).Number;
            for (int i = 0; i < recipients.Count; i++)
            {
                recipients[i].Recipient.Message.Stream = number;
                Enter(recipients[i].Key, recipients[i].Recipient, now, isNew: true);
            }
        }
    }

    private void Enter(QueueKey key, QueuedRecipient recipient, Instant now, bool isNew)
    {
        MailQueue queue = Current(_table.FindOrAdd(key, _settings.Value, _version, now), now);
        _table.Enter(queue, recipient, now);
        if (isNew && queue.Settings.RetryUponNewMail && recipient.NotBefore <= now && queue.Retry.IsActive && queue.Retry.Time > now)
        {
            queue.Retry.TryNow(now);
            KeepOwnInMind(queue, "new mail ends the wait", now);
        }

        Settle(queue, now);
    }

    /// <summary>
    /// Recipients older than their queue's bounce-after, also behind any limit, taken out of their queues for Disposition to bounce. At most
    /// <paramref name="most"/> a call.
    /// </summary>
    public IReadOnlyList<ExpiredRecipient> TakeExpired(Instant now, int most)
    {
        RunAllTimers(now);
        lock (Gate)
        {
            if (_withExpired.Count == 0 || most <= 0)
            {
                return [];
            }

            var taken = new List<ExpiredRecipient>();
            while (taken.Count < most && _withExpired.TryPeek(out MailQueue? queue))
            {
                if (queue.TakeExpired() is { } recipient)
                {
                    taken.Add(new ExpiredRecipient(queue.Key, recipient));
                }
                else
                {
                    queue.IsInExpiredLine = false;
                    _withExpired.Dequeue();
                }
            }

            return taken;
        }
    }

    /// <summary>
    /// Waiting recipients whose age has passed one more multiple of notify-of-delay-every; each multiple is told once, several missed ones as one.
    /// They stay where they are, so ask <see cref="WaitOf"/> before telling. At most <paramref name="most"/> a call. Notices do not set
    /// <see cref="Work"/>: their times are among those that <see cref="NextDue"/> tells.
    /// </summary>
    public IReadOnlyList<DelayedRecipient> TakeDelayed(Instant now, int most)
    {
        RunAllTimers(now);
        lock (Gate)
        {
            return _notices.Take(most);
        }
    }

    /// <summary>
    /// How a recipient waits, as of now. Null when nobody is to be told: its next notice has become due meanwhile and tells the same, or it does not wait;
    /// if it comes back, its notice is due again.
    /// </summary>
    public RecipientWait? WaitOf(in DelayedRecipient delayed)
    {
        lock (Gate)
        {
            if (!DelayNotices.MayTell(delayed))
            {
                return null;
            }

            // Its mail may have moved to another queue meanwhile.
            string trouble = _table.Find(delayed.Key) is { Retry.IsActive: true } queue ? queue.LastError : "";
            return new RecipientWait(delayed.Recipient.Attempts, delayed.Recipient.NotBefore, trouble);
        }
    }

    /// <summary>When to ask again if nothing sets <see cref="Work"/> before; <see cref="Instant.Never"/> when nothing is timed.</summary>
    public Instant NextDue(Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            bool atOnce = (_server.HasRoom(now) && _server.Line.Count > 0) || _withExpired.Count > 0 || _notices.Count > 0
                || _outdated.Count > 0 || _changedGroups.Count > 0;
            return _announced = atOnce ? now : Instant.Min(Instant.Min(_timers.Earliest, _roomTimers.Earliest), _curbTimers.Earliest);
        }
    }

    /// <summary>A recipient taken out has its final fate.</summary>
    public void Finish(QueueKey key, QueuedRecipient recipient, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Known(key);
            _table.Leave(queue, recipient);
            queue.CountLeft(now);
            if (queue.IsEmpty)
            {
                Settle(queue, now);
            }
        }
    }

    /// <summary>A recipient taken out waits again. <paramref name="counted"/>: this was an attempt; a throttle is none.</summary>
    public void Defer(QueueKey key, QueuedRecipient recipient, Instant notBefore, bool counted, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(Known(key), now);
            queue.Defer(recipient, notBefore, counted, now);
            Settle(queue, now);
        }
    }

    /// <summary>
    /// The configuration changed: limits are read anew at once, and every queue is looked at once, in slices between which mail goes on. A queue that is
    /// used before its turn comes takes the new settings then.
    /// </summary>
    public void SettingsChanged(Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            _version++;
            _server.Limit = _settings.Value.TotalMaxSmtpOut;
            _pools.Configure(_settings.Value, now);
            Hosts.Configure(_settings.Value);
            Hosts.CallAll(_woken);
            WakeFromHosts(now);
            foreach (VirtualMtaLane lane in _table.Lanes)
            {
                lane.Configure(_settings.Value, _pools, _server, now);
                CallWaiting(lane.Levels);
            }

            foreach (QueueGroup group in _groups.All)
            {
                group.Configure(_settings.Value, _version, now);
                CallWaiting(group.Levels);
            }

            _outdated.Clear();
            _outdated.EnsureCapacity(_table.Queues.Count);
            foreach (MailQueue queue in _table.Queues)
            {
                queue.IsOutdated = true;
                _outdated.Push(queue);
            }

            Work.Set();
        }
    }

    /// <summary>Time never runs backwards here, although callers read the clock before they have the lock.</summary>
    internal Instant Advance(Instant now) => _now = Instant.Max(_now, now);

    /// <summary>Brings a queue to the configuration in force, and to what its group knows.</summary>
    internal MailQueue Current(MailQueue queue, Instant now)
    {
        if (queue.SettingsVersion != _version)
        {
            queue.Configure(_settings.Value.DeliveryFor(queue.Key.Destination, queue.Key.VirtualMta), _version, now);
        }

        queue.FollowCurbs(now);
        return queue;
    }

    /// <summary>Puts a queue where it belongs after anything about it has changed.</summary>
    internal void Settle(MailQueue queue, Instant now) => Settle(queue, now, moves: true);

    /// <param name="moves">Mail that belongs elsewhere goes there now, and not when the queue's time has come next.</param>
    private void Settle(MailQueue queue, Instant now, bool moves)
    {
        EndWhatIsOver(queue, now);
        bool movesMore = moves ? MoveOn(queue, now) : queue.MayMove;

        // 1. Mail for connections that wait for it; they are the cheapest.
        if (queue.HasIdle)
        {
            WakeForMail(queue);
        }

        // 2. Into the line for a connection, or out of it.
        Hold hold = QueueLimits.Ask(queue, now);
        if (hold.IsNone)
        {
            LineUp(queue);
        }
        else if (queue.Ring is not null)
        {
            StepOut(queue);
        }

        if (hold.Reason == HoldReason.SourceLimits)
        {
            WaitForSource(queue);
        }

        // 3. The time of its next look. A timer that is too early costs one look, so it is never moved to later.
        Instant due = Instant.Min(Instant.Min(hold.Until, queue.NextAttention), queue.Condition?.ModeUntil ?? Instant.Never);
        due = movesMore ? now : due;
        if (queue.IsEmpty)
        {
            due = _table.Retire(queue, now);
            if (due == Instant.Never)
            {
                _timers.Remove(queue);
            }

            if (!queue.IsKept)
            {
                queue.LeaveCurbs();
                ForgetGone(queue, now);
            }
        }

        if (due < queue.Due)
        {
            _timers.Set(queue, due);
            Announce(due);
        }

        // 4. The expired wait for Disposition.
        if (queue.Expired > 0 && !queue.IsInExpiredLine)
        {
            queue.IsInExpiredLine = true;
            _withExpired.Enqueue(queue);
            Work.Set();
        }
    }

    /// <summary>The queue of a recipient that is in it or out; it cannot have gone.</summary>
    private MailQueue Known(QueueKey key) => _table.Find(key) ?? throw new InvalidOperationException($"queue {key} has no such recipient");

    /// <summary>Wakes whoever waits for a later time than this.</summary>
    private void Announce(Instant due)
    {
        if (due < _announced)
        {
            _announced = due;
            Work.Set();
        }
    }

    /// <summary>Handles everything that is due. The lock is let go between slices.</summary>
    private void RunAllTimers(Instant now)
    {
        bool done = false;
        while (!done)
        {
            lock (Gate)
            {
                done = RunTimers(Advance(now));
            }
        }
    }

    /// <summary>Handles a slice of what is due. True when nothing more is.</summary>
    private bool RunTimers(Instant now)
    {
        RunRoomTimers(now);
        RunCurbTimers(now);
        int ages = AgesAtOnce;
        for (int handled = 0; handled < TimersAtOnce && ages > 0; handled++)
        {
            // Whose time has come goes before whose settings are old: the latter can wait.
            if ((_timers.TakeDue(now) ?? TakeOutdated()) is not { } queue)
            {
                return true;
            }

            Current(queue, now).Attend(now, ref ages);
            Settle(queue, now);
        }

        return _timers.Earliest > now && _roomTimers.Earliest > now && _curbTimers.Earliest > now && _outdated.Count == 0 && _changedGroups.Count == 0;
    }

    /// <summary>The next queue that was not looked at since the configuration changed; null when there is none.</summary>
    private MailQueue? TakeOutdated()
    {
        if (_changedGroups.Count > 0)
        {
            MarkChangedGroups();
        }

        while (_outdated.TryPop(out MailQueue? queue))
        {
            queue.IsOutdated = false;
            // It may have gone, and another of its name may stand in its place.
            if (_table.Find(queue.Key) == queue)
            {
                return queue;
            }
        }

        if (_outdated.Capacity > 0)
        {
            _outdated.TrimExcess();
        }

        return null;
    }
}

/// <summary>A recipient that waited too long.</summary>
public readonly record struct ExpiredRecipient(QueueKey Key, QueuedRecipient Recipient);
