using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class ExpiryTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");

    private static readonly DeliverySettings _oneHour = new()
    {
        BounceAfter = TimeSpan.FromHours(1),
        NotifyOfDelayEvery = Timeout.InfiniteTimeSpan,
        RetryAfter = [TimeSpan.FromDays(1)],
    };

    private static readonly DeliverySettings _noticeEveryHour = new() { NotifyOfDelayEvery = TimeSpan.FromHours(1), BounceAfter = TimeSpan.FromHours(10) };

    [Fact]
    public void A_recipient_behind_a_retry_wait_expires_at_its_time_and_not_before()
    {
        var world = new QueueWorld(_oneHour);
        QueuedRecipient recipient = world.Submit(_key)[0];
        DeliveryTicket ticket = world.MustGrant();
        ticket.ConnectFailed("refused", dnsError: false, world.Now);
        ticket.Close(world.Now);

        Instant due = world.Scheduler.NextDue(world.Now);
        Assert.Equal(recipient.Message.Id.Time + TimeSpan.FromHours(1), due);
        world.PassTo(due - TimeSpan.FromTicks(1));
        Assert.Empty(world.Scheduler.TakeExpired(world.Now, 10));
        world.PassTo(due);

        Assert.Equal(new ExpiredRecipient(_key, recipient), Assert.Single(world.Scheduler.TakeExpired(world.Now, 10)));
        Assert.Empty(world.Scheduler.TakeExpired(world.Now, 10));
        Assert.Equal(1, world.Scheduler.Totals().Recipients);
        world.Scheduler.Finish(_key, recipient, world.Now);
        Assert.Equal(0, world.Scheduler.Totals().Recipients);
    }

    [Fact]
    public void A_recipient_of_a_paused_queue_expires()
    {
        var world = new QueueWorld(_oneHour);
        world.Submit(_key);
        world.Scheduler.Pause(_key, world.Now);
        world.Pass(TimeSpan.FromHours(1));

        Assert.Single(world.Scheduler.TakeExpired(world.Now, 10));
    }

    [Fact]
    public void A_deferred_recipient_expires_before_its_next_attempt()
    {
        var world = new QueueWorld(_oneHour);
        world.Submit(_key);
        world.Scheduler.Defer(_key, world.MustTake(world.MustGrant())[0], world.Now + TimeSpan.FromHours(3), counted: true, world.Now);

        world.Pass(TimeSpan.FromHours(1));

        Assert.Single(world.Scheduler.TakeExpired(world.Now, 10));
    }

    [Fact]
    public void A_recipient_that_is_too_old_is_not_attempted()
    {
        var world = new QueueWorld(_oneHour);
        world.Submit(_key, age: TimeSpan.FromMinutes(59));
        DeliveryTicket ticket = world.MustGrant();
        world.Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(TicketState.Empty, world.Ask(ticket));
        Assert.Single(world.Scheduler.TakeExpired(world.Now, 10));
    }

    [Fact]
    public void A_recipient_on_its_way_expires_when_it_comes_back()
    {
        var world = new QueueWorld(_oneHour);
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        world.Pass(TimeSpan.FromHours(2));
        Assert.Empty(world.Scheduler.TakeExpired(world.Now, 10));

        ticket.Return(order, world.Now);

        Assert.Equal(world.Now, world.Scheduler.NextDue(world.Now));
        Assert.Single(world.Scheduler.TakeExpired(world.Now, 10));
    }

    [Fact]
    public void Expired_recipients_are_handed_out_in_portions()
    {
        var world = new QueueWorld(_oneHour);
        world.SubmitMessages(_key, 30);
        world.SubmitMessages(QueueWorld.Key("b.example"), 30);
        world.Pass(TimeSpan.FromHours(1));

        Assert.Equal(50, world.Scheduler.TakeExpired(world.Now, 50).Count);
        Assert.Equal(world.Now, world.Scheduler.NextDue(world.Now));
        Assert.Equal(10, world.Scheduler.TakeExpired(world.Now, 50).Count);
    }

    [Fact]
    public void Only_the_old_ones_of_a_large_mixed_queue_expire()
    {
        var world = new QueueWorld(_oneHour);
        var old = new HashSet<QueuedRecipient>();
        for (int i = 0; i < 20_000; i++)
        {
            bool isOld = i % 3 == 0;
            QueuedRecipient recipient = world.Submit(_key, age: isOld ? TimeSpan.FromMinutes(50) : TimeSpan.Zero)[0];
            if (isOld)
            {
                old.Add(recipient);
            }
        }

        world.Scheduler.Pause(_key, world.Now);
        world.Pass(TimeSpan.FromMinutes(10));

        IReadOnlyList<ExpiredRecipient> expired = world.Scheduler.TakeExpired(world.Now, int.MaxValue);

        Assert.Equal(old, expired.Select(each => each.Recipient).ToHashSet());
    }

    [Fact]
    public void A_shorter_bounce_after_holds_for_waiting_mail_too()
    {
        var world = new QueueWorld(_oneHour with { BounceAfter = TimeSpan.FromDays(4) });
        world.SubmitMessages(_key, 2);
        world.Scheduler.Defer(_key, world.MustTake(world.MustGrant())[0], world.Now + TimeSpan.FromDays(2), counted: true, world.Now);
        world.Pass(TimeSpan.FromHours(1));
        Assert.Empty(world.Scheduler.TakeExpired(world.Now, 10));

        world.Delivery = _oneHour;
        world.Reload();

        Assert.Equal(2, world.Scheduler.TakeExpired(world.Now, 10).Count);
    }

    [Fact]
    public void A_waiting_recipient_is_named_once_for_each_multiple_of_the_notice_interval_and_stays()
    {
        var world = new QueueWorld(_noticeEveryHour);
        QueuedRecipient ready = world.Submit(_key)[0];
        QueuedRecipient deferred = world.Submit(_key)[0];
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder first = world.MustTake(ticket);
        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now + TimeSpan.FromHours(5), counted: true, world.Now);
        ticket.Return(first, world.Now);
        ticket.Close(world.Now);
        world.Scheduler.Pause(_key, world.Now);
        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));

        for (int hour = 1; hour <= 3; hour++)
        {
            world.PassTo(ready.Message.Id.Time + TimeSpan.FromHours(hour));
            IReadOnlyList<DelayedRecipient> delayed = world.Scheduler.TakeDelayed(world.Now, 10);
            Assert.Equal([ready, deferred], delayed.Select(each => each.Recipient).OrderBy(each => each.Message.Id.Value));
            Assert.All(delayed, each => Assert.Equal(_key, each.Key));
            Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));
        }

        Assert.Equal(2, world.Scheduler.Totals().Recipients);
        world.Scheduler.Resume(_key, world.Now);
        Assert.Equal((1, TicketState.Empty), world.Serve(world.MustGrant()));
    }

    [Fact]
    public void Notices_missed_while_the_server_was_down_are_not_made_up()
    {
        var world = new QueueWorld(_noticeEveryHour);
        world.Submit(_key, age: TimeSpan.FromHours(3.5));
        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));

        world.Pass(TimeSpan.FromHours(0.5));

        Assert.Single(world.Scheduler.TakeDelayed(world.Now, 10));
    }

    [Fact]
    public void A_recipient_delivered_meanwhile_gets_no_delay_notice()
    {
        var world = new QueueWorld(_noticeEveryHour);
        world.Submit(_key);
        world.Scheduler.Defer(_key, world.MustTake(world.MustGrant())[0], world.Now + TimeSpan.FromHours(1), counted: true, world.Now);
        world.Pass(TimeSpan.FromHours(1));
        world.Serve(world.MustGrant());

        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));
    }
}
