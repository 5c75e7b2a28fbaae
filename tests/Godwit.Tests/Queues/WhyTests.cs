using System.Net;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>The answers to "why is it still here?".</summary>
public sealed class WhyTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example", "v");

    private readonly QueueWorld _world = new(new DeliverySettings { MaxSmtpOut = 2, NotifyOfDelayEvery = Timeout.InfiniteTimeSpan }, virtualMtas: ("v", 1));

    [Fact]
    public void Nobody_is_asked_about_a_queue_that_does_not_exist() => Assert.Null(_world.Scheduler.Why(_key, _world.Now));

    [Fact]
    public void A_queue_that_may_go_has_no_reason_and_goes_now()
    {
        _world.Submit(_key);

        QueueExplanation why = _world.Scheduler.Why(_key, _world.Now)!;

        Assert.Empty(why.Reasons);
        Assert.Equal((1, _world.Now), (why.Waiting, why.NextAttempt));
    }

    [Fact]
    public void What_stops_all_mail_comes_before_what_only_slows_it()
    {
        _world.SubmitMessages(_key, 5);
        _world.Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421 4.7.28 slow down", _world.Now);
        DeliveryTicket ticket = _world.MustGrant();
        Instant retry = ticket.ConnectFailed("ECONNREFUSED connecting to mx.a.example", dnsError: false, _world.Now);
        ticket.Close(_world.Now);
        _world.Scheduler.Pause(_key, _world.Now);

        QueueExplanation why = _world.Scheduler.Why(_key, _world.Now)!;

        Assert.Equal(
            ["the queue is paused; \"resume queue a.example/v\" ends that", "the queue waits for its next try after: ECONNREFUSED connecting to mx.a.example",
                "backoff mode: 421 4.7.28 slow down"],
            why.Reasons.Select(reason => reason.Text));
        Assert.Equal(retry, why.Reasons[1].Until);
        Assert.Equal(Instant.Never, why.NextAttempt);
    }

    [Fact]
    public void Where_another_try_would_meet_the_same_none_is_suggested_until_the_configuration_changes()
    {
        _world.Submit(_key);
        DeliveryTicket ticket = _world.MustGrant();
        ticket.ConnectFailed("mx.a.example offers no STARTTLS", dnsError: false, _world.Now, lasts: true);
        ticket.Close(_world.Now);

        WaitReason lasting = _world.Scheduler.Why(_key, _world.Now)!.Reasons[0];
        Assert.Equal(
            ("the queue waits for its next try after: mx.a.example offers no STARTTLS; trying again will not help until that is mended", ""),
            (lasting.Text, lasting.Fix));

        _world.Reload();
        Assert.Equal("schedule a.example/v", _world.Scheduler.Why(_key, _world.Now)!.Reasons[0].Fix);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whether_another_try_is_suggested_goes_by_the_failure_that_began_the_wait(bool lasts)
    {
        var world = new QueueWorld(virtualMtas: ("v", 20));
        world.SubmitMessages(_key, 2);
        DeliveryTicket first = world.MustGrant();
        DeliveryTicket late = world.MustGrant();
        first.ConnectFailed("what began it", dnsError: false, world.Now, lasts);
        late.ConnectFailed("what came late", dnsError: false, world.Now, !lasts);

        Assert.Equal(lasts ? "" : "schedule a.example/v", Assert.Single(world.Scheduler.Why(_key, world.Now)!.Reasons).Fix);
    }

    [Fact]
    public void A_rate_says_when_the_next_message_may_go_and_how_long_the_backlog_takes()
    {
        _world.Delivery = _world.Delivery with { MaxMsgRate = new Rate(60, TimeSpan.FromMinutes(1)) };
        _world.Reload();
        _world.SubmitMessages(_key, 1000);
        DeliveryTicket ticket = _world.MustGrant();
        for (int i = 0; i < 120; i++)
        {
            _world.Finish(ticket, _world.MustTake(ticket));
            _world.Pass(TimeSpan.FromSeconds(1));
        }

        _world.Finish(ticket, _world.MustTake(ticket));
        QueueExplanation why = _world.Scheduler.Why(_key, _world.Now)!;

        Assert.Equal("message rate limit of the queue (max-msg-rate 60/m)", why.Reasons[0].Text);
        Assert.Equal(_world.Now + TimeSpan.FromSeconds(1), why.NextAttempt);
        Assert.InRange(why.Backlog!.Value.TotalSeconds, 850, 910);
    }

    [Fact]
    public void A_limit_that_others_have_used_up_is_named_with_its_owner()
    {
        _world.Submit(_key);
        QueueKey other = QueueWorld.Key("b.example", "v");
        _world.Submit(other);
        DeliveryTicket ticket = _world.MustGrant();

        QueueExplanation why = _world.Scheduler.Why(ticket.Key == _key ? other : _key, _world.Now)!;

        Assert.Equal("all 1 connections of the virtual MTA v are in use", Assert.Single(why.Reasons).Text);
    }

    [Fact]
    public void A_virtual_mta_that_is_gone_comes_first_with_the_time_of_the_bounce()
    {
        _world.Submit(_key);
        DeliveryTicket ticket = _world.MustGrant();
        Instant retry = ticket.ConnectFailed("nobody is there", dnsError: false, _world.Now);
        ticket.Close(_world.Now);
        _world.VirtualMtas = [];
        _world.Reload();

        QueueExplanation why = _world.Scheduler.Why(_key, _world.Now)!;

        Assert.Equal(
            $"its virtual MTA v is gone from the configuration; it bounces at {retry}; \"pause queue */v\" keeps it until that is put back", why.Reasons[0].Text);
        Assert.Equal(retry, why.NextAttempt);
        Assert.EndsWith("it bounces when its turn comes; \"pause queue */v\" keeps it until that is put back", Text(retry), StringComparison.Ordinal);

        string Text(Instant now) => _world.Scheduler.Why(_key, now)!.Reasons[0].Text;
    }

    [Fact]
    public void What_is_stopped_has_no_finish_time()
    {
        _world.SubmitMessages(_key, 500);
        DeliveryTicket ticket = _world.MustGrant();
        for (int i = 0; i < 70; i++)
        {
            _world.Finish(ticket, _world.MustTake(ticket));
            _world.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.NotNull(_world.Scheduler.Why(_key, _world.Now)!.Backlog);
        _world.Scheduler.Pause(_key, _world.Now);
        Assert.Null(_world.Scheduler.Why(_key, _world.Now)!.Backlog);
    }

    [Fact]
    public void Deletions_are_no_speed()
    {
        QueuedRecipient[] all = _world.SubmitMessages(_key, 20);
        _world.Scheduler.Withdraw(_key, all[..15].ToHashSet(), _world.Now);
        foreach (QueuedRecipient recipient in all[..15])
        {
            _world.Scheduler.Finish(_key, recipient, _world.Now);
        }

        _world.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal(0, _world.Scheduler.Why(_key, _world.Now)!.PerSecond);
        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));
        _world.Pass(TimeSpan.FromSeconds(10));
        Assert.True(_world.Scheduler.Why(_key, _world.Now)!.PerSecond > 0);
    }

    [Fact]
    public void Backoff_mode_has_limits_of_its_own_names()
    {
        _world.Delivery = _world.Delivery with { BackoffMaxMsgRate = new Rate(10, TimeSpan.FromMinutes(1)) };
        _world.Reload();
        _world.SubmitMessages(_key, 5);
        _world.Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));

        QueueExplanation why = _world.Scheduler.Why(_key, _world.Now)!;

        Assert.Contains("message rate limit of the queue (backoff-max-msg-rate 10/m)", why.Reasons.Select(static reason => reason.Text));
    }

    [Fact]
    public void Connections_and_the_rate_they_wait_for_are_both_named_at_any_moment()
    {
        _world.VirtualMtas = [("v", 10)];
        _world.Delivery = _world.Delivery with { MaxSmtpOut = 1, MaxMsgRate = new Rate(60, TimeSpan.FromMinutes(1)) };
        _world.Reload();
        _world.SubmitMessages(_key, 5);
        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));
        Assert.Equal(TicketState.Wait, _world.Ask(ticket));

        foreach (int later in (int[])[0, 500, 1500])
        {
            Assert.Equal(
                ["message rate limit of the queue (max-msg-rate 60/m)", "all 1 connections of the queue are in use (max-smtp-out)"],
                _world.Scheduler.Why(_key, _world.Now + TimeSpan.FromMilliseconds(later))!.Reasons.Select(static reason => reason.Text));
        }
    }

    [Fact]
    public void A_source_address_that_a_reply_has_lowered_says_which_reply_and_until_when()
    {
        _world.VirtualMtas = [("v", 10)];
        _world.Reload();
        _world.SubmitMessages(_key, 5);
        DeliveryTicket ticket = _world.MustGrant();
        Instant end = _world.Now + TimeSpan.FromHours(1);
        ticket.React(new QueueReaction { Reason = "421 too many connections", SourceConnections = 1, CeilingFor = TimeSpan.FromHours(1) }, _world.Now);

        Assert.Equal(
            new WaitReason(
                $"source address 127.0.0.1 opens no further connection: all 1 connection(s) of it are in use (until {end}, as this reply asked: 421 too many connections)",
                end),
            Assert.Single(_world.Scheduler.Why(_key, _world.Now)!.Reasons));
    }

    [Fact]
    public void A_time_that_recipients_or_source_addresses_wait_for_is_told()
    {
        QueuedRecipient recipient = _world.Submit(_key)[0];
        Assert.Equal(Instant.Never, _world.Scheduler.Queue(_key)!.NextTime);

        Instant end = _world.Now + TimeSpan.FromHours(1);
        _world.Scheduler.DisableSource(_key, IPAddress.Loopback, end, "550", _world.Now);
        Assert.Equal(end, _world.Scheduler.Queue(_key)!.NextTime);

        _world.Scheduler.EnableSource(_key, IPAddress.Loopback, _world.Now);
        _world.Scheduler.Withdraw(_key, new HashSet<QueuedRecipient> { recipient }, _world.Now);
        _world.Scheduler.Defer(_key, recipient, _world.Now + TimeSpan.FromMinutes(20), counted: true, _world.Now);
        Assert.Equal(_world.Now + TimeSpan.FromMinutes(20), _world.Scheduler.Queue(_key)!.NextTime);
    }

    [Fact]
    public void Disabled_source_addresses_are_told_with_the_reply_that_disabled_them()
    {
        _world.Submit(_key);
        _world.Scheduler.DisableSource(_key, IPAddress.Loopback, _world.Now + TimeSpan.FromHours(1), "550 5.7.1 on our block list", _world.Now);

        WaitReason reason = _world.Scheduler.Why(_key, _world.Now)!.Reasons[0];

        Assert.Equal(("source address 127.0.0.1 is disabled: 550 5.7.1 on our block list", true), (reason.Text, reason.IsBinding));
    }
}
