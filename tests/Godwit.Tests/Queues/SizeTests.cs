using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

public sealed class SizeTests
{
    private readonly QueueWorld _world = new(virtualMtas: [("v", 0), ("w", 0)]);

    public SizeTests()
    {
        _world.SubmitMessages(QueueWorld.Key("a.example", "v"), 3);
        _world.SubmitMessages(QueueWorld.Key("a.example", "w"), 4);
        _world.SubmitMessages(QueueWorld.Key("b.example", "w"), 5);
    }

    [Fact]
    public void Queues_that_are_asked_for_say_what_they_hold()
    {
        DeliveryTicket ticket = _world.MustGrant();

        IReadOnlyList<QueueSize> sizes = _world.Scheduler.Sizes([ticket.Key, QueueWorld.Key("nowhere.example", "v")]);

        Assert.Equal((_world.Scheduler.Queue(ticket.Key)!.Recipients, 1), (sizes[0].Recipients, sizes[0].Connections));
        Assert.Equal(default, sizes[1]);
    }

    [Fact]
    public void A_destination_is_the_sum_of_its_queues_and_beyond_the_bound_nobody_is_looked_at()
    {
        DomainName[] names = [DomainName.Parse("b.example"), DomainName.Parse("a.example")];

        Assert.Equal([5, 7], _world.Scheduler.Sizes(names, mostLooks: 4).Select(size => size.Recipients));
        Assert.Equal([5], _world.Scheduler.Sizes(names, mostLooks: 3).Select(size => size.Recipients));
        Assert.Empty(_world.Scheduler.Sizes(names, mostLooks: 1));
    }
}
