// The largest unfinished queues of a receiver: what holds them stands for what holds its mail. A million small queues need not all be asked.
// Owned by one rehearsal.

namespace Godwit.Rehearsal;

/// <summary>A handful of queues to look at, renewed as they finish.</summary>
internal sealed class WatchedQueues
{
    private const int Most = 8;

    private readonly List<CampaignQueue> _largestFirst;
    private readonly List<CampaignQueue> _watched = [];
    private int _next;

    public WatchedQueues(IEnumerable<CampaignQueue> queues)
    {
        _largestFirst = [.. queues];
        _largestFirst.Sort(static (a, b) => a.Recipients != b.Recipients ? b.Recipients.CompareTo(a.Recipients)
            : string.CompareOrdinal(a.Key.Destination.Text + a.Key.VirtualMta, b.Key.Destination.Text + b.Key.VirtualMta));
    }

    /// <summary>Those to look at now; none when all are done.</summary>
    public IReadOnlyList<CampaignQueue> Now()
    {
        _watched.RemoveAll(static queue => queue.Open <= 0);
        while (_watched.Count < Most && _next < _largestFirst.Count)
        {
            CampaignQueue queue = _largestFirst[_next++];
            if (queue.Open > 0)
            {
                _watched.Add(queue);
            }
        }

        return _watched;
    }
}
