using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class FairnessTests
{
    private static readonly QueueKey _giant = QueueWorld.Key("giant.example");
    private static readonly QueueKey _small = QueueWorld.Key("small.example");

    [Fact]
    public void A_password_reset_gets_a_connection_from_a_giant_queue_that_holds_all()
    {
        var world = new QueueWorld(total: 5);
        world.SubmitMessages(_giant, 5000);
        List<DeliveryTicket> tickets = world.GrantAll();
        Assert.Equal(5, tickets.Count);
        world.Submit(_small);

        int served = ServeInTurn(world, tickets, until: () => world.Scheduler.Totals().Connections < 5);

        Assert.InRange(served, 1, 5 * Scheduler.ShareOfOrders);
        Assert.Equal(_small, world.MustGrant().Key);
    }

    [Fact]
    public void Only_one_connection_gives_way_for_one_waiting_queue()
    {
        var world = new QueueWorld(total: 5);
        world.SubmitMessages(_giant, 5000);
        List<DeliveryTicket> tickets = world.GrantAll();
        world.Submit(_small);

        int closing = tickets.Count(ticket => ServeShare(world, ticket) == TicketState.Close);

        Assert.Equal(1, closing);
    }

    [Fact]
    public void Without_a_waiting_queue_a_connection_serves_on()
    {
        var world = new QueueWorld(total: 1);
        world.SubmitMessages(_giant, 5000);

        Assert.Equal((5000, TicketState.Empty), world.Serve(world.MustGrant()));
    }

    [Fact]
    public void A_slow_connection_gives_way_after_its_time()
    {
        var world = new QueueWorld(total: 1);
        world.SubmitMessages(_giant, 10);
        DeliveryTicket ticket = world.MustGrant();
        world.Submit(_small);
        Assert.Equal(TicketState.HasOrder, world.Ask(ticket));

        world.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal(TicketState.Close, world.Ask(ticket));
    }

    [Fact]
    public void A_connection_that_waits_for_a_slow_rate_gives_way_at_once()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgRate = new Rate(1, TimeSpan.FromMinutes(1)) }, total: 1);
        world.SubmitMessages(_giant, 10);
        DeliveryTicket ticket = world.MustGrant();
        world.Finish(ticket, world.MustTake(ticket));
        Assert.Equal(TicketState.Wait, world.Ask(ticket));

        world.Submit(_small);

        Assert.Equal(TicketState.Close, world.Ask(ticket));
        ticket.Close(world.Now);
        Assert.Equal(_small, world.MustGrant().Key);
    }

    [Fact]
    public void Giant_queues_share_the_slots_evenly_and_then_stop_moving_them()
    {
        var world = new QueueWorld(total: 9);
        QueueKey[] giants = [QueueWorld.Key("a.example"), QueueWorld.Key("b.example"), QueueWorld.Key("c.example")];
        world.SubmitMessages(giants[0], 30_000);
        List<DeliveryTicket> tickets = world.GrantAll();
        world.SubmitMessages(giants[1], 30_000);
        world.SubmitMessages(giants[2], 30_000);

        RunRounds(world, tickets, rounds: 1500);
        Assert.All(giants, giant => Assert.Equal(3, world.Scheduler.Queue(giant)!.Connections));

        HashSet<DeliveryTicket> before = [.. tickets];
        RunRounds(world, tickets, rounds: 300);
        Assert.All(tickets, ticket => Assert.Contains(ticket, before));
    }

    [Fact]
    public void More_queues_than_slots_all_have_their_turn()
    {
        var world = new QueueWorld(total: 2, virtualMtas: [("v", 1)]);
        QueueKey[] keys = [.. Enumerable.Range(0, 10).Select(i => QueueWorld.Key($"d{i}.example", i % 2 == 0 ? "v" : "{default}"))];
        foreach (QueueKey key in keys)
        {
            world.SubmitMessages(key, 1000);
        }

        var tickets = new List<DeliveryTicket>();
        RunRounds(world, tickets, rounds: 3 * 10 * Scheduler.ShareOfOrders);

        long[] left = [.. keys.Select(key => world.Scheduler.Queue(key)?.Recipients ?? 0)];
        Assert.All(left, each => Assert.InRange(each, 0, 700));
    }

    [Fact]
    public void A_queue_without_a_connection_goes_before_those_that_have_one()
    {
        var world = new QueueWorld(total: 3);
        QueueKey other = QueueWorld.Key("other.example");
        world.SubmitMessages(_giant, 100);
        world.SubmitMessages(other, 100);
        List<DeliveryTicket> tickets = world.GrantAll();
        world.Submit(_small);

        tickets[0].Close(world.Now);

        Assert.Equal(_small, world.MustGrant().Key);
    }

    [Fact]
    public void Within_a_virtual_mta_a_giant_queue_gives_way_too()
    {
        var world = new QueueWorld(virtualMtas: [("v", 4)]);
        QueueKey giant = QueueWorld.Key("giant.example", "v");
        QueueKey small = QueueWorld.Key("small.example", "v");
        world.SubmitMessages(giant, 5000);
        List<DeliveryTicket> tickets = world.GrantAll();
        Assert.Equal(4, tickets.Count);
        world.Submit(small);

        ServeInTurn(world, tickets, until: () => world.Scheduler.Totals().Connections < 4);

        Assert.Equal(small, world.MustGrant().Key);
    }

    /// <summary>Each ticket delivers one order in turn; closes when told; new ones are granted.</summary>
    private static void RunRounds(QueueWorld world, List<DeliveryTicket> tickets, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            tickets.AddRange(world.GrantAll());
            foreach (DeliveryTicket ticket in tickets.ToArray())
            {
                if (ticket.Next(world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
                {
                    world.Finish(ticket, order!);
                }
                else
                {
                    ticket.Close(world.Now);
                    tickets.Remove(ticket);
                }
            }
        }
    }

    private static int ServeInTurn(QueueWorld world, List<DeliveryTicket> tickets, Func<bool> until)
    {
        int served = 0;
        for (int i = 0; !until(); i++)
        {
            DeliveryTicket ticket = tickets[i % tickets.Count];
            if (ticket.Next(world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                world.Finish(ticket, order!);
                served++;
            }
            else
            {
                ticket.Close(world.Now);
            }
        }

        return served;
    }

    private static TicketState ServeShare(QueueWorld world, DeliveryTicket ticket)
    {
        for (int i = 0; i < Scheduler.ShareOfOrders; i++)
        {
            world.Finish(ticket, world.MustTake(ticket));
        }

        return world.Ask(ticket);
    }
}
