// What destinations say when they refuse or put off, in groups of replies that say the same. Fed by the door out, which knows what differs from mail to mail.
// Bounded twice: of one destination the rarest group goes, of all together the one that was heard longest ago.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Groups of replies by destination. Thread safe.</summary>
public sealed class ReplyBook
{
    /// <summary>Groups of one destination.</summary>
    public const int MostOfDestination = 50;

    /// <summary>Groups of all destinations: with pattern and sample at most two kilobytes each, usually a fifth of that.</summary>
    public const int MostGroups = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, LinkedListNode<Heard>>> _destinations = [];
    private readonly LinkedList<Heard> _byTime = new();

    /// <summary>Counts a reply.</summary>
    /// <param name="pattern">It without what differs from mail to mail.</param>
    /// <param name="reply">As it came.</param>
    /// <param name="recipients">How many got it.</param>
    public void Add(string destination, string pattern, string reply, int recipients, Instant now)
    {
        lock (_gate)
        {
            if (!_destinations.TryGetValue(destination, out Dictionary<string, LinkedListNode<Heard>>? groups))
            {
                groups = [];
                _destinations.Add(destination, groups);
            }

            if (!groups.TryGetValue(pattern, out LinkedListNode<Heard>? node))
            {
                // The new group goes in before another goes out, so its destination is never empty meanwhile.
                node = new LinkedListNode<Heard>(new Heard(destination, pattern, reply.Length <= ActivityBook.MaxReply ? reply : reply[..ActivityBook.MaxReply]));
                if (groups.Count >= MostOfDestination)
                {
                    Forget(Rarest(groups));
                }

                groups.Add(pattern, node);
                _byTime.AddFirst(node);
                if (_byTime.Count > MostGroups)
                {
                    Forget(_byTime.Last!);
                }
            }
            else if (node != _byTime.First)
            {
                _byTime.Remove(node);
                _byTime.AddFirst(node);
            }

            node.Value.Count += recipients;
            node.Value.Last = now;
        }
    }

    /// <summary>What a destination says, the most frequent first.</summary>
    public IReadOnlyList<ReplyGroup> Of(string destination)
    {
        List<ReplyGroup> found = [];
        lock (_gate)
        {
            if (_destinations.TryGetValue(destination, out Dictionary<string, LinkedListNode<Heard>>? groups))
            {
                foreach (LinkedListNode<Heard> node in groups.Values)
                {
                    found.Add(new ReplyGroup(node.Value.Pattern, node.Value.Count, node.Value.Sample, node.Value.Last));
                }
            }
        }

        found.Sort(static (a, b) => (b.Count, b.Last).CompareTo((a.Count, a.Last)));
        return found;
    }

    private static LinkedListNode<Heard> Rarest(Dictionary<string, LinkedListNode<Heard>> groups)
    {
        LinkedListNode<Heard>? rarest = null;
        foreach (LinkedListNode<Heard> node in groups.Values)
        {
            rarest = rarest is null || (node.Value.Count, node.Value.Last).CompareTo((rarest.Value.Count, rarest.Value.Last)) < 0 ? node : rarest;
        }

        return rarest!;
    }

    private void Forget(LinkedListNode<Heard> node)
    {
        _byTime.Remove(node);
        Dictionary<string, LinkedListNode<Heard>> groups = _destinations[node.Value.Destination];
        groups.Remove(node.Value.Pattern);
        if (groups.Count == 0)
        {
            _destinations.Remove(node.Value.Destination);
        }
    }

    private sealed class Heard(string destination, string pattern, string sample)
    {
        public string Destination => destination;

        public string Pattern => pattern;

        public string Sample => sample;

        public long Count { get; set; }

        public Instant Last { get; set; }
    }
}
