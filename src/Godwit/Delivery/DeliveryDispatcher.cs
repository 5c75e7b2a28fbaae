// Pulls what the scheduler grants: one delivery a ticket, as many at once as the scheduler lets out. Also carries out recipients that waited too long,
// and has the senders of those told that wait long. Owned by the composition root. One loop and the deliveries it starts; thread safe only in Start and
// Stop. Promises that no recipient is lost from memory: whatever a broken delivery had in hand goes back into its queue, and the ticket is closed.
// It never dies silently: a turn that fails is logged and comes again. While fates cannot be recorded nothing is granted.

using System.Collections.Concurrent;
using System.Threading.Channels;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Smtp;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Delivery;

/// <summary>Runs all deliveries.</summary>
public sealed partial class DeliveryDispatcher : IAsyncDisposable
{
    /// <summary>Expired recipients carried out between two rounds of grants: a million that expire together must not keep fresh mail waiting.</summary>
    private const int ExpiredAtOnce = 500;

    /// <summary>Delay notices begun between two rounds of grants: each costs a read and a write of the spool, and fates wait behind them.</summary>
    private const int DelaysAtOnce = 100;

    /// <summary>How long a recipient waits that a fault of ours has thrown out of its attempt, and the pause behind a failed turn.</summary>
    private static readonly TimeSpan _afterFault = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _turnPause = TimeSpan.FromSeconds(1);

    /// <summary>Timers end at 49 days, and a wall clock may jump: look again after an hour at the latest.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromHours(1);

    private readonly Scheduler _scheduler;
    private readonly DeliveryDoors _doors;
    private readonly DeliveryTools _tools;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<SmtpDelivery, Task> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _loop = Task.CompletedTask;
    private int _lacksSockets;

    public DeliveryDispatcher(
        Scheduler scheduler, DeliveryDoors doors, ConnectionDeadlines deadlines, TrafficCounters traffic, Random random, ServerClock clock, ILogger log)
    {
        _scheduler = scheduler;
        _doors = doors;
        _clock = clock;
        _log = log;
        var hosts = new DestinationHosts(doors, clock, random);
        var connector = new HostConnector(doors, deadlines, clock);
        var tls = new OutgoingTls(doors, clock, log);
        _tools = new DeliveryTools(doors, hosts, connector, tls, new LocalTurns(doors.MaxFiles), new ReplyCounts(), traffic, ObserverOf, clock, log);
    }

    /// <summary>Deliveries under way.</summary>
    public int Running => _running.Count;

    /// <summary>Begins to deliver. Once.</summary>
    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>
    /// No new connections and no new transactions; those under way have <paramref name="bound"/> to end, then they are cut and their recipients go
    /// back into the queue. Returns when nothing runs any more.
    /// </summary>
    public async Task StopAsync(TimeSpan bound)
    {
        await _stop.CancelAsync();
        await _loop;
        Task all = Task.WhenAll(_running.Values);
        await Task.WhenAny(all, Task.Delay(bound, _clock.Time, CancellationToken.None));
        if (!all.IsCompleted)
        {
            _log.DeliveriesCut(_running.Count);
            await _abort.CancelAsync();
        }

        await all;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await TurnAsync();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                _log.DispatcherFailed(fault);
                await Task.WhenAny(Task.Delay(_turnPause, _clock.Time, _stop.Token));
            }
        }
    }

    private async Task TurnAsync()
    {
        if (_doors.Held() is not null)
        {
            await Task.Delay(_turnPause, _clock.Time, _stop.Token);
            return;
        }

        // 1 Everything that may go, goes. Where sockets have run out, one more would fail like the last one: others give some back first.
        if (Interlocked.Exchange(ref _lacksSockets, 0) != 0)
        {
            await Task.Delay(_turnPause, _clock.Time, _stop.Token);
        }

        while (Volatile.Read(ref _lacksSockets) == 0 && _doors.Held() is null && _scheduler.TryGrant(_clock.Now) is { } ticket)
        {
            Begin(ticket);
        }

        // 2 Everything that waited too long, leaves.
        IReadOnlyList<ExpiredRecipient> expired = _scheduler.TakeExpired(_clock.Now, ExpiredAtOnce);
        await ExpireAsync(expired);
        if (expired.Count == ExpiredAtOnce)
        {
            return;
        }

        // 3 The senders of what waits long are told.
        await TellDelaysAsync(_scheduler.TakeDelayed(_clock.Now, DelaysAtOnce));

        // 4 Wait for the next of these.
        Instant now = _clock.Now;
        Instant due = _scheduler.NextDue(now);
        TimeSpan wait = due == Instant.Never ? Timeout.InfiniteTimeSpan : due > now ? Least(due - now, _longestWait) : TimeSpan.Zero;
        await _scheduler.Work.WaitAsync(wait, _clock.Time, _stop.Token);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private async ValueTask ExpireAsync(IReadOnlyList<ExpiredRecipient> expired)
    {
        foreach (ExpiredRecipient each in expired)
        {
            try
            {
                await _doors.Expire(each.Key, each.Recipient);
            }
            catch (Exception fault)
            {
                if (fault is not ChannelClosedException)
                {
                    _log.ExpiryFailed(fault, each.Key); // That settlement has ended, it has said itself.
                }

                _scheduler.Defer(each.Key, each.Recipient, _clock.Now + _afterFault, counted: false, _clock.Now);
            }
        }
    }

    private async ValueTask TellDelaysAsync(IReadOnlyList<DelayedRecipient> delayed)
    {
        if (delayed.Count == 0)
        {
            return;
        }

        try
        {
            await _doors.TellDelays(delayed);
        }
        catch (Exception fault)
        {
            _log.DelaysNotTold(fault, delayed.Count);
        }
    }

    private void Begin(DeliveryTicket ticket)
    {
        var delivery = new SmtpDelivery(ticket, _tools, _stop.Token, _abort.Token) { Observer = ObserverOf(ticket) };

        // Away from the loop: a delivery whose every step completes at once (discard) would otherwise run here to its end.
        var start = new Task<Task>(() => RunAsync(delivery));
        _running[delivery] = start.Unwrap();
        start.Start(TaskScheduler.Default);
    }

    private async Task RunAsync(SmtpDelivery delivery)
    {
        try
        {
            await delivery.RunAsync();
            if (delivery.LacksSockets)
            {
                Volatile.Write(ref _lacksSockets, 1);
            }
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            PutBack(delivery, TimeSpan.Zero);
        }
        catch (SpoolException failure)
        {
            _log.MessageUnreadable(failure, delivery.Ticket.Key);
            PutBack(delivery, _afterFault);
        }
        catch (Exception stopped) when (stopped is ChannelClosedException or AccountingException)
        {
            _log.FateNotRecorded(delivery.Ticket.Key);
            PutBack(delivery, _afterFault);
        }
        catch (DkimKeyException lacking)
        {
            _log.SigningKeyLacks(delivery.Ticket.Key, lacking.Message);
            PutBack(delivery, _afterFault, lacking.Message);
        }
        catch (Exception fault)
        {
            _log.DeliveryFailed(fault, delivery.Ticket.Key);
            PutBack(delivery, _afterFault, $"a fault of this server, see its log: {fault.Message}");
        }
        finally
        {
            _running.TryRemove(delivery, out _);
        }
    }

    /// <summary>
    /// What a delivery had in hand goes back, not counted as an attempt. With nobody in hand to wait, the queue does; else the same would come again at once.
    /// </summary>
    private void PutBack(SmtpDelivery delivery, TimeSpan wait, string fault = "")
    {
        try
        {
            if (fault.Length > 0 && delivery.Unsettled is null)
            {
                delivery.Postpone(fault, wait);
            }

            Instant now = _clock.Now;
            for (int i = 0; i < delivery.Unsettled?.Count; i++)
            {
                _scheduler.Defer(delivery.Ticket.Key, delivery.Unsettled[i], now + wait, counted: false, now);
            }
        }
        catch (Exception again)
        {
            _log.DeliveryFailed(again, delivery.Ticket.Key);
        }
        finally
        {
            delivery.CloseTicket();
        }
    }
}
