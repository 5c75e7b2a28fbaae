// "There is something to do": the seam by which a higher room waits for a lower one, so that no call has to go up the house.
// Many may set it, one owner waits. Sets between two waits fold into one.

namespace Godwit.Foundation;

/// <summary>An auto-reset event for one waiter. Setting it never blocks and never runs the waiter's code on the caller's thread.</summary>
public sealed class WakeSignal
{
    /// <summary>What a timer can hold; nobody waits longer without being woken.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(30);

    private readonly SemaphoreSlim _semaphore = new(0, 1);
    private int _set;

    /// <summary>Wakes the waiter, or lets its next wait return at once.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) == 0)
        {
            _semaphore.Release();
        }
    }

    /// <summary>
    /// Returns true when the signal is set, false when <paramref name="timeout"/> has passed (at once when it is not positive; after 30 days at
    /// most), throws when cancelled.
    /// Use <see cref="Timeout.InfiniteTimeSpan"/> to wait without end.
    /// </summary>
    public async Task<bool> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            await _semaphore.WaitAsync(cancellation);
            Volatile.Write(ref _set, 0);
            return true;
        }

        // The common case under load, without timers. Also for a time that has passed: a cancelled token would win against a signal that is set.
        if (_semaphore.Wait(0, cancellation))
        {
            Volatile.Write(ref _set, 0);
            return true;
        }

        if (timeout <= TimeSpan.Zero)
        {
            return false;
        }

        using var deadline = new CancellationTokenSource(timeout < _longest ? timeout : _longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            await _semaphore.WaitAsync(either.Token);
            Volatile.Write(ref _set, 0);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
