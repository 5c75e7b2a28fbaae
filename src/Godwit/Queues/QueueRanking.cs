// Which queues an operator wants to see first, chosen from all of them without holding anybody up: it works on what was read before.

namespace Godwit.Queues;

/// <summary>A queue and what it is ranked by.</summary>
/// <param name="Recipients">As of when it was looked at; the same for all when only names are to count.</param>
internal readonly record struct RankedQueue(MailQueue Queue, long Recipients);

/// <summary>Picks the first of many queues: most recipients first, ties by name. Pure.</summary>
internal static class QueueRanking
{
    private static readonly Comparer<RankedQueue> _lastFirst = Comparer<RankedQueue>.Create(static (a, b) => Compare(b, a));

    /// <summary>The first <paramref name="most"/>, in their order. Holds no more than these at a time.</summary>
    public static MailQueue[] First(IReadOnlyList<RankedQueue> queues, int most)
    {
        var first = new PriorityQueue<MailQueue, RankedQueue>(_lastFirst);
        for (int i = 0; i < queues.Count; i++)
        {
            RankedQueue each = queues[i];
            if (first.Count < most)
            {
                first.Enqueue(each.Queue, each);
            }
            else if (first.TryPeek(out _, out RankedQueue last) && Compare(each, last) < 0)
            {
                first.EnqueueDequeue(each.Queue, each);
            }
        }

        var ordered = new MailQueue[first.Count];
        for (int i = ordered.Length - 1; i >= 0; i--)
        {
            ordered[i] = first.Dequeue();
        }

        return ordered;
    }

    private static int Compare(RankedQueue a, RankedQueue b)
    {
        int order = b.Recipients.CompareTo(a.Recipients);
        order = order != 0 ? order : string.CompareOrdinal(a.Queue.Key.Destination.Text, b.Queue.Key.Destination.Text);
        return order != 0 ? order : string.CompareOrdinal(a.Queue.Key.VirtualMta, b.Queue.Key.VirtualMta);
    }
}
