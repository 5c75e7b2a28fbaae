// All queues as they were at one time, and the orders and sums that were made of them. Made by QueueBoard, on whose thread everything here is made;
// what is handed out does not change any more. A million queues take some 80 MB, and 4 MB more for each order.

using System.IO.Enumeration;
using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Short looks at all queues. Not thread safe.</summary>
internal sealed class QueueSnapshot
{
    /// <summary>Orders kept: as many as a few people look at with different filters.</summary>
    private const int MostOrders = 8;

    /// <summary>Queues that are looked at as likely to be in trouble.</summary>
    private const int MostLargest = 64;

    private readonly Dictionary<QueueQuery, int[]> _orders = [];
    private IReadOnlyCollection<QueueSum>? _destinations;
    private IReadOnlyCollection<QueueSum>? _virtualMtas;

    public QueueSnapshot(IReadOnlyList<QueueGlance> queues, Instant time)
    {
        (Queues, Time) = (queues, time);
        var largest = new PriorityQueue<int, long>();
        for (int i = 0; i < queues.Count; i++)
        {
            QueueGlance queue = queues[i];
            if (queue.Recipients == 0)
            {
                continue;
            }

            Busy++;
            Paused += queue.IsPaused ? 1 : 0;
            PausedRecipients += queue.IsPaused ? queue.Recipients : 0;
            if (largest.Count < MostLargest)
            {
                largest.Enqueue(i, queue.Recipients);
            }
            else
            {
                largest.EnqueueDequeue(i, queue.Recipients);
            }
        }

        var first = new QueueGlance[largest.Count];
        for (int i = first.Length - 1; i >= 0; i--)
        {
            first[i] = queues[largest.Dequeue()];
        }

        Largest = first;
    }

    public IReadOnlyList<QueueGlance> Queues { get; }

    public Instant Time { get; }

    /// <summary>Queues with recipients.</summary>
    public int Busy { get; }

    /// <summary>Of these, those that are paused.</summary>
    public int Paused { get; }

    public long PausedRecipients { get; }

    /// <summary>The queues with most recipients, the largest first.</summary>
    public IReadOnlyList<QueueGlance> Largest { get; }

    /// <summary>Sums of each destination.</summary>
    public IReadOnlyCollection<QueueSum> Destinations() => _destinations ??= QueueSum.By(static key => key.Destination.Text, Queues, []);

    /// <summary>Sums of each virtual MTA that has a queue.</summary>
    public IReadOnlyCollection<QueueSum> VirtualMtas() => _virtualMtas ??= QueueSum.By(static key => key.VirtualMta, Queues, []);

    /// <summary>Where the queues that a query means stand in <see cref="Queues"/>, in its order.</summary>
    public int[] Order(QueueQuery query)
    {
        if (_orders.TryGetValue(query, out int[]? known))
        {
            return known;
        }

        if (_orders.Count >= MostOrders)
        {
            _orders.Clear();
        }

        return _orders[query] = Sorted(query);
    }

    /// <summary>The first place in an order that comes behind another; that one's queue may have gone.</summary>
    public int After(QueuePlace place, int[] order, QueueQuery query)
    {
        int low = 0;
        int high = order.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = QueuePlace.Of(Queues[order[middle]], query).CompareTo(place, query) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>
    /// Sorted by numbers that stand side by side: first what the order is by, then the first letters of the name. Whole names are looked at only where both
    /// are equal, which makes a million queues ten times cheaper.
    /// </summary>
    private int[] Sorted(QueueQuery query)
    {
        var keys = new List<SortKey>(Queues.Count);
        for (int i = 0; i < Queues.Count; i++)
        {
            QueueGlance queue = Queues[i];
            if (Matches(queue, query))
            {
                keys.Add(new SortKey(QueuePlace.NumberOf(queue, query), Prefix(queue.Key.Destination.Text), i));
            }
        }

        keys.Sort(new SortOrder(Queues, query));
        int[] order = new int[keys.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = keys[i].Row;
        }

        return order;
    }

    private bool Matches(in QueueGlance queue, QueueQuery query) =>
        (query.Mode is not { } mode || queue.Mode == mode)
        && (query.Paused is not { } paused || queue.IsPaused == paused)
        && (query.Connected is not { } connected || queue.Connections > 0 == connected)
        && (query.Waiting is not { } waiting || (queue.NextTry > Time && queue.NextTry != Instant.Never && queue.Recipients > 0) == waiting)
        && (query.Destination.Length == 0 || FileSystemName.MatchesSimpleExpression(query.Destination, queue.Key.Destination.Text))
        && (query.VirtualMta.Length == 0 || FileSystemName.MatchesSimpleExpression(query.VirtualMta, queue.Key.VirtualMta))
        && (query.Text.Length == 0 || Holds(queue.Key, query.Text));

    private static bool Holds(QueueKey key, string text)
    {
        if (QueuePattern.IsPattern(text) || text.Contains('/', StringComparison.Ordinal))
        {
            string name = key.ToString();
            return QueuePattern.IsPattern(text)
                ? FileSystemName.MatchesSimpleExpression(text.Contains('/', StringComparison.Ordinal) ? text : text + "/*", name)
                : name.Contains(text, StringComparison.OrdinalIgnoreCase);
        }

        return key.Destination.Text.Contains(text, StringComparison.OrdinalIgnoreCase) || key.VirtualMta.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The first eight letters as a number that compares as they do; letters beyond Latin-1 are equal here and told apart by the whole name.</summary>
    private static ulong Prefix(string name)
    {
        ulong prefix = 0;
        for (int i = 0; i < 8; i++)
        {
            prefix = (prefix << 8) | (i < name.Length ? Math.Min(name[i], 'ÿ') : 0UL);
        }

        return prefix;
    }

    private readonly record struct SortKey(long Number, ulong Name, int Row);

    private sealed class SortOrder(IReadOnlyList<QueueGlance> queues, QueueQuery query) : IComparer<SortKey>
    {
        private readonly bool _isTurned = query is { Sort: QueueSort.Name, Descending: true };

        public int Compare(SortKey x, SortKey y)
        {
            if (x.Number != y.Number)
            {
                return x.Number < y.Number ? -1 : 1;
            }

            if (x.Name != y.Name)
            {
                return x.Name < y.Name == _isTurned ? 1 : -1;
            }

            (QueueKey a, QueueKey b) = (queues[x.Row].Key, queues[y.Row].Key);
            return QueuePlace.CompareNames(a.Destination.Text, a.VirtualMta, b.Destination.Text, b.VirtualMta, query);
        }
    }
}
