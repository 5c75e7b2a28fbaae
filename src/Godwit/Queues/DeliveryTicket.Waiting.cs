// A ticket that waits: for mail, or for a rate. It stands in lists of the idle, from which the scheduler wakes it.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    private WakeSignal? _signal;
    private LinkedListNode<DeliveryTicket>? _idleInQueue;
    private LinkedListNode<DeliveryTicket>? _idleInLane;

    /// <summary>
    /// Completes when the queue may have something new for this ticket, when its slot is wanted, or at <paramref name="timeout"/>.
    /// Ask <see cref="Next"/> afterwards.
    /// </summary>
    public ValueTask WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellation) =>
        BeginWait(timeout) is { } signal ? new ValueTask(WaitForSignalAsync(signal, timeout, time, cancellation)) : ValueTask.CompletedTask;

    /// <summary>
    /// Stands in the lists of the idle; the signal is set when the wait is over. Null when there is nothing to wait for. Tests without threads call
    /// it themselves.
    /// </summary>
    internal WakeSignal? BeginWait(TimeSpan timeout)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            bool isWorthwhile = _state == State.RateWaiting || (_state == State.Serving && _queue.Ready <= _queue.Fresh && !_queue.IsPaused);
            if (!isWorthwhile || _scheduler.MustGiveWayIdle(_queue, Levels, timeout))
            {
                return null;
            }

            _signal ??= new WakeSignal();
            EnterIdle();
            return _signal;
        }
    }

    /// <summary>The wait is over, for whatever reason.</summary>
    internal void EndWait()
    {
        lock (_scheduler.Gate)
        {
            LeaveIdle();
        }
    }

    /// <summary>The scheduler has mail for this idle connection. Counts as on its way from now on, so that the next recipient wakes another one.</summary>
    internal void WakeForMail()
    {
        LeaveIdle();
        Change(State.Fresh);
        _signal!.Set();
    }

    /// <summary>The scheduler wants the slot of this idle connection, or the queue was paused.</summary>
    internal void WakeToClose()
    {
        LeaveIdle();
        Change(State.Closing);
        _signal!.Set();
    }

    private async Task WaitForSignalAsync(WakeSignal signal, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await signal.WaitAsync(timeout, time, cancellation);
        }
        finally
        {
            EndWait();
        }
    }

    /// <summary>A connection that waits for the rate stands only where slots are asked back: mail does not shorten its wait.</summary>
    private void EnterIdle()
    {
        LeaveIdle();
        _idleInLane ??= new LinkedListNode<DeliveryTicket>(this);
        _queue.Lane.Idle.AddLast(_idleInLane);
        CountIdle(1);
        if (_state == State.Serving)
        {
            _idleInQueue ??= new LinkedListNode<DeliveryTicket>(this);
            _queue.Idle.AddLast(_idleInQueue);
        }
    }

    private void LeaveIdle()
    {
        if (_idleInLane?.List is { } lane)
        {
            lane.Remove(_idleInLane);
            CountIdle(-1);
        }

        _idleInQueue?.List?.Remove(_idleInQueue);
    }

    private void CountIdle(int change)
    {
        foreach (SharedLimit level in Levels)
        {
            level.Idle += change;
        }
    }
}
