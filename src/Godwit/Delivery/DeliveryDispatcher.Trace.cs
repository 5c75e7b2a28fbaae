// The operator's trace: one delivery of one queue is watched while it runs as all others do, in its turn and within its limits.

using Godwit.Queues;

namespace Godwit.Delivery;

public sealed partial class DeliveryDispatcher
{
    private volatile DialogObserver? _observer;

    /// <summary>
    /// Watches the next connection of a queue up to the end of its first message. Returns what was said, also when it did not end in time; null when no
    /// connection was begun in time. One caller at a time.
    /// </summary>
    /// <param name="begin">Called when it is watched: makes the queue try now.</param>
    public async Task<IReadOnlyList<string>?> ObserveAsync(QueueKey key, Action begin, TimeSpan patience, CancellationToken cancellation)
    {
        var observer = new DialogObserver(key);
        _observer = observer;
        try
        {
            begin();
            await Task.WhenAny(observer.Ended, Task.Delay(patience, _clock.Time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            return observer.Lines;
        }
        finally
        {
            observer.End();
            _observer = null;
        }
    }

    private DialogObserver? ObserverOf(DeliveryTicket ticket) =>
        _observer is { } observer && observer.Key == ticket.Key && observer.TryTake() ? observer : null;
}
