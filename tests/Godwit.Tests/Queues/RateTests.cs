using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class RateTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");

    [Fact]
    public void Messages_leave_evenly_at_max_msg_rate()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(6, TimeSpan.FromMinutes(1)) });
        world.SubmitMessages(_key, 3);
        DeliveryTicket ticket = Assert.Single(Started(world));

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(TicketState.Wait, ticket.Next(world.Now, out _, out Instant notBefore));
            Assert.Equal(world.Now + TimeSpan.FromSeconds(10), notBefore);
            Assert.Equal("message rate limit reached (based on max-msg-rate in configuration)", world.WhyWaits(_key));
            Assert.Null(world.Grant());
            world.PassTo(notBefore);
            world.Finish(ticket, world.MustTake(ticket));
        }

        Assert.Equal(TicketState.Empty, world.Ask(ticket));
    }

    [Fact]
    public void No_connection_is_opened_that_would_find_the_rate_spent()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromMinutes(1)) });
        world.SubmitMessages(_key, 5);

        DeliveryTicket first = world.MustGrant();
        Assert.Null(world.Grant());

        // It ended without a message: the next has its unit.
        first.Close(world.Now);
        DeliveryTicket second = world.MustGrant();
        Assert.Null(world.Grant());

        // A slow peer costs nothing: the next unit has its connection although the last one's is still on its way.
        world.Pass(TimeSpan.FromMinutes(1));
        DeliveryTicket third = world.MustGrant();
        Assert.Null(world.Grant());
        Assert.Equal(1, world.MustTake(second).Count);
        Assert.Equal(TicketState.Wait, third.Next(world.Now, out _, out Instant notBefore));
        Assert.Equal(world.Now + TimeSpan.FromMinutes(1), notBefore);
    }

    [Fact]
    public void A_transaction_carries_no_more_recipients_than_the_rate_allows()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromSeconds(1)) });
        world.Submit(_key, recipients: 5);

        DeliveryTicket ticket = world.MustGrant();

        Assert.Equal(1, world.MustTake(ticket).Count);
        Assert.Equal(TicketState.Wait, world.Ask(ticket));
    }

    [Fact]
    public void A_fast_rate_lets_small_batches_through_and_reaches_its_number()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(10_000, TimeSpan.FromSeconds(1)) });
        world.Submit(_key, recipients: 500);
        world.Submit(_key, recipients: 500);
        world.Pass(TimeSpan.FromSeconds(1));
        DeliveryTicket ticket = world.MustGrant();
        int sent = 0;

        for (int i = 0; i < 20; i++)
        {
            while (ticket.Next(world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                sent += order!.Count;
                world.Finish(ticket, order);
            }

            world.Pass(TimeSpan.FromMilliseconds(2.5));
        }

        // 19 steps of 2.5 ms are 475 units; 51 may go at the first moment.
        Assert.InRange(sent, 475, 475 + 51);
    }

    [Fact]
    public void Without_a_connection_the_queue_asks_for_one_when_the_rate_allows_a_message()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromMinutes(1)) });
        world.SubmitMessages(_key, 2);
        DeliveryTicket ticket = Assert.Single(Started(world));
        ticket.Close(world.Now);

        Assert.Null(world.Grant());
        Assert.Equal(world.Now + TimeSpan.FromMinutes(1), world.Scheduler.NextDue(world.Now));

        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Single(world.GrantAll());
    }

    [Fact]
    public void Connections_are_opened_evenly_at_max_connect_rate()
    {
        var world = new QueueWorld(new DeliverySettings { MaxConnectRate = new Rate(4, TimeSpan.FromMinutes(1)) });
        world.SubmitMessages(_key, 10);

        Assert.Single(world.GrantAll());
        Assert.Equal("connect rate limit reached", world.WhyWaits(_key));
        Instant due = world.Scheduler.NextDue(world.Now);
        Assert.Equal(world.Now + TimeSpan.FromSeconds(15), due);
        world.PassTo(due);
        Assert.Single(world.GrantAll());
    }

    [Fact]
    public void An_emptied_queue_does_not_forget_its_rate()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromMinutes(1)) });
        world.Submit(_key);
        Started(world)[0].Close(world.Now);
        Assert.Equal(0, world.Scheduler.Totals().Recipients);

        world.Pass(TimeSpan.FromSeconds(30));
        world.Submit(_key);
        Assert.Null(world.Grant());

        world.Pass(TimeSpan.FromSeconds(30));
        Assert.NotNull(world.Grant());
    }

    [Fact]
    public void A_rate_raised_by_the_operator_takes_effect_at_once()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromHours(1)) });
        world.SubmitMessages(_key, 2);
        Started(world)[0].Close(world.Now);

        world.Delivery = world.Delivery with { MaxMsgRate = new Rate(1, TimeSpan.FromSeconds(1)) };
        world.Reload();
        Assert.Null(world.Grant());
        world.Pass(TimeSpan.FromSeconds(1));

        Assert.NotNull(world.Grant());
    }

    /// <summary>Grants everything and delivers one message on the first connection.</summary>
    private static List<DeliveryTicket> Started(QueueWorld world)
    {
        DeliveryTicket ticket = world.MustGrant();
        world.Finish(ticket, world.MustTake(ticket));
        return [ticket, .. world.GrantAll()];
    }
}
