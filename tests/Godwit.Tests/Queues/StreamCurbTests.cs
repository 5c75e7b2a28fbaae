// Replies about a sender or a campaign: such mail is held or slowed, in all queues of the provider, and no other.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

public sealed class StreamCurbTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");
    private static readonly QueueReaction _slow = new() { Reason = "slow down", LimitsStream = true, CeilingFor = TimeSpan.FromHours(1) };

    private readonly QueueWorld _world = new();

    [Fact]
    public void A_ceiling_on_connections_lets_so_many_of_that_jobs_messages_run_at_once()
    {
        (DeliveryTicket first, DeliveryOrder order) = Told(_slow with { SourceConnections = 1 });
        _world.SubmitJob(_key, "other");

        List<DeliveryTicket> more = _world.GrantAll();
        DeliveryOrder free = _world.MustTake(Assert.Single(more));
        Assert.Equal("other", JobOf(free));

        _world.Finish(first, order);
        Assert.Equal("bulk", JobOf(_world.MustTake(first)));
        _world.Finish(more[0], free);
        Assert.Equal(TicketState.Empty, _world.Ask(more[0]));
    }

    [Fact]
    public void A_rate_spaces_that_jobs_messages_and_ends_with_its_time()
    {
        (DeliveryTicket ticket, DeliveryOrder order) = Told(_slow with { SourceRate = new Rate(1, TimeSpan.FromMinutes(10)) }, bulk: 100);
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);

        int sent = 0;
        for (int minute = 0; minute < 59; minute++)
        {
            sent += ServeAll();
            _world.Pass(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(5, sent); // The one that was answered counts.
        _world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(94, ServeAll());
    }

    [Fact]
    public void A_sender_that_waits_comes_back_with_one_message_at_a_time_and_more_by_the_minute()
    {
        QueueReaction wait = new() { Reason = "quota", HoldFor = TimeSpan.FromMinutes(10), MeansTenant = true, RecoverGradually = true };
        (DeliveryTicket ticket, DeliveryOrder order) = Told(wait, bulk: 20);
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        Assert.Null(_world.Grant());

        _world.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1, MostAtOnce());
        _world.Pass(TimeSpan.FromMinutes(1));
        MostAtOnce();
        Assert.Equal(2, MostAtOnce());

        int MostAtOnce()
        {
            List<(DeliveryTicket Ticket, DeliveryOrder Order)> running = [];
            while (_world.Grant() is { } next)
            {
                if (next.Next(_world.Now, out DeliveryOrder? taken, out _) == TicketState.HasOrder)
                {
                    running.Add((next, taken!));
                }
                else
                {
                    next.Close(_world.Now);
                }
            }

            foreach ((DeliveryTicket each, DeliveryOrder taken) in running)
            {
                _world.Finish(each, taken);
                each.Close(_world.Now);
            }

            return running.Count;
        }
    }

    [Fact]
    public void The_other_queues_of_the_provider_keep_to_it_too_also_one_that_comes_later()
    {
        QueueKey second = QueueWorld.Key("b.example");
        QueueKey late = QueueWorld.Key("c.example");
        foreach (QueueKey each in (QueueKey[])[_key, second])
        {
            Join(each);
        }

        (DeliveryTicket ticket, DeliveryOrder order) = Told(new QueueReaction { Reason = "quota", HoldFor = TimeSpan.FromHours(1) });
        _world.SubmitJob(second, "bulk");
        Join(late);
        _world.SubmitJob(late, "bulk");

        Assert.Null(_world.Grant());
        IReadOnlyList<WaitReason> reasons = _world.Scheduler.Why(second, _world.Now)!.Reasons;
        Assert.Contains(reasons, reason => reason.Text.Contains("mail of job bulk is held", StringComparison.Ordinal));
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(3, _world.GrantAll().Select(each => each.Key).Distinct().Count());
        _world.Finish(ticket, order);
    }

    [Fact]
    public void What_is_held_stays_held_when_its_mail_moves_to_another_virtual_mta()
    {
        var world = new QueueWorld(virtualMtas: [("old", 0), ("new", 0)]);
        QueueKey old = QueueWorld.Key("a.example", "old");
        world.SubmitJob(old, "bulk");
        world.SubmitJob(old, "bulk");
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        ticket.React(new QueueReaction { Reason = "quota", HoldFor = TimeSpan.FromHours(1) }, world.Now, new StreamKey("bulk", "shop.example"));
        world.Finish(ticket, order);
        ticket.Close(world.Now);

        world.Delivery = world.Delivery with { RerouteToVirtualMta = "new" };
        world.Reload();
        Assert.Null(world.Grant());

        Assert.Equal(1, world.Scheduler.Queue(QueueWorld.Key("a.example", "new"))!.Recipients);
        world.Pass(TimeSpan.FromHours(1));
        Assert.Equal("new", world.MustGrant().Key.VirtualMta);
    }

    [Fact]
    public void Ten_thousand_paused_jobs_take_no_more_lines_than_there_are_and_each_goes_on_when_it_is_resumed()
    {
        var streams = new StreamTable();
        var queue = new MailQueue(_key, new VirtualMtaLane("v"), _world.Delivery, 1, new QueueSurroundings(new DelayNotices(), streams));
        for (int i = 0; i < 10_000; i++)
        {
            streams.SetPaused($"job{i}", paused: true);
            Enter($"job{i}");
        }

        for (int i = 0; i < 10; i++)
        {
            Enter($"live{i}");
            Enter($"live{i}");
        }

        Assert.Equal((10_000, 20), (queue.Held, queue.Ready));
        Assert.InRange(queue.Lines, 1, ReadyRecipients.MaxLines + 2);
        HashSet<int> firstTen = [.. Enumerable.Range(0, 10).Select(_ => queue.TakeOrder(null, [], _world.Now, out RateWait _)!.Message.Stream)];
        Assert.Equal(10, firstTen.Count); // Live jobs take turns as ever.

        streams.SetPaused("job5000", paused: false);
        queue.JobsChanged();
        int slice = 100;
        Assert.False(queue.Attend(_world.Now, ref slice)); // A queue of millions must not hold the lock for all of them.
        slice = 20_000;
        Assert.True(queue.Attend(_world.Now, ref slice));
        Assert.Equal((9_999, 11), (queue.Held, queue.Ready));

        void Enter(string job)
        {
            StoredMessage message = _world.Message();
            message.Stream = streams.FindOrAdd(new StreamKey(job, "t")).Number;
            streams.Enter(message.Stream, 1);
            queue.Enter(new QueuedRecipient(message, 0), _world.Now);
        }
    }

    [Fact]
    public void Slowed_mail_goes_on_where_more_jobs_wait_than_there_are_lines()
    {
        (DeliveryTicket ticket, DeliveryOrder order) = Told(_slow with { SourceRate = new Rate(1, TimeSpan.FromMinutes(1)) }, bulk: 3);
        for (int i = 0; i < 100; i++)
        {
            _world.Scheduler.PauseJob($"paused{i}", _world.Now);
            _world.SubmitJob(_key, $"paused{i}");
        }

        for (int i = 0; i < 200; i++)
        {
            _world.SubmitJob(_key, $"live{i}");
        }

        _world.SubmitJob(_key, "bulk");
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        int sent = 0;
        for (int second = 0; second < 300; second++)
        {
            sent += ServeAll();
            _world.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(203, sent);
        Assert.Equal(100, _world.Scheduler.Queue(_key)!.Recipients);
    }

    [Fact]
    public void Beyond_the_bound_on_streams_mail_is_of_no_job_but_a_paused_job_keeps_its_mail()
    {
        var streams = new StreamTable(bound: 2);
        streams.SetPaused("paused", paused: true);
        foreach (string job in (string[])["a", "b"])
        {
            streams.Enter(streams.FindOrAdd(new StreamKey(job, "t")).Number, 1);
        }

        Assert.Equal(StreamTable.None, streams.FindOrAdd(new StreamKey("c", "t")).Number);
        MailStream paused = streams.FindOrAdd(new StreamKey("paused", "t1"));
        Assert.True(paused.IsPaused);
        Assert.Same(paused, streams.FindOrAdd(new StreamKey("paused", "t2")));

        streams.Leave(1, 1);
        streams.Leave(2, 1);
        Assert.NotEqual(StreamTable.None, streams.FindOrAdd(new StreamKey("d", "t")).Number);
        streams.SetPaused("paused", paused: false);
        Assert.False(paused.IsPaused);
    }

    [Fact]
    public void A_sender_comes_back_step_by_step_also_when_its_queue_was_empty_meanwhile_but_not_after_an_hour()
    {
        QueueReaction wait = new() { Reason = "quota", HoldFor = TimeSpan.FromMinutes(10), MeansTenant = true, RecoverGradually = true };
        (DeliveryTicket ticket, DeliveryOrder order) = Told(wait, bulk: 1);
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        _world.Pass(TimeSpan.FromMinutes(40));
        Assert.Null(_world.Grant());

        Submit(5);
        (List<DeliveryTicket> tickets, int running) = Start();
        Assert.Equal(1, running);
        tickets.ForEach(each => each.Close(_world.Now));

        _world.Pass(TimeSpan.FromMinutes(31));
        Submit(5);
        Assert.Equal(9, Start().Running);
    }

    [Fact]
    public void The_way_back_of_a_sender_goes_on_after_a_restart()
    {
        QueueReaction wait = new() { Reason = "quota", HoldFor = TimeSpan.FromMinutes(10), RecoverGradually = true };
        (DeliveryTicket ticket, DeliveryOrder order) = Told(wait, bulk: 1);
        _world.Finish(ticket, order);
        ticket.Close(_world.Now);
        _world.Pass(TimeSpan.FromMinutes(20));

        QueueWorld next = _world.Restarted();
        next.Scheduler.Restore(_key, _world.Scheduler.MemoryOf(_key), next.Now);
        for (int i = 0; i < 3; i++)
        {
            next.SubmitJob(_key, "bulk");
        }

        next.MustTake(next.MustGrant());
        Assert.All(next.GrantAll(), each => Assert.NotEqual(TicketState.HasOrder, next.Ask(each)));
    }

    [Fact]
    public void A_hold_that_is_over_begins_no_second_way_back()
    {
        var streams = new StreamTable();
        var queue = new MailQueue(_key, new VirtualMtaLane("v"), _world.Delivery, 1, new QueueSurroundings(new DelayNotices(), streams));
        StoredMessage message = _world.Message(2);
        message.Stream = streams.FindOrAdd(new StreamKey("bulk", "t")).Number;
        queue.Enter(new QueuedRecipient(message, 0), _world.Now);
        Instant over = _world.Now - TimeSpan.FromMinutes(1);
        var slowed = new StreamTerms("bulk", null, default, RecoversGradually: false) { Connections = 2, CeilingUntil = _world.Now + TimeSpan.FromHours(2) };
        queue.Curb(slowed, _world.Now);
        queue.Curb(slowed with { HeldUntil = over, RecoversGradually = true }, _world.Now);

        Assert.NotNull(queue.TakeOrder(null, [], _world.Now, out _));
        queue.Enter(new QueuedRecipient(message, 1), _world.Now);
        Assert.NotNull(queue.TakeOrder(null, [], _world.Now, out _));
    }

    [Fact]
    public void The_ceiling_that_ends_later_stays_when_mail_moves_to_where_such_mail_is_slowed_already()
    {
        var world = new QueueWorld(virtualMtas: [("old", 0), ("new", 0)]);
        QueueKey old = QueueWorld.Key("a.example", "old");
        QueueKey other = QueueWorld.Key("a.example", "new");
        Say(old, _slow with { SourceConnections = 10 });
        Say(other, _slow with { SourceConnections = 1, CeilingFor = TimeSpan.FromHours(2) });

        world.Own["a.example/old"] = world.Delivery with { RerouteToVirtualMta = "new" };
        world.Reload();
        world.Scheduler.Resume(old, world.Now);
        world.Scheduler.Resume(other, world.Now);

        int running = world.GrantAll().Count(each => world.Ask(each) == TicketState.HasOrder);
        Assert.Equal((1, 4L), (running, world.Scheduler.Queue(other)!.Recipients));

        void Say(QueueKey key, QueueReaction reaction)
        {
            for (int i = 0; i < 3; i++)
            {
                world.SubmitJob(key, "bulk");
            }

            DeliveryTicket ticket = world.MustGrant();
            DeliveryOrder order = world.MustTake(ticket);
            ticket.React(reaction, world.Now, new StreamKey("bulk", "shop.example"));
            world.Finish(ticket, order);
            ticket.Close(world.Now);
            world.Scheduler.Pause(key, world.Now);
            Assert.Null(world.Grant());
        }
    }

    [Fact]
    public void A_campaign_under_way_is_not_let_go_because_replies_are_about_a_thousand_others()
    {
        (DeliveryTicket ticket, DeliveryOrder order) = Told(_slow with { SourceConnections = 1 });
        for (int i = 0; i < StreamCurbs.MaxCurbs; i++)
        {
            ticket.React(_slow with { SourceConnections = 1, CeilingFor = TimeSpan.FromHours(2) }, _world.Now, new StreamKey($"job{i}", "shop.example"));
        }

        Assert.All(_world.GrantAll(), each => Assert.NotEqual(TicketState.HasOrder, _world.Ask(each)));
        _world.Finish(ticket, order);
        Assert.Equal("bulk", JobOf(_world.MustTake(ticket)));
    }

    private void Submit(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _world.SubmitJob(_key, "bulk");
        }
    }

    /// <summary>Every connection that is to be had, and how many of them have a message.</summary>
    private (List<DeliveryTicket> Tickets, int Running) Start()
    {
        List<DeliveryTicket> tickets = _world.GrantAll();
        return (tickets, tickets.Count(ticket => _world.Ask(ticket) == TicketState.HasOrder));
    }

    private (DeliveryTicket Ticket, DeliveryOrder Order) Told(QueueReaction reaction, int bulk = 2)
    {
        for (int i = 0; i < bulk; i++)
        {
            _world.SubmitJob(_key, "bulk");
        }

        DeliveryTicket ticket = _world.MustGrant();
        DeliveryOrder order = _world.MustTake(ticket);
        ticket.React(reaction, _world.Now, _world.Scheduler.StreamOf(order.Message));
        return (ticket, order);
    }

    private void Join(QueueKey key)
    {
        _world.Submit(key);
        DeliveryTicket ticket = _world.MustGrant();
        Assert.True(ticket.JoinGroup(DomainName.Parse("p.rollup"), DomainName.Parse("p.example"), _world.Now));
        Assert.Equal(1, _world.Serve(ticket).Recipients + ServeRest(ticket));

        int ServeRest(DeliveryTicket joined)
        {
            joined.Close(_world.Now);
            return ServeAll();
        }
    }

    private int ServeAll()
    {
        int count = 0;
        while (_world.Grant() is { } ticket)
        {
            count += _world.Serve(ticket).Recipients;
            ticket.Close(_world.Now);
        }

        return count;
    }

    private string? JobOf(DeliveryOrder order) => _world.Scheduler.StreamOf(order.Message).Job;
}
