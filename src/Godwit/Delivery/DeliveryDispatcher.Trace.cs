// The operator's trace: one delivery of one queue is watched while it runs as all others do, in its turn and within its limits.

using Godwit.Queues;

namespace Godwit.Delivery;

public sealed partial class DeliveryDispatcher
{
    private volatile DialogObserver? _observer;

    /// <summary>
    /// Watches the next message of a queue, over a new connection or over one that is open already, up to its end. Returns what was said, also when it did
    /// not end in time; null when nothing was begun in time. One caller at a time.
    /// </summary>
    /// <param name="begin">Called when it is watched: makes the queue try now.</param>
    public async Task<IReadOnlyList<string>?> ObserveAsync(TraceTerms terms, Action begin, TimeSpan patience, CancellationToken cancellation)
    {
        var observer = new DialogObserver(terms);
        _observer = observer;
        try
        {
            begin();
            await Task.WhenAny(observer.Ended, Task.Delay(patience, _clock.Time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            if (!observer.Ended.IsCompleted && observer.Lines is { Count: > 0 })
            {
                observer.Note($"the delivery goes on; the trace ends here, after {patience.TotalSeconds:0} s");
            }

            return observer.Lines;
        }
        finally
        {
            observer.End();
            _observer = null;
        }
    }

    private DialogObserver? ObserverOf(DeliveryTicket ticket) =>
        _observer is { } observer && observer.Wants(ticket.Key, ticket.Source.Address) && observer.TryTake() ? observer : null;
}
