// Replies about a campaign or a sender, and the queues of one provider: what it said counts for all of them together.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class GroupCurbTests
{
    private static readonly DomainName _rollup = DomainName.Parse("p.rollup");
    private static readonly QueueReaction _slow = new() { Reason = "slow down", LimitsStream = true, CeilingFor = TimeSpan.FromHours(2) };
    private static readonly QueueReaction _oneAtATime = _slow with { SourceConnections = 1 };

    private readonly QueueWorld _world = new(virtualMtas: [("old", 0), ("new", 0)]);

    [Fact]
    public void A_campaign_that_is_to_go_at_half_the_rate_goes_at_half_in_all_queues_together()
    {
        _world.Own["p.example"] = new DeliverySettings { MaxMsgRate = new Rate(600, TimeSpan.FromMinutes(1)) };
        _world.Reload();
        QueueKey[] keys = Join(10);
        Fill(keys, "bulk", 100);
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], _slow with { HalvesRate = true });
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);

        Dictionary<QueueKey, int> sent = RunFor(TimeSpan.FromMinutes(1));

        Assert.InRange(sent.Values.Sum(), 290, 301);
        Assert.All(keys, key => Assert.InRange(sent.GetValueOrDefault(key), 25, 35));
    }

    [Fact]
    public void One_message_at_a_time_is_one_in_all_queues_and_they_take_turns()
    {
        QueueKey[] keys = Join(3);
        Fill(keys, "bulk", 5);
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], _oneAtATime);
        List<DeliveryTicket> open = [ticket];
        var served = new List<QueueKey>();
        for (int i = 0; i < 9; i++)
        {
            open.AddRange(_world.GrantAll());
            Assert.All(open.Where(each => each != ticket), each => Assert.NotEqual(TicketState.HasOrder, _world.Ask(each)));
            _world.Finish(ticket, order);
            served.Add(ticket.Key);
            DeliveryOrder? next = null;
            for (int turn = 0; turn < 3 && next is null; turn++)
            {
                foreach (DeliveryTicket each in open)
                {
                    if (next is null && each.Next(_world.Now, out DeliveryOrder? taken, out _) == TicketState.HasOrder)
                    {
                        (ticket, next) = (each, taken);
                    }
                }

                open.AddRange(_world.GrantAll());
            }

            Assert.NotNull(next);
            order = next;
        }

        Assert.All(keys, key => Assert.InRange(served.Count(each => each == key), 2, 4));
    }

    [Fact]
    public void A_queue_that_cannot_go_when_its_turn_comes_does_not_stop_the_others()
    {
        QueueKey[] keys = Join(3);
        Fill(keys, "bulk", 1);
        _world.SubmitJob(keys[1], "other");
        _world.SubmitJob(keys[0], "bulk");
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], _oneAtATime);
        DeliveryTicket second = _world.GrantAll().Single(each => each.Key == keys[1]);
        second.Next(_world.Now, out DeliveryOrder? busy, out _);
        Assert.Equal("other", _world.Scheduler.StreamOf(busy!.Message).Job);

        // Its only connection has much to do, and more are not allowed to it.
        _world.Own[keys[1].Destination.Text] = _world.Delivery with { MaxSmtpOut = 1 };
        _world.Reload();
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);

        Assert.Equal(2, RunFor(TimeSpan.FromSeconds(10)).Values.Sum());
    }

    [Fact]
    public void What_a_provider_said_about_a_campaign_ends_where_its_mail_goes_to_another_provider()
    {
        QueueKey[] keys = Join(2);
        Fill(keys, "bulk", 3);
        _world.Submit(keys[1]);
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], new QueueReaction { Reason = "quota", HoldFor = TimeSpan.FromHours(1) });
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        DeliveryTicket moving = _world.MustGrant();
        Assert.Equal(keys[1], moving.Key);

        Assert.True(moving.LeaveGroup(_world.Now));
        moving.Close(_world.Now);

        Assert.Equal(4, RunFor(TimeSpan.FromSeconds(1)).GetValueOrDefault(keys[1]));
        Assert.True(_world.Scheduler.MemoryOf(keys[1]).IsPlain);
        Assert.Equal(2, _world.Scheduler.Queue(keys[0])!.Held);
    }

    [Fact]
    public void Mail_that_moves_to_another_virtual_mta_is_slowed_there_in_all_queues_together()
    {
        QueueKey[] keys = Join(4, "old");
        Fill(keys, "bulk", 5);
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], _slow with { SourceRate = new Rate(1, TimeSpan.FromMinutes(1)) });
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        foreach (QueueKey key in keys)
        {
            _world.Own[$"{key.Destination.Text}/old"] = _world.Delivery with { RerouteToVirtualMta = "new" };
        }

        _world.Reload();

        Dictionary<QueueKey, int> sent = RunFor(TimeSpan.FromMinutes(10), joins: true);

        Assert.InRange(sent.Values.Sum(), 9, 11);
        Assert.All(sent.Keys, key => Assert.Equal("new", key.VirtualMta));
    }

    [Fact]
    public void A_hold_of_a_provider_ends_in_all_of_its_queues_at_once()
    {
        QueueKey[] keys = Join(20);
        Fill(keys, "bulk", 2);
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], new QueueReaction { Reason = "quota", HoldFor = TimeSpan.FromHours(1) });
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        Assert.Empty(RunFor(TimeSpan.FromMinutes(59)));

        Assert.Equal(39, RunFor(TimeSpan.FromMinutes(1)).Values.Sum());
    }

    [Fact]
    public void The_way_back_of_a_campaign_is_one_for_all_queues_and_goes_on_after_a_restart()
    {
        QueueKey[] keys = Join(3);
        Fill(keys, "bulk", 20);
        QueueReaction wait = new() { Reason = "quota", HoldFor = TimeSpan.FromMinutes(10), RecoverGradually = true };
        (DeliveryTicket ticket, DeliveryOrder order) = Tell(keys[0], wait);
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        _world.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1, AtOnce(_world));
        _world.Pass(TimeSpan.FromMinutes(1));
        AtOnce(_world);
        Assert.Equal(2, AtOnce(_world));

        QueueWorld next = _world.Restarted();
        var group = new QueueKey(_rollup, keys[0].VirtualMta);
        next.Scheduler.Restore(group, _world.Scheduler.MemoryOf(group), next.Now);
        foreach (QueueKey key in keys)
        {
            Join(next, key);
        }

        Fill(next, keys, "bulk", 10);

        Assert.Equal(2, AtOnce(next));
    }

    /// <summary>Messages that run side by side before any ends; then all end.</summary>
    private static int AtOnce(QueueWorld world)
    {
        List<(DeliveryTicket Ticket, DeliveryOrder Order)> running = [];
        for (int turn = 0; turn < 5; turn++)
        {
            while (world.Grant() is { } ticket)
            {
                if (ticket.Next(world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
                {
                    running.Add((ticket, order!));
                }
                else
                {
                    ticket.Close(world.Now);
                }
            }

            world.Pass(TimeSpan.FromSeconds(1)); // Whoever was called and cannot go is passed by.
        }

        foreach ((DeliveryTicket ticket, DeliveryOrder order) in running)
        {
            world.Finish(ticket, order);
            ticket.Close(world.Now);
        }

        return running.Count;
    }

    private QueueKey[] Join(int count, string virtualMta = EnvelopeRecipient.DefaultVirtualMta)
    {
        QueueKey[] keys = [.. Enumerable.Range(0, count).Select(i => QueueWorld.Key($"h{i}.example", virtualMta))];
        foreach (QueueKey key in keys)
        {
            Join(_world, key);
        }

        _world.Pass(TimeSpan.FromMinutes(1)); // What the group's rate has let pass so far.
        return keys;
    }

    private static void Join(QueueWorld world, QueueKey key)
    {
        world.Submit(key);
        DeliveryTicket ticket = world.MustGrant();
        Assert.True(ticket.JoinGroup(_rollup, DomainName.Parse("p.example"), world.Now));
        ticket.Close(world.Now);
        world.Pass(TimeSpan.FromSeconds(1));
        ticket = world.MustGrant();
        world.Serve(ticket);
        ticket.Close(world.Now);
    }

    private void Fill(QueueKey[] keys, string job, int each) => Fill(_world, keys, job, each);

    private static void Fill(QueueWorld world, QueueKey[] keys, string job, int each)
    {
        for (int i = 0; i < each; i++)
        {
            foreach (QueueKey key in keys)
            {
                world.SubmitJob(key, job);
            }
        }
    }

    /// <summary>The provider answers the first message of that queue.</summary>
    private (DeliveryTicket Ticket, DeliveryOrder Order) Tell(QueueKey key, QueueReaction reaction)
    {
        DeliveryTicket ticket = _world.MustGrant();
        Assert.Equal(key, ticket.Key);
        DeliveryOrder order = _world.MustTake(ticket);
        ticket.React(reaction, _world.Now, _world.Scheduler.StreamOf(order.Message));
        return (ticket, order);
    }

    /// <summary>Lets everything go that may; a message for each connection.</summary>
    private Dictionary<QueueKey, int> RunFor(TimeSpan time, bool joins = false)
    {
        var sent = new Dictionary<QueueKey, int>();
        Instant end = _world.Now + time;
        while (true)
        {
            while (_world.Grant() is { } ticket)
            {
                bool isElsewhere = joins && ticket.JoinGroup(_rollup, DomainName.Parse("p.example"), _world.Now);
                if (!isElsewhere && ticket.Next(_world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
                {
                    _world.Finish(ticket, order!);
                    sent[ticket.Key] = sent.GetValueOrDefault(ticket.Key) + 1;
                }

                ticket.Close(_world.Now);
            }

            Instant next = _world.Scheduler.NextDue(_world.Now);
            if (next > end)
            {
                _world.PassTo(end);
                return sent;
            }

            _world.PassTo(Instant.Max(_world.Now, next));
        }
    }
}
