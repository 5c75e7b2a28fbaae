// THE DOOR OUT. Whatever happens to a recipient leaves through here: 1 account, 2 bounce message if asked, through Intake, 3 mark in the spool,
// 4 move in the queue. In this order a crash between two steps repeats a record or a delivery and never loses one.
// One loop takes everything that waits as one batch, so each device syncs once a batch. Owned by the composition root. When a device fails the loop waits
// and tries again while memory still holds the recipients; when it is stopped instead, they stay in the spool and come back with the next start. While
// fates cannot be recorded, or can no more because an invariant broke, Problem says so, and whoever delivers must not: it would not be known.

using System.Threading.Channels;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

/// <summary>One recipient and what became of it.</summary>
public readonly record struct RecipientOutcome(QueuedRecipient Recipient, Verdict Verdict);

/// <summary>Carries verdicts out. Thread safe.</summary>
public sealed partial class Settlement : IAsyncDisposable
{
    /// <summary>Orders (transactions) that may wait: several batches of a busy server. Deliveries wait beyond it, so fates never pile up in memory.</summary>
    private const int MaxWaitingOrders = 512;

    /// <summary>Recipients in one batch: bounds what one commit holds and how long the first in it waits.</summary>
    private const int MaxBatchRecipients = 4096;

    /// <summary>Notices handed to Intake at the same time, so that they share its commits.</summary>
    private const int MaxNoticesAtOnce = 64;

    /// <summary>
    /// Notices that wait until Intake accepts again; beyond it they are given up and said in the log, for mail must go on leaving a full disk.
    /// </summary>
    private const int MaxHeldNotices = 1000;

    private static readonly TimeSpan _heldPause = TimeSpan.FromSeconds(10);

    private readonly SettlementSteps _steps;
    private readonly CurrentSettings _settings;
    private readonly FateTally _tally;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly NoticeSender _sender;
    private readonly NoticeCollection _notices;
    private readonly DelayCollection _delays;
    private readonly SpoolMarks _marks;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<SettlementOrder> _orders = Channel.CreateBounded<SettlementOrder>(
        new BoundedChannelOptions(MaxWaitingOrders) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // The loop's own; reused from batch to batch.
    private readonly List<SettlementOrder> _batch = [];
    private readonly List<AccountingRecord> _records = [];
    private readonly List<RecipientMove> _moves = [];
    private readonly List<Notice> _held = [];
    private readonly Task _loop;
    private Instant _heldDue;
    private volatile string? _ended;

    public Settlement(
        AccountingLog accounting,
        MessageSpool spool,
        Scheduler scheduler,
        MessageIntake intake,
        CurrentSettings settings,
        TrafficCounters traffic,
        ServerClock clock,
        ILogger log)
        : this(SettlementSteps.Of(accounting, spool, scheduler, intake, settings), settings, traffic, clock, log)
    {
    }

    /// <param name="ownLoop">False: nothing runs until <see cref="SettleWaitingAsync"/> is called; for deterministic tests.</param>
    internal Settlement(SettlementSteps steps, CurrentSettings settings, TrafficCounters traffic, ServerClock clock, ILogger log, bool ownLoop = true)
    {
        (_steps, _settings, _clock, _log) = (steps, settings, clock, log);
        _tally = new FateTally(steps.RecordError, traffic);
        _sender = new NoticeSender(steps, settings, clock, log);
        _notices = new NoticeCollection(settings);
        _delays = new DelayCollection(steps, _notices, log);
        _marks = new SpoolMarks(steps, clock, log);
        _loop = ownLoop ? Task.Run(RunAsync) : Task.CompletedTask;
    }

    /// <summary>Why fates cannot be recorded now, for the operator; null when they can. Cheap. What is delivered meanwhile may be delivered twice.</summary>
    public string? Problem => _ended ?? _steps.Trouble();

    /// <summary>Whether nothing is settled any more until a restart.</summary>
    public bool HasEnded => _ended is not null;

    /// <summary>
    /// Takes over the fates of recipients of one message. Returns as soon as they are queued for the next group of commits (back-pressure: waits
    /// while too many are under way), with a task that completes when they are durable: until then a crash would repeat their delivery.
    /// Both throw <see cref="ChannelClosedException"/> when settlement has ended; the recipients are in the spool then.
    /// </summary>
    public async ValueTask<Task> SettleAsync(QueueKey key, Envelope envelope, IReadOnlyList<RecipientOutcome> outcomes, AttemptContext attempt)
    {
        if (outcomes.Count == 0)
        {
            return Task.CompletedTask;
        }

        if (envelope.Windows is { } windows)
        {
            outcomes = Within(windows, outcomes);
        }

        var order = new SettlementOrder(key, envelope, outcomes, attempt) { Header = HeaderFor(key, outcomes) };
        await _orders.Writer.WriteAsync(order);
        return order.Durable.Task;
    }

    /// <summary>
    /// A queue could not be tried: one <c>tq</c> record. The queue itself remembers the reason for the operator. Throws <see cref="AccountingException"/> when
    /// accounting gives up.
    /// </summary>
    public async ValueTask QueueFailedAsync(QueueKey key, SmtpReply reply, AttemptContext attempt)
    {
        Instant now = _clock.Now;
        _tally.AddFailure(key, now);
        if (IsRecorded(key, AccountingType.TransientQueue))
        {
            await _steps.Account([FateRecords.OfQueue(key, reply, attempt, now)]);
        }
    }

    /// <summary>
    /// A recipient has waited too long: it bounces as message-expired. One whose envelope cannot be read goes back to its queue, with an alarm.
    /// </summary>
    public async ValueTask ExpireAsync(QueueKey key, QueuedRecipient recipient)
    {
        DeliverySettings settings = _settings.Value.DeliveryFor(key.Destination, key.VirtualMta);
        Instant now = _clock.Now;
        Envelope envelope;
        try
        {
            envelope = _steps.ReadEnvelope(recipient.Message);
        }
        catch (SpoolException error)
        {
            _log.ExpiredUnreadable(recipient.Message.Id.ToString(), key.ToString(), error);
            _steps.Defer(key, recipient, RetryPlan.NextAttempt(settings, now), false, now);
            return;
        }

        Verdict verdict = LastReply.Expired(_steps.ReadLastReply(recipient.Message, recipient.Index), settings, now);
        var attempt = new AttemptContext { DeliveryType = AttemptContext.TypeOf(settings.Kind) };
        await SettleAsync(key, envelope, [new RecipientOutcome(recipient, verdict)], attempt);
    }

    /// <summary>Has the senders of recipients told that still wait, and that marked; no attempt, no record. Returns when it is queued.</summary>
    public ValueTask TellDelaysAsync(IReadOnlyList<DelayedRecipient> delayed) =>
        _orders.Writer.WriteAsync(new SettlementOrder(default, null, [], null) { Delayed = delayed });

    /// <summary>
    /// Returns when everything handed in so far is durable and in its place. Recipients whose bounce message Intake does not take just now stay behind:
    /// they are in the spool.
    /// </summary>
    public async ValueTask DrainAsync()
    {
        var question = new SettlementOrder(default, null, [], null);
        await _orders.Writer.WriteAsync(question);
        await question.Durable.Task;
    }

    /// <summary>From now on a spool that refuses marks is not waited for: settlement ends then, and its recipients come back with the next start.</summary>
    public void GiveUp() => _stop.Cancel();

    /// <summary>Settles what was handed in, then ends. A device that fails now is not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        _orders.Writer.TryComplete();
        GiveUp();
        await _loop;
    }

    /// <summary>
    /// One turn of the loop, on the caller's thread, for tests that run without the loop. A device error passes through.
    /// Returns when the loop would turn again: at once when it left orders to the next batch, when held notices are due, or <see cref="Instant.Never"/>.
    /// </summary>
    internal async ValueTask<Instant> SettleWaitingAsync()
    {
        TakeBatch();
        await SettleBatchAsync();
        return _orders.Reader.Count > 0 ? _clock.Now : _held.Count > 0 ? _heldDue : Instant.Never;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await WaitForOrdersAsync())
            {
                TakeBatch();
                await SettleBatchAsync();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or AccountingException)
        {
            _log.SettlementStoppedShort(_batch.Count);
            End(error);
        }
        catch (Exception error)
        {
            // Fates after this one could overtake it: nothing more is settled, everything stays in the spool.
            _log.SettlementStopped(_batch.Count, error);
            End(error);
        }
    }

    /// <summary>False when settlement ends. Returns too when held notices are due.</summary>
    private async ValueTask<bool> WaitForOrdersAsync()
    {
        if (_held.Count == 0)
        {
            return await _orders.Reader.WaitToReadAsync();
        }

        TimeSpan wait = _heldDue - _clock.Now;
        using var due = new CancellationTokenSource(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _clock.Time);
        try
        {
            return await _orders.Reader.WaitToReadAsync(due.Token);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private void TakeBatch()
    {
        _batch.Clear();
        int recipients = 0;
        while (recipients < MaxBatchRecipients && _orders.Reader.TryRead(out SettlementOrder? order))
        {
            _batch.Add(order);
            // One portion of notices: each costs far more than a fate.
            recipients += order.Delayed.Count > 0 ? MaxBatchRecipients : order.Outcomes.Count + order.Rerouted.Count;
        }
    }

    private async ValueTask SettleBatchAsync()
    {
        Instant now = _clock.Now;

        // 1. The fates are on record.
        await AccountAsync(now);

        // 2. Senders are told. What Intake does not take now is held, and its recipients with it.
        _moves.Clear();
        _notices.Clear();
        foreach (SettlementOrder order in _batch)
        {
            Divide(order);
            _delays.Add(order.Delayed, now);
        }

        await SendNoticesAsync(now);

        // 3. The spool knows.
        await _marks.WriteAsync(_moves, _stop.Token);

        // 4. Memory knows. Counted first: whoever watches the queue run empty finds the fates of all that left it.
        foreach (SettlementOrder order in _batch)
        {
            _tally.Add(order, now);
        }

        foreach (RecipientMove move in _moves)
        {
            Carry(move, now);
        }

        foreach (SettlementOrder order in _batch)
        {
            order.Durable.TrySetResult();
        }
    }

    /// <summary>Mail with delivery windows is tried again inside one of them; behind the last it has grown too old.</summary>
    private static RecipientOutcome[] Within(DeliveryWindows windows, IReadOnlyList<RecipientOutcome> outcomes)
    {
        var moved = new RecipientOutcome[outcomes.Count];
        for (int i = 0; i < moved.Length; i++)
        {
            moved[i] = outcomes[i] with { Verdict = DeliveryVerdicts.Within(windows, outcomes[i].Verdict) };
        }

        return moved;
    }

    /// <summary>Sorts an order's recipients: those whose sender is to be told wait for their notice, the others may move.</summary>
    private void Divide(SettlementOrder order)
    {
        foreach (RecipientOutcome outcome in order.Outcomes)
        {
            Notice? notice = order.Removal is { Tell: false } ? null : _notices.For(order, outcome);
            (notice?.Moves ?? _moves).Add(RecipientMove.Of(order.Key, order.Envelope!, outcome, _settings));
        }

        AddRerouted(order);
    }

    private async ValueTask SendNoticesAsync(Instant now)
    {
        IReadOnlyList<Notice> notices = _notices.Collected;
        if (_held.Count > 0 && (now >= _heldDue || _batch.Exists(static order => order.IsQuestion)))
        {
            notices = [.. _held, .. notices];
            _held.Clear();
        }

        for (int start = 0; start < notices.Count; start += MaxNoticesAtOnce)
        {
            var group = new Task<NoticeFate>[Math.Min(MaxNoticesAtOnce, notices.Count - start)];
            for (int i = 0; i < group.Length; i++)
            {
                group[i] = _sender.SendAsync(notices[start + i]);
            }

            NoticeFate[] fates = await Task.WhenAll(group);
            for (int i = 0; i < fates.Length; i++)
            {
                Place(notices[start + i], fates[i], now);
            }
        }
    }

    private void Place(Notice notice, NoticeFate fate, Instant now)
    {
        if (notice.Kind == NoticeKind.Delayed && fate != NoticeFate.Sent)
        {
            // Not held: its recipients go on meanwhile, and the next notice tells the same.
            _log.DelayNotTold(notice.Message.Id.ToString(), notice.Envelope.Sender.Text);
            return;
        }

        if (fate == NoticeFate.Later)
        {
            if (_held.Count < MaxHeldNotices)
            {
                _heldDue = now + _heldPause;
                _held.Add(notice);
                return;
            }

            _log.NoticeGivenUp(notice.Message.Id.ToString(), notice.Envelope.Sender.Text);
        }

        _moves.AddRange(notice.Moves);
    }

    private void End(Exception error)
    {
        _ended = "no fate can be recorded any more, the log says why; restart godwitd";
        var closed = new ChannelClosedException(error);
        _orders.Writer.TryComplete(error);
        foreach (SettlementOrder order in _batch)
        {
            order.Durable.TrySetException(closed);
        }

        while (_orders.Reader.TryRead(out SettlementOrder? order))
        {
            order.Durable.TrySetException(closed);
        }
    }
}
