// Lists of queues and single ones, for those who look at them page by page. Orders come from the shared QueueBoard, what is said of each queue from the
// scheduler, for the queues on the page only. Stateless but for the board, which is the Operator's.

using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Looks at queues. Thread safe.</summary>
internal sealed class QueueLook(ServerView server, QueueBoard board)
{
    /// <summary>Queues on one page.</summary>
    public const int MostLines = 1000;

    /// <param name="after">The page begins behind it; null begins at <paramref name="offset"/>.</param>
    /// <param name="limit">At most <see cref="MostLines"/>.</param>
    public async Task<QueuePage> PageAsync(QueueQuery query, QueuePlace? after, int offset, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, MostLines);
        (QueueGlance[] shown, int total, bool isEnd, Foundation.Instant time) = await board.LookAsync(
            snapshot =>
            {
                int[] order = snapshot.Order(query);
                int start = Math.Min(after is { } place ? snapshot.After(place, order, query) : offset, order.Length);
                int end = Math.Min(order.Length, start + limit);
                var part = new QueueGlance[end - start];
                for (int i = start; i < end; i++)
                {
                    part[i - start] = snapshot.Queues[order[i]];
                }

                return (part, order.Length, end == order.Length, snapshot.Time);
            },
            cancellation);
        QueuePlace? next = isEnd || shown.Length == 0 ? null : QueuePlace.Of(shown[^1], query);
        return new QueuePage([.. shown.Select(queue => Line(queue.Key)).OfType<QueueLine>()], total, next, time);
    }

    /// <summary>Null when there is no such queue.</summary>
    public QueueLine? Line(QueueKey key) => Detail(key)?.Line;

    public QueueDetail? Detail(QueueKey key)
    {
        if (server.Scheduler.Queue(key) is not { } report || server.Scheduler.Why(key, server.Clock.Now) is not { } why)
        {
            return null;
        }

        string limit = why.Reasons.Count > 0 && report.Recipients > 0 ? why.Reasons[0].Text : "";
        return new QueueDetail(new QueueLine(report, server.Scheduler.MemoryOf(key), limit, why.PerSecond), why.Reasons);
    }
}
