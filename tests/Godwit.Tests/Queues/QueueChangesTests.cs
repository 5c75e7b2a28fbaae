using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

public sealed class QueueChangesTests
{
    [Fact]
    public void Beyond_the_bound_the_newest_state_of_each_queue_is_handed_on_and_the_rest_is_counted()
    {
        var changes = new QueueChanges();
        for (int i = 0; i < QueueChanges.Bound; i++)
        {
            changes.Add(Change("early.example", QueueMode.Normal));
        }

        for (int i = 0; i < 1000; i++)
        {
            changes.Add(Change($"d{i % 10}.example", i < 990 ? QueueMode.Normal : QueueMode.Backoff));
        }

        changes.AddJob("j1", QueueChangeKind.JobPaused, default);
        changes.AddJob("j2", QueueChangeKind.JobPaused, default);
        changes.AddJob("j1", QueueChangeKind.JobResumed, default);
        Assert.Equal(QueueChanges.Bound, changes.Take(QueueChanges.Bound).Count);

        // What comes while they wait does not overtake them.
        changes.Add(Change("d3.example", QueueMode.Normal));
        IReadOnlyList<QueueChange> rest = [.. changes.Take(5), .. changes.Take(100)];

        Assert.Equal(10 + 2, rest.Count);
        Assert.Equal(9, rest.Count(change => change.After.Mode == QueueMode.Backoff));
        Assert.All(rest.Where(change => change.Key != default), change => Assert.Equal(QueueChangeKind.Extended, change.Kind));
        Assert.Equal(QueueChangeKind.JobResumed, rest.Single(change => change.Reason == "j1").Kind);
        Assert.Equal(1004, changes.Untold);
        Assert.Empty(changes.Take(1));
    }

    private static QueueChange Change(string domain, QueueMode mode) =>
        new(QueueWorld.Key(domain), QueueChangeKind.Backoff, "said 421", default, new QueueMemory { Mode = mode });
}
