using Godwit.Metrics;
using Godwit.Queues;
using Godwit.Tests.Control;

namespace Godwit.Tests.Metrics;

public sealed class RecentCensusTests
{
    [Fact]
    public void Queues_are_counted_once_for_all_who_ask_within_some_seconds()
    {
        var server = new TestServer();
        server.Enqueue("v1", ["a@bigmail.example"]);
        var census = new RecentCensus(server.Scheduler, server.Clock, server.Settings);
        QueueCensus first = census.Read();
        server.Enqueue("v1", ["b@bigmail.example"]);
        server.Time.Advance(TimeSpan.FromSeconds(3)); // One more went by with the message.

        Assert.Same(first, census.Read());
        Assert.Equal(1, first.Destinations[0].Recipients);

        server.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, census.Read().Destinations[0].Recipients);
    }
}
