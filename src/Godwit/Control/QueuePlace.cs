using Godwit.Queues;

namespace Godwit.Control;

/// <summary>
/// Where a queue stands in an order: by number, then by name. A page that begins behind a place misses no queue that was there all the time, and shows none
/// twice, as long as numbers stand still; names always do.
/// </summary>
internal readonly record struct QueuePlace(long Number, string Destination, string VirtualMta)
{
    public static QueuePlace Of(in QueueGlance queue, QueueQuery query) => new(NumberOf(queue, query), queue.Key.Destination.Text, queue.Key.VirtualMta);

    /// <summary>What counts before the name; the smaller comes first.</summary>
    public static long NumberOf(in QueueGlance queue, QueueQuery query)
    {
        long number = query.Sort switch
        {
            QueueSort.Recipients => queue.Recipients,
            QueueSort.Size => queue.Bytes,
            QueueSort.Connections => queue.Connections,
            QueueSort.NextTry => queue.NextTry.Ticks,
            _ => 0,
        };
        return query.Descending ? -number : number;
    }

    public int CompareTo(in QueuePlace other, QueueQuery query)
    {
        int byNumber = Number.CompareTo(other.Number);
        return byNumber != 0 ? byNumber : CompareNames(Destination, VirtualMta, other.Destination, other.VirtualMta, query);
    }

    /// <summary>Only an order by nothing but names turns names around.</summary>
    public static int CompareNames(string destination, string virtualMta, string otherDestination, string otherVirtualMta, QueueQuery query)
    {
        int order = string.CompareOrdinal(destination, otherDestination);
        order = order != 0 ? order : string.CompareOrdinal(virtualMta, otherVirtualMta);
        return query is { Sort: QueueSort.Name, Descending: true } ? -order : order;
    }
}
