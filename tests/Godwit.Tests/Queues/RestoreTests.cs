using System.Net;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class RestoreTests
{
    private static readonly QueueKey _key = QueueWorld.Key("example.com");
    private static readonly IPAddress _one = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress _other = IPAddress.Parse("192.0.2.2");

    private readonly QueueWorld _world = new(new DeliverySettings { MaxSmtpOut = 5, BackoffMaxSmtpOut = 1 })
    {
        Sources = [new SourceHost(_one, "one.example"), new SourceHost(_other, "other.example")],
    };

    public RestoreTests() => _world.Reload();

    [Fact]
    public void A_restored_backoff_mode_limits_and_is_no_news()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Mode = QueueMode.Backoff, ModeReason = "said 421" }, _world.Now);
        _world.SubmitMessages(_key, 10);

        Assert.Single(_world.GrantAll());
        Assert.Empty(_world.Scheduler.TakeChanges(10));
    }

    [Fact]
    public void A_restored_backoff_mode_ends_at_its_time()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Mode = QueueMode.Backoff, ModeUntil = _world.Now + TimeSpan.FromHours(1) }, _world.Now);
        _world.Pass(TimeSpan.FromHours(1));
        _world.SubmitMessages(_key, 10);

        Assert.Equal(QueueChangeKind.Normal, Assert.Single(_world.Scheduler.TakeChanges(10)).Kind);
        Assert.Equal(5, _world.GrantAll().Count);
    }

    [Fact]
    public void A_backoff_mode_that_ended_while_the_server_was_down_is_told_as_ended()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Mode = QueueMode.Backoff, ModeUntil = _world.Now - TimeSpan.FromHours(1) }, _world.Now);

        QueueChange change = Assert.Single(_world.Scheduler.TakeChanges(10));
        Assert.Equal((QueueChangeKind.Normal, true), (change.Kind, change.After.IsPlain));
    }

    [Fact]
    public void A_restored_disabled_address_is_not_used_until_its_time()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Disabled = [new DisabledSource(_one, _world.Now + TimeSpan.FromHours(1), "said 554")] }, _world.Now);
        _world.SubmitMessages(_key, 10);

        List<DeliveryTicket> tickets = _world.GrantAll();
        Assert.All(tickets, ticket => Assert.Equal(_other, ticket.Source.Address));
        tickets.ForEach(ticket => ticket.Close(_world.Now));
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Contains(_world.GrantAll(), ticket => _one.Equals(ticket.Source.Address));
    }

    [Fact]
    public void Addresses_that_the_queue_does_not_have_any_more_and_times_that_have_passed_are_left_out()
    {
        _world.Scheduler.Restore(
            _key,
            new QueueMemory
            {
                Disabled = [new DisabledSource(IPAddress.Parse("198.51.100.1"), Instant.Never, ""), new DisabledSource(_other, _world.Now - TimeSpan.FromHours(1), "")],
            },
            _world.Now);
        _world.SubmitMessages(_key, 10);

        Assert.Contains(_world.GrantAll(), ticket => _other.Equals(ticket.Source.Address));
    }

    [Fact]
    public void A_restored_pause_holds_mail()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { IsPaused = true }, _world.Now);
        _world.Submit(_key);

        Assert.Null(_world.Grant());
        Assert.True(_world.Scheduler.Resume(_key, _world.Now));
        Assert.NotNull(_world.Grant());
    }

    [Fact]
    public void Ceilings_of_a_source_address_hold_until_their_time()
    {
        var slowed = new SlowedSource(_one, 1, Rate.Unlimited, 0, _world.Now + TimeSpan.FromHours(1));
        _world.Scheduler.Restore(_key, new QueueMemory { Slowed = [slowed, slowed with { Address = _other }] }, _world.Now);
        _world.SubmitMessages(_key, 10);

        List<DeliveryTicket> tickets = _world.GrantAll();
        Assert.Equal(2, tickets.Count);
        tickets.ForEach(ticket => ticket.Close(_world.Now));
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(5, _world.GrantAll().Count);
    }

    [Fact]
    public void A_job_that_a_reply_holds_waits_on_until_its_time()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Streams = [new StreamTerms("j1", null, _world.Now + TimeSpan.FromHours(1), RecoversGradually: false)] }, _world.Now);
        _world.SubmitJob(_key, "j1");
        QueuedRecipient free = _world.SubmitJob(_key, "j2");

        DeliveryTicket only = Assert.Single(_world.GrantAll());
        Assert.Same(free, _world.MustTake(only)[0]);
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(1, _world.Serve(_world.MustGrant()).Recipients);
    }

    [Fact]
    public void A_way_back_goes_on_where_it_was()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { Return = new RampStep(2, _world.Now) }, _world.Now);
        _world.SubmitMessages(_key, 10);

        List<DeliveryTicket> tickets = _world.GrantAll();
        Assert.Equal(2, tickets.Count);
        _world.Finish(tickets[0], _world.MustTake(tickets[0]));
        Assert.Single(_world.GrantAll());
        Assert.Equal(3, Assert.Single(_world.Scheduler.TakeChanges(10)).After.Return?.Ceiling);
    }

    [Fact]
    public void A_queue_that_a_reply_has_put_off_is_not_tried_before_and_then_by_one_connection()
    {
        _world.Scheduler.Restore(_key, new QueueMemory { DeferredUntil = _world.Now + TimeSpan.FromMinutes(20) }, _world.Now);
        _world.SubmitMessages(_key, 10);

        Assert.Null(_world.Grant());
        _world.Pass(TimeSpan.FromMinutes(20));
        Assert.Single(_world.GrantAll());
    }

    [Fact]
    public void An_operator_who_tries_a_queue_now_ends_what_is_kept_of_a_replys_wait()
    {
        _world.Submit(_key);
        _world.MustGrant().React(new QueueReaction { Reason = "421", DeferQueue = true }, _world.Now);
        Assert.NotEqual(default, Assert.Single(_world.Scheduler.TakeChanges(10)).After.DeferredUntil);

        _world.Scheduler.ScheduleNow(_key, retryRecipients: false, _world.Now);

        Assert.True(Assert.Single(_world.Scheduler.TakeChanges(10)).After.IsPlain);
    }

    [Fact]
    public void What_an_empty_queue_has_forgotten_is_not_kept_either()
    {
        _world.Submit(_key);
        DeliveryTicket told = _world.MustGrant();
        told.React(new QueueReaction { Reason = "421", CeilingFor = TimeSpan.FromMinutes(5), SourceConnections = 1 }, _world.Now);
        _world.Serve(told);
        told.Close(_world.Now);
        Assert.Single(Assert.Single(_world.Scheduler.TakeChanges(10)).After.Slowed);

        _world.Pass(TimeSpan.FromMinutes(5));
        _world.Scheduler.TakeExpired(_world.Now, 1);

        Assert.True(Assert.Single(_world.Scheduler.TakeChanges(10)).After.IsPlain);
        Assert.Null(_world.Scheduler.Queue(_key));
    }

    [Fact]
    public void A_storm_of_replies_that_move_an_end_by_seconds_is_kept_once_a_minute()
    {
        _world.Submit(_key);
        DeliveryTicket told = _world.MustGrant();
        for (int i = 0; i < 600; i++)
        {
            told.React(new QueueReaction { Reason = $"421 {i}", DisableSource = true, ReenableAfter = TimeSpan.FromHours(1) }, _world.Now);
            _world.Pass(TimeSpan.FromSeconds(1));
        }

        IReadOnlyList<QueueChange> changes = _world.Scheduler.TakeChanges(100);
        Assert.InRange(changes.Count, 9, 11);
        Assert.InRange(changes[^1].After.Disabled[0].Until - _world.Now, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(60));
    }
}
