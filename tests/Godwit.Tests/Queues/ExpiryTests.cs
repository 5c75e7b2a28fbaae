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

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2.9, 1)]
    [InlineData(3.1, 0)]
    public void After_a_restart_missed_notices_are_made_up_as_one_and_a_told_one_is_not_repeated(double lastTold, int atOnce)
    {
        var world = new QueueWorld(_noticeEveryHour);
        var recipient = new QueuedRecipient(world.Message(age: TimeSpan.FromHours(3.5)), 0);
        recipient.RestoreNotices(lastTold == 0 ? default : recipient.Message.Id.Time + TimeSpan.FromHours(lastTold), _noticeEveryHour);
        world.Scheduler.Enqueue(_key, recipient, world.Now);
        Assert.Equal(atOnce, world.Scheduler.TakeDelayed(world.Now, 10).Count);

        world.PassTo(recipient.Message.Id.Time + TimeSpan.FromHours(4) - TimeSpan.FromTicks(1));
        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));
        world.Pass(TimeSpan.FromTicks(1));
        Assert.Single(world.Scheduler.TakeDelayed(world.Now, 10));
    }

    [Fact]
    public void A_queue_in_retry_mode_and_one_behind_a_rate_announce_their_notices()
    {
        var world = new QueueWorld(_noticeEveryHour with { RetryAfter = [TimeSpan.FromDays(1)] });
        QueueKey slow = QueueWorld.Key("slow.example");
        world.Own["slow.example"] = _noticeEveryHour with { MaxMsgRate = new Rate(1, TimeSpan.FromDays(1)) };
        world.Reload();
        QueuedRecipient refused = world.Submit(_key)[0];
        DeliveryTicket ticket = world.MustGrant();
        ticket.ConnectFailed("refused", dnsError: false, world.Now);
        ticket.Close(world.Now);
        world.Submit(slow);
        QueuedRecipient second = world.Submit(slow)[0];
        DeliveryTicket only = world.MustGrant();
        world.Finish(only, world.MustTake(only));
        Assert.Equal(TicketState.Wait, world.Ask(only));
        only.Close(world.Now);

        Assert.Equal(refused.Message.Id.Time + TimeSpan.FromHours(1), world.Scheduler.NextDue(world.Now));
        world.Pass(TimeSpan.FromHours(1));

        Assert.Equal([refused, second], world.Scheduler.TakeDelayed(world.Now, 10).Select(each => each.Recipient).OrderBy(each => each.Message.Id.Value));
        Assert.Equal(new RecipientWait(0, default, "refused"), world.Scheduler.WaitOf(new DelayedRecipient(_key, refused, 1)));
        Assert.Equal(new RecipientWait(0, default, ""), world.Scheduler.WaitOf(new DelayedRecipient(slow, second, 1)));
        Assert.True(world.Scheduler.NextDue(world.Now) > world.Now);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_notice_found_for_a_recipient_on_its_way_is_found_again_when_it_comes_back(bool afterTaking)
    {
        var world = new QueueWorld(_noticeEveryHour);
        QueuedRecipient recipient = world.Submit(_key)[0];
        world.Scheduler.Defer(_key, world.MustTake(world.MustGrant())[0], world.Now + TimeSpan.FromHours(1), counted: true, world.Now);
        world.Pass(TimeSpan.FromHours(1));
        DeliveryTicket ticket = world.MustGrant();
        DelayedRecipient[] taken = afterTaking ? [.. world.Scheduler.TakeDelayed(world.Now, 10)] : [];
        DeliveryOrder order = world.MustTake(ticket);
        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));
        Assert.All(taken, each => Assert.Null(world.Scheduler.WaitOf(each)));

        world.Scheduler.Defer(_key, order[0], world.Now + TimeSpan.FromMinutes(10), counted: true, world.Now);

        DelayedRecipient again = Assert.Single(world.Scheduler.TakeDelayed(world.Now, 10));
        Assert.Equal(recipient, again.Recipient);
        Assert.Equal(new RecipientWait(2, world.Now + TimeSpan.FromMinutes(10), ""), world.Scheduler.WaitOf(again));
        Assert.Empty(world.Scheduler.TakeDelayed(world.Now, 10));
    }

    [Fact]
    public void A_delay_notice_that_waited_until_the_next_was_due_tells_nothing()
    {
        var world = new QueueWorld(_noticeEveryHour);
        QueuedRecipient recipient = world.Submit(_key)[0];
        world.Scheduler.Pause(_key, world.Now);
        world.PassTo(recipient.Message.Id.Time + TimeSpan.FromHours(1));
        DelayedRecipient first = Assert.Single(world.Scheduler.TakeDelayed(world.Now, 10));
        world.PassTo(recipient.Message.Id.Time + TimeSpan.FromHours(2));
        DelayedRecipient second = Assert.Single(world.Scheduler.TakeDelayed(world.Now, 10));

        Assert.Null(world.Scheduler.WaitOf(first));
        Assert.NotNull(world.Scheduler.WaitOf(second));
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
