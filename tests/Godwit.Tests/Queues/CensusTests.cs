using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

public sealed class CensusTests
{
    [Fact]
    public void Every_queue_is_in_one_state_and_each_hold_has_its_name()
    {
        var world = new QueueWorld(total: 1);
        foreach (string domain in (string[])["paused.example", "a.example", "b.example", "slow.example"])
        {
            world.SubmitMessages(QueueWorld.Key(domain), 2);
        }

        world.Scheduler.Pause(QueueWorld.Key("paused.example"), world.Now);
        world.Scheduler.SetMode(QueueWorld.Key("slow.example"), QueueMode.Backoff, "", world.Now);
        world.MustGrant();

        QueueCensus census = world.Scheduler.Census(10, world.Now);

        Assert.Equal("delivering 1, backoff 1, paused 1, waiting 1", Names(census.States));
        Assert.Equal("paused 1, server_connections 3", Names(census.Holds));
        Assert.Equal(14, census.Holds.Count);
    }

    [Fact]
    public void The_destinations_with_most_recipients_are_named_over_all_virtual_mtas()
    {
        var world = new QueueWorld(virtualMtas: [("v", 0)]);
        world.SubmitMessages(QueueWorld.Key("a.example"), 2);
        world.SubmitMessages(QueueWorld.Key("a.example", "v"), 3);
        world.SubmitMessages(QueueWorld.Key("b.example"), 4);
        world.SubmitMessages(QueueWorld.Key("c.example"), 2);
        world.SubmitMessages(QueueWorld.Key("d.example"), 1);

        QueueCensus census = world.Scheduler.Census(2, world.Now);

        Assert.Equal("a.example 5, b.example 4", string.Join(", ", census.Destinations.Select(each => $"{each.Destination} {each.Recipients}")));
        Assert.Equal(3, census.OtherRecipients);
        Assert.Equal(12, world.Scheduler.Census(0, world.Now).OtherRecipients);
    }

    [Fact]
    public void A_queue_whose_time_has_come_does_not_retry_any_more_although_nothing_has_happened_since()
    {
        var world = new QueueWorld();
        QueueKey key = QueueWorld.Key("a.example");
        world.SubmitMessages(key, 1);
        DeliveryTicket ticket = world.MustGrant();
        Instant retry = ticket.ConnectFailed("ECONNREFUSED connecting to a.example", dnsError: false, world.Now);
        ticket.Close(world.Now);

        Assert.Equal("retrying 1", Names(world.Scheduler.Census(10, world.Now).States));
        Assert.Equal("waiting 1", Names(world.Scheduler.Census(10, retry).States));
    }

    [Fact]
    public void A_queue_that_is_gone_meanwhile_is_not_counted()
    {
        var world = new QueueWorld();
        world.SubmitMessages(QueueWorld.Key("a.example"), 1);
        MailQueue[] before = world.Scheduler.All();

        var another = new QueueWorld();
        another.SubmitMessages(QueueWorld.Key("a.example"), 1);

        Assert.Equal("", Names(another.Scheduler.Census(before, 10, another.Now).States));
        Assert.Equal("waiting 1", Names(another.Scheduler.Census(10, another.Now).States));
    }

    private static string Names(IEnumerable<(string Name, int Queues)> counts) => string.Join(
        ", ", counts.Where(each => each.Queues > 0).OrderBy(each => each.Name == "waiting").Select(each => $"{each.Name} {each.Queues}"));
}
