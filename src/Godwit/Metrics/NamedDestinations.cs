// Which destinations have numbers of their own in metrics, and what the others come to together. A number with a name must never fall, and neither may that
// of the others, whatever destination becomes large or is forgotten: monitoring takes a fall for a restart. So a destination that was among the others begins
// at 0 when it gets its name, and what was counted under a name that it loses never comes back to the others.

using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Metrics;

/// <summary>Chooses destinations and reads them. Thread safe.</summary>
internal sealed class NamedDestinations(ActivityBook activity, ServerClock clock, Func<int> most)
{
    private const string Other = "other";

    /// <summary>A destination loses its name to another no more often, and only to one that is twice as large.</summary>
    private static readonly TimeSpan _chooseEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    /// <summary>What each had when it got its name, and what it has come to since.</summary>
    private readonly Dictionary<string, (DestinationFates Begun, DestinationFates Since)> _named = [];
    private DestinationFates _gone = new(Other, 0, 0, 0);
    private DestinationFates _others = new(Other, 0, 0, 0);
    private Instant _nextChoice;

    /// <summary>Each destination that has a name, then the others.</summary>
    public IReadOnlyList<DestinationFates> Read()
    {
        lock (_gate)
        {
            // The book's own sums, which no operator resets. Read before the parts: what is settled in between would stay among the others otherwise.
            var all = new DestinationFates("", activity.Delivered.Count, activity.Deferred.Count, activity.Bounced.Count);
            IReadOnlyList<ActivityReport<string>> largest = Largest();
            if (clock.Now >= _nextChoice || _named.Count > most())
            {
                _nextChoice = clock.Now + _chooseEvery;
                DropOthers(largest);
            }

            DestinationFates named = Count();
            foreach (ActivityReport<string> report in largest)
            {
                named = _named.Count < most() ? Name(report, all, named) : named;
            }

            // What was settled since all was read may be in the parts already.
            _others = Larger(_others, all.Less(named));
            return [.. _named.Values.Select(static each => each.Since), _others];
        }
    }

    /// <summary>As many as may be named, the largest first. What has a name counts twice, so that names do not go back and forth.</summary>
    private List<ActivityReport<string>> Largest()
    {
        // The smallest of the chosen is at the head, and gives way.
        int room = most();
        var chosen = new PriorityQueue<ActivityReport<string>, long>();
        foreach (ActivityReport<string> report in activity.Destinations())
        {
            long weight = (report.Delivered + report.Deferred + report.Bounced) * (_named.ContainsKey(report.Key) ? 2 : 1);
            if (chosen.Count < room)
            {
                chosen.Enqueue(report, weight);
            }
            else if (chosen.TryPeek(out _, out long least) && weight > least)
            {
                chosen.DequeueEnqueue(report, weight);
            }
        }

        List<ActivityReport<string>> largest = [];
        while (chosen.TryDequeue(out ActivityReport<string> report, out _))
        {
            largest.Add(report);
        }

        largest.Reverse();
        return largest;
    }

    /// <summary>Makes room for what is much larger than what has a name.</summary>
    private void DropOthers(IReadOnlyList<ActivityReport<string>> largest)
    {
        HashSet<string> chosen = [.. largest.Select(static report => report.Key)];
        foreach (string destination in _named.Keys.Where(name => !chosen.Contains(name)).ToList())
        {
            _gone = _gone.Plus(_named[destination].Since);
            _named.Remove(destination);
        }
    }

    /// <summary>Brings what has a name up to date; returns the sum of all that was ever counted under a name.</summary>
    private DestinationFates Count()
    {
        DestinationFates sum = _gone;
        foreach (string destination in _named.Keys.ToList())
        {
            (DestinationFates begun, DestinationFates since) = _named[destination];
            if (activity.Destination(destination) is { } now)
            {
                // What was forgotten and has come back begins anew there, and goes on here.
                DestinationFates grown = Of(now).Less(begun);
                begun = grown.IsLessThan(since) ? Of(now).Less(since) : begun;
                since = Larger(since, grown);
                _named[destination] = (begun, since);
            }

            sum = sum.Plus(since);
        }

        return sum;
    }

    /// <summary>Gives a name. What the others have been said to include stays with them.</summary>
    private DestinationFates Name(ActivityReport<string> report, DestinationFates all, DestinationFates named)
    {
        DestinationFates now = Of(report);
        var nothing = new DestinationFates(report.Key, 0, 0, 0);
        bool isNew = !all.Less(named).Less(now).IsLessThan(_others);
        return _named.TryAdd(report.Key, isNew ? (nothing, now) : (now, nothing)) && isNew ? named.Plus(now) : named;
    }

    private static DestinationFates Of(ActivityReport<string> report) => new(report.Key, report.Delivered, report.Deferred, report.Bounced);

    private static DestinationFates Larger(DestinationFates one, DestinationFates other) => one with
    {
        Delivered = Math.Max(one.Delivered, other.Delivered),
        Deferred = Math.Max(one.Deferred, other.Deferred),
        Bounced = Math.Max(one.Bounced, other.Bounced),
    };
}
