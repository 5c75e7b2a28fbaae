// Lists of queues and single ones, for those who look at them page by page. Orders come from the shared QueueBoard, what is said of each queue from the
// scheduler, for the queues on the page only. Stateless but for the board, which is the Operator's.

using System.Net;
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
        (QueueGlance[] shown, int total, bool isEnd, Foundation.Instant time) = query.IsOpen
            ? await board.LookAsync(snapshot => Cut(snapshot, snapshot.Order(query)), cancellation)
            : await board.SearchAsync(snapshot => Cut(snapshot, snapshot.Search(query, cancellation)), cancellation);
        QueuePlace? next = isEnd || shown.Length == 0 ? null : QueuePlace.Of(shown[^1], query);
        return new QueuePage([.. shown.Select(queue => Line(queue.Key)).OfType<QueueLine>()], total, next, time);

        (QueueGlance[] Shown, int Total, bool IsEnd, Foundation.Instant Time) Cut(QueueSnapshot snapshot, int[] order)
        {
            int start = Math.Min(after is { } place ? snapshot.After(place, order, query) : offset, order.Length);
            int end = Math.Min(order.Length, start + limit);
            var part = new QueueGlance[end - start];
            for (int i = start; i < end; i++)
            {
                part[i - start] = snapshot.Queues[order[i]];
            }

            return (part, order.Length, end == order.Length, snapshot.Time);
        }
    }

    /// <summary>Null when there is no such queue.</summary>
    public QueueLine? Line(QueueKey key) => Detail(key)?.Line;

    /// <summary>What is said of a queue or a group; of one that does not exist, what it would begin with. A pause by a pattern is one too.</summary>
    public QueueMemory MemoryOf(QueueKey key)
    {
        QueueMemory memory = server.Scheduler.MemoryOf(key);
        bool isPaused = server.Scheduler.Queue(key) is { } queue
            ? queue.Paused
            : memory.IsPaused || server.Scheduler.StandingPauses().Any(pause => pause.Matches(key));
        return memory with { IsPaused = isPaused };
    }

    /// <summary>The queues, or groups, among those that are meant that do not use a source address now.</summary>
    public IReadOnlyList<DisabledSource> Disabled(QueuePattern pattern, IPAddress address) =>
    [
        .. server.Scheduler.DisabledSources(QueueNames.Matcher(server.Scheduler, pattern))
            .Select(static each => each.Source)
            .Where(source => source.Address is null || source.Address.Equals(address)),
    ];

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
