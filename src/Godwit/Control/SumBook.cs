// Sums of one snapshot beside what became of the rest of the mail, and the orders of them. Made by MailLook, kept with its snapshot and thrown away with it.
// Orders of all sums are made by whoever has the board; filtered ones by whoever has its turn to search. Neither changes once it is made.

using Godwit.Diagnostics;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Destinations, or virtual MTAs, of one moment.</summary>
internal sealed class SumBook
{
    /// <summary>Filtered lists kept: as many as a few people look at.</summary>
    private const int MostFound = 8;

    private readonly QueueSum[] _sums;
    private readonly Dictionary<string, ActivityReport<string>> _fates = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, QueueSum> _waiting;
    private readonly Dictionary<string, QueueSum> _others = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(SumSort Sort, bool Descending), QueueSum[]> _orders = [];
    private readonly Dictionary<SumQuery, QueueSum[]> _found = [];

    /// <param name="waiting">What waits, by name; it is the snapshot's and does not change.</param>
    /// <param name="activity">What became of the rest.</param>
    /// <param name="configured">Names that are there even if nothing is known of them.</param>
    public SumBook(Dictionary<string, QueueSum> waiting, IReadOnlyList<ActivityReport<string>> activity, IEnumerable<string> configured)
    {
        _waiting = waiting;
        foreach (ActivityReport<string> each in activity)
        {
            _fates[each.Key] = each;
            AddOther(each.Key);
        }

        foreach (string each in configured)
        {
            AddOther(each);
        }

        _sums = [.. _waiting.Values, .. _others.Values];
    }

    /// <summary>Null when nothing is known of it.</summary>
    public MailSum? Find(string name) => _waiting.TryGetValue(name, out QueueSum? sum) || _others.TryGetValue(name, out sum) ? Join(sum) : null;

    /// <summary>A sum with what became of the rest.</summary>
    public MailSum Join(QueueSum sum) => new(sum, _fates.GetValueOrDefault(sum.Name));

    /// <summary>All of them in an order. For whoever has the board.</summary>
    public QueueSum[] Order(SumSort sort, bool descending) =>
        _orders.TryGetValue((sort, descending), out QueueSum[]? known) ? known : _orders[(sort, descending)] = Sorted(_sums, sort, descending);

    /// <summary>Those that a filter means. For whoever has its turn to search.</summary>
    public QueueSum[] Search(SumQuery query, CancellationToken cancellation)
    {
        if (_found.TryGetValue(query, out QueueSum[]? known))
        {
            return known;
        }

        if (_found.Count >= MostFound)
        {
            _found.Clear();
        }

        var matching = new List<QueueSum>();
        for (int i = 0; i < _sums.Length; i++)
        {
            if (i % QueueSnapshot.RowsBetweenLooks == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (NameFilter.Matches(_sums[i].Name, query.Text))
            {
                matching.Add(_sums[i]);
            }
        }

        return _found[query] = Sorted([.. matching], query.Sort, query.Descending);
    }

    private void AddOther(string name)
    {
        if (!_waiting.ContainsKey(name))
        {
            _others.TryAdd(name, new QueueSum(name));
        }
    }

    private QueueSum[] Sorted(QueueSum[] sums, SumSort sort, bool descending)
    {
        var keys = new List<RowOrder.Key>(sums.Length);
        for (int i = 0; i < sums.Length; i++)
        {
            long number = Number(sums[i], sort);
            keys.Add(RowOrder.Key.Of(descending ? -number : number, sums[i].Name, i));
        }

        var order = new RowOrder((x, y) => string.CompareOrdinal(sums[x].Name, sums[y].Name), descending && sort == SumSort.Name);
        return Array.ConvertAll(order.Sort(keys), row => sums[row]);
    }

    private long Number(QueueSum sum, SumSort sort) => sort switch
    {
        SumSort.Recipients => sum.Recipients,
        SumSort.Size => sum.Bytes,
        SumSort.Connections => sum.Connections,
        SumSort.Delivered => _fates.GetValueOrDefault(sum.Name).Delivered,
        SumSort.Deferred => _fates.GetValueOrDefault(sum.Name).Deferred,
        SumSort.Bounced => _fates.GetValueOrDefault(sum.Name).Bounced,
        _ => 0,
    };
}
