// All queues as they were at one time, and the orders and sums that were made of them. Made by QueueBoard, which lets one asker at a time make what all share
// and one at a time search; what is handed out does not change any more. A million queues take some 80 MB, and 4 MB more for each order.

using System.IO.Enumeration;
using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Short looks at all queues. Not thread safe.</summary>
internal sealed class QueueSnapshot
{
    /// <summary>A search that nobody waits for any more ends within a millisecond or two.</summary>
    public const int RowsBetweenLooks = 10_000;

    /// <summary>Filtered orders kept: as many as a few people look at.</summary>
    private const int MostFound = 8;

    /// <summary>Queues that are looked at as likely to be in trouble.</summary>
    private const int MostLargest = 64;

    private readonly Dictionary<QueueQuery, int[]> _orders = [];
    private readonly Dictionary<QueueQuery, int[]> _found = [];
    private readonly Dictionary<string, object> _kept = new(StringComparer.Ordinal);
    private Dictionary<string, QueueGlance[]>? _largestOf;
    private Dictionary<string, QueueSum>? _destinations;
    private Dictionary<string, QueueSum>? _virtualMtas;

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
            Keep(largest, i, queue.Recipients);
        }

        Largest = Emptied(largest);
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

    /// <summary>Sums of each destination; names of queues are in small letters.</summary>
    public Dictionary<string, QueueSum> Destinations() =>
        _destinations ??= QueueSum.Named(static key => key.Destination.Text, Queues, StringComparer.Ordinal);

    /// <summary>Sums of each virtual MTA that has a queue.</summary>
    public Dictionary<string, QueueSum> VirtualMtas() =>
        _virtualMtas ??= QueueSum.Named(static key => key.VirtualMta, Queues, StringComparer.OrdinalIgnoreCase);

    /// <summary>What somebody has made of this snapshot: made once, and forgotten with it. For whoever has the board.</summary>
    public T Kept<T>(string what, Func<QueueSnapshot, T> make)
        where T : class
    {
        if (!_kept.TryGetValue(what, out object? known))
        {
            _kept[what] = known = make(this);
        }

        return (T)known;
    }

    /// <summary>Where all queues stand in <see cref="Queues"/>, in an order. For whoever has the board.</summary>
    /// <param name="query">Filters nothing.</param>
    public int[] Order(QueueQuery query) =>
        _orders.TryGetValue(query, out int[]? known) ? known : _orders[query] = Sorted(query, CancellationToken.None);

    /// <summary>Where the queues that a query means stand in <see cref="Queues"/>, in its order. For whoever has its turn to search.</summary>
    public int[] Search(QueueQuery query, CancellationToken cancellation)
    {
        if (_found.TryGetValue(query, out int[]? known))
        {
            return known;
        }

        if (_found.Count >= MostFound)
        {
            _found.Clear();
        }

        return _found[query] = Sorted(query, cancellation);
    }

    /// <summary>The queues of one destination, most recipients first. For whoever has the board.</summary>
    /// <param name="destination">As queues are named.</param>
    public QueueGlance[] OfDestination(string destination)
    {
        var byName = new QueueQuery { Sort = QueueSort.Name };
        int[] order = Order(byName);
        int start = After(new QueuePlace(0, destination, ""), order, byName);
        int end = start;
        while (end < order.Length && Queues[order[end]].Key.Destination.Text == destination)
        {
            end++;
        }

        return [.. order[start..end].Select(row => Queues[row]).OrderByDescending(static queue => queue.Recipients)];
    }

    /// <summary>
    /// The queues of one virtual MTA that have most recipients, these first; at most <see cref="MostLargest"/>. For whoever has the board.
    /// </summary>
    public QueueGlance[] LargestOfVirtualMta(string name)
    {
        _largestOf ??= FindLargest();
        return _largestOf.TryGetValue(name, out QueueGlance[]? found) ? found : [];
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

    private int[] Sorted(QueueQuery query, CancellationToken cancellation)
    {
        var keys = new List<RowOrder.Key>(query.IsOpen ? Queues.Count : 0);
        for (int i = 0; i < Queues.Count; i++)
        {
            if (i % RowsBetweenLooks == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            QueueGlance queue = Queues[i];
            if (query.IsOpen || Matches(queue, query))
            {
                keys.Add(RowOrder.Key.Of(QueuePlace.NumberOf(queue, query), queue.Key.Destination.Text, i));
            }
        }

        return new RowOrder(CompareNames, query is { Sort: QueueSort.Name, Descending: true }).Sort(keys);
    }

    private int CompareNames(int x, int y)
    {
        (QueueKey a, QueueKey b) = (Queues[x].Key, Queues[y].Key);
        int order = string.CompareOrdinal(a.Destination.Text, b.Destination.Text);
        return order != 0 ? order : string.CompareOrdinal(a.VirtualMta, b.VirtualMta);
    }

    /// <summary>One pass for all virtual MTAs.</summary>
    private Dictionary<string, QueueGlance[]> FindLargest()
    {
        var largest = new Dictionary<string, PriorityQueue<int, long>>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < Queues.Count; i++)
        {
            QueueGlance queue = Queues[i];
            if (!largest.TryGetValue(queue.Key.VirtualMta, out PriorityQueue<int, long>? most))
            {
                largest[queue.Key.VirtualMta] = most = new PriorityQueue<int, long>();
            }

            Keep(most, i, queue.Recipients);
        }

        return largest.ToDictionary(static each => each.Key, each => Emptied(each.Value), StringComparer.OrdinalIgnoreCase);
    }

    private static void Keep(PriorityQueue<int, long> most, int row, long recipients)
    {
        if (most.Count < MostLargest)
        {
            most.Enqueue(row, recipients);
        }
        else
        {
            most.EnqueueDequeue(row, recipients);
        }
    }

    /// <summary>The largest first.</summary>
    private QueueGlance[] Emptied(PriorityQueue<int, long> most)
    {
        var first = new QueueGlance[most.Count];
        for (int i = first.Length - 1; i >= 0; i--)
        {
            first[i] = Queues[most.Dequeue()];
        }

        return first;
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
}
