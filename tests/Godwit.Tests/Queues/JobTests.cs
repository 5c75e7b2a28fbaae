using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>Jobs, tenants and priorities inside one queue.</summary>
public sealed class JobTests
{
    private static readonly QueueKey _key = QueueWorld.Key("big.example");

    private readonly QueueWorld _world = new(new DeliverySettings { MaxSmtpOut = 1, NotifyOfDelayEvery = Timeout.InfiniteTimeSpan });

    [Fact]
    public void A_password_reset_behind_a_million_messages_is_the_next_to_go()
    {
        for (int i = 0; i < 1_000_000; i++)
        {
            _world.SubmitJob(_key, "campaign");
        }

        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));
        QueuedRecipient reset = _world.SubmitJob(_key, "reset", tenant: "bank.example");

        QueuedRecipient[] next = [_world.MustTake(ticket)[0], _world.MustTake(ticket)[0]];

        Assert.Contains(reset, next);
    }

    [Theory]
    [InlineData(50, 50, 1.0)]
    [InlineData(60, 50, 2.0)]
    [InlineData(70, 40, 8.0)]
    public void A_priority_is_a_share_and_nobody_starves(byte high, byte low, double ratio)
    {
        for (int i = 0; i < 2000; i++)
        {
            _world.SubmitJob(_key, "high", high, "a.example");
            _world.SubmitJob(_key, "low", low, "b.example");
        }

        int[] served = Serve(900, recipient => recipient.Priority == high && _world.Scheduler.StreamOf(recipient.Message).Job == "high" ? 0 : 1);

        Assert.InRange(served[0] / (double)served[1], ratio * 0.95, ratio * 1.05);
    }

    [Fact]
    public void A_tenant_with_many_jobs_gets_no_more_turns_than_one_with_a_single_job()
    {
        for (int i = 0; i < 500; i++)
        {
            for (int job = 0; job < 9; job++)
            {
                _world.SubmitJob(_key, $"many{job}", tenant: "many.example");
            }

            _world.SubmitJob(_key, "one", tenant: "one.example");
        }

        int[] served = Serve(600, recipient => _world.Scheduler.StreamOf(recipient.Message).Tenant == "one.example" ? 0 : 1);

        Assert.InRange(served[0], 280, 320);
    }

    [Fact]
    public void Mail_of_one_job_keeps_its_order_among_more_jobs_than_there_are_lines()
    {
        var order = new Dictionary<string, Queue<QueuedRecipient>>();
        for (int i = 0; i < 1000; i++)
        {
            string job = $"job{i % 200}";
            QueuedRecipient recipient = _world.SubmitJob(_key, job);
            (order.TryGetValue(job, out Queue<QueuedRecipient>? line) ? line : order[job] = new Queue<QueuedRecipient>()).Enqueue(recipient);
        }

        DeliveryTicket ticket = _world.MustGrant();
        for (int i = 0; i < 1000; i++)
        {
            DeliveryOrder taken = _world.MustTake(ticket);
            Assert.Same(order[_world.Scheduler.StreamOf(taken.Message).Job!].Dequeue(), taken[0]);
            _world.Finish(ticket, taken);
        }

        Assert.Equal(TicketState.Empty, _world.Ask(ticket));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    public void A_paused_job_waits_in_every_queue_and_the_others_go(int jobs)
    {
        QueueKey other = QueueWorld.Key("other.example");
        for (int i = 0; i < 400; i++)
        {
            _world.SubmitJob(i % 2 == 0 ? _key : other, $"job{i / 2 % jobs}");
        }

        long paused = _world.Scheduler.Jobs().Single(job => job.Job == "job1").Recipients;
        Assert.True(_world.Scheduler.PauseJob("job1", _world.Now));
        Assert.False(_world.Scheduler.PauseJob("job1", _world.Now));
        _world.SubmitJob(_key, "job1");

        Assert.Equal(400 - paused, DrainAll(recipient => Assert.NotEqual("job1", _world.Scheduler.StreamOf(recipient.Message).Job)));
        Assert.Equal("its jobs are paused or held", _world.WhyWaits(_key));
        Assert.True(_world.Scheduler.Jobs().Single().IsPaused);

        Assert.True(_world.Scheduler.ResumeJob("job1", _world.Now));
        Assert.Equal(paused + 1, DrainAll(static _ => { }));
        Assert.Empty(_world.Scheduler.Jobs());
    }

    [Fact]
    public void A_paused_job_grows_too_old_like_other_mail()
    {
        _world.SubmitJob(_key, "late");
        _world.Scheduler.PauseJob("late", _world.Now);
        _world.Pass(new DeliverySettings().BounceAfter + TimeSpan.FromSeconds(1));

        Assert.Single(_world.Scheduler.TakeExpired(_world.Now, 10));
    }

    [Fact]
    public void A_reply_about_a_job_holds_that_job_in_that_queue_for_its_time()
    {
        _world.SubmitJob(_key, "spammy");
        _world.SubmitJob(_key, "spammy");
        _world.SubmitJob(_key, "fine");
        DeliveryTicket ticket = _world.MustGrant();
        DeliveryOrder order = _world.MustTake(ticket);
        ticket.React(
            new QueueReaction { Reason = "content", HoldFor = TimeSpan.FromHours(1) }, _world.Now, _world.Scheduler.StreamOf(order.Message));
        _world.Finish(ticket, order);

        _world.Finish(ticket, _world.MustTake(ticket));
        Assert.Equal(TicketState.Empty, _world.Ask(ticket));
        ticket.Close(_world.Now);
        Assert.Null(_world.Grant());

        _world.Pass(TimeSpan.FromHours(1));
        Assert.NotNull(_world.Grant());
    }

    [Fact]
    public void A_new_priority_moves_waiting_mail_and_a_withdrawn_recipient_is_handed_out_once()
    {
        QueuedRecipient[] all = [.. Enumerable.Range(0, 5).Select(_ => _world.SubmitJob(_key, "a"))];
        var two = new HashSet<QueuedRecipient> { all[3], all[4] };

        Assert.Equal(2, _world.Scheduler.SetPriority(_key, two, 100, _world.Now));
        Assert.Equal([all[0]], _world.Scheduler.Withdraw(_key, new HashSet<QueuedRecipient> { all[0] }, _world.Now).Select(each => each.Recipient));
        Assert.Empty(_world.Scheduler.Withdraw(_key, new HashSet<QueuedRecipient> { all[0] }, _world.Now));
        _world.Scheduler.Finish(_key, all[0], _world.Now);

        DeliveryTicket ticket = _world.MustGrant();
        QueuedRecipient[] order = [.. Enumerable.Range(0, 4).Select(_ => _world.MustTake(ticket)[0])];
        Assert.True(Array.IndexOf(order, all[4]) < Array.IndexOf(order, all[2]), "the more important mail came last");
        Assert.Equal(4, _world.Scheduler.Totals().Recipients);
    }

    [Fact]
    public void Deferred_mail_withdrawn_in_slices_leaves_everybody_else_to_his_time()
    {
        var random = new Random(7);
        var all = new List<QueuedRecipient>();
        for (int i = 0; i < 3000; i++)
        {
            var recipient = new QueuedRecipient(_world.Message(), 0);
            recipient.Restore(1, _world.Now + TimeSpan.FromSeconds(random.Next(1, 100_000)));
            _world.Scheduler.Enqueue(_key, recipient, _world.Now);
            all.Add(recipient);
        }

        QueuedRecipient[] listed = [.. _world.Scheduler.Recipients(_key).Select(each => each.Recipient)];
        HashSet<QueuedRecipient> meant = [.. listed.Where((_, place) => place % 3 != 0)];
        var taken = new HashSet<QueuedRecipient>();
        foreach (QueuedRecipient[] slice in listed.Where(meant.Contains).Chunk(100))
        {
            IReadOnlyList<ExpiredRecipient> some = _world.Scheduler.Withdraw(_key, slice.ToHashSet(), _world.Now);
            Assert.All(some, each => Assert.True(taken.Add(each.Recipient)));
            foreach (ExpiredRecipient each in some)
            {
                _world.Scheduler.Finish(_key, each.Recipient, _world.Now);
            }
        }

        Assert.True(taken.SetEquals(meant));
        int left = 0;
        for (int hour = 0; hour < 30; hour++)
        {
            left += DrainAll(recipient => Assert.True(recipient.NotBefore <= _world.Now));
            Assert.Equal(all.Count(each => !meant.Contains(each) && each.NotBefore <= _world.Now), left);
            _world.Pass(TimeSpan.FromHours(1));
        }

        Assert.Equal(1000, left);
    }

    private int[] Serve(int messages, Func<QueuedRecipient, int> kind)
    {
        int[] served = new int[2];
        DeliveryTicket ticket = _world.MustGrant();
        for (int i = 0; i < messages; i++)
        {
            DeliveryOrder order = _world.MustTake(ticket);
            served[kind(order[0])]++;
            _world.Finish(ticket, order);
        }

        return served;
    }

    private int DrainAll(Action<QueuedRecipient> look)
    {
        int count = 0;
        while (_world.Grant() is { } ticket)
        {
            while (ticket.Next(_world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                look(order![0]);
                count += order.Count;
                _world.Finish(ticket, order);
            }

            ticket.Close(_world.Now);
        }

        return count;
    }
}
