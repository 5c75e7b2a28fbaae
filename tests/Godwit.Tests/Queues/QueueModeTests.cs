using System.Net;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>Backoff mode and disabled source addresses: how they begin, what they change, how they end.</summary>
public sealed class QueueModeTests
{
    private static readonly IPAddress _one = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress _two = IPAddress.Parse("127.0.0.2");
    private static readonly QueueKey _key = QueueWorld.Key("a.example");
    private static readonly DeliverySettings _settings = new()
    {
        MaxSmtpOut = 5,
        BackoffMaxSmtpOut = 1,
        BackoffMaxMsgRate = new Rate(1, TimeSpan.FromMinutes(1)),
        BackoffRetryAfter = [TimeSpan.FromMinutes(30)],
        NotifyOfDelayEvery = Timeout.InfiniteTimeSpan,
    };

    private readonly QueueWorld _world = new(_settings)
    {
        Sources = [new SourceHost(_one, "one.example"), new SourceHost(_two, "two.example")],
    };

    public QueueModeTests() => _world.Reload();

    private Scheduler Scheduler => _world.Scheduler;

    [Fact]
    public void Backoff_mode_opens_no_more_connections_than_normal_mode()
    {
        var world = new QueueWorld(new DeliverySettings { MaxSmtpOut = 2, BackoffMaxSmtpOut = 20 });
        world.SubmitMessages(_key, 5);
        world.Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421", world.Now);

        world.MustGrant();
        world.MustGrant();

        Assert.Null(world.Grant());
    }

    [Fact]
    public void An_operator_enables_the_address_that_the_system_chooses_by_whatever_address_it_has()
    {
        var world = new QueueWorld { Sources = [new SourceHost(null, "out.example")] };
        world.Reload();
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        ticket.React(new QueueReaction { DisableSource = true, Reason = "554 none/bad reputation" }, world.Now);
        ticket.Close(world.Now);
        Assert.Null(world.Grant());

        Assert.True(world.Scheduler.EnableSource(_key, _one, world.Now));

        world.MustGrant();
    }

    [Fact]
    public void A_later_end_of_backoff_mode_or_of_a_disabled_address_is_noted_for_the_next_start()
    {
        _world.Submit(_key);
        Scheduler.SetMode(_key, QueueMode.Backoff, _world.Now + TimeSpan.FromHours(1), "421", _world.Now);
        Scheduler.DisableSource(_key, _one, _world.Now + TimeSpan.FromHours(1), "421", _world.Now);
        Scheduler.TakeChanges(10);

        Scheduler.SetMode(_key, QueueMode.Backoff, _world.Now + TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1), "421", _world.Now);
        Assert.Empty(Scheduler.TakeChanges(10));
        Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "operator", _world.Now);
        Scheduler.DisableSource(_key, _one, Instant.Never, "operator", _world.Now);

        IReadOnlyList<QueueChange> changes = Scheduler.TakeChanges(10);
        Assert.Equal([QueueChangeKind.Extended, QueueChangeKind.Extended], changes.Select(change => change.Kind));
        Assert.Equal((Instant.Never, Instant.Never), (changes[1].After.ModeUntil, changes[1].After.Disabled[0].Until));
    }

    [Fact]
    public void Backoff_mode_brings_its_own_connections_rate_and_retry_times()
    {
        _world.SubmitMessages(_key, 20);
        Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421 slow down", _world.Now);

        DeliveryTicket ticket = Assert.Single(_world.GrantAll());
        _world.MustTake(ticket);
        Assert.Equal(TicketState.Wait, _world.Ask(ticket));
        Assert.Equal(_world.Now + TimeSpan.FromMinutes(30), ticket.ConnectFailed("refused", dnsError: false, _world.Now));
    }

    [Fact]
    public void Backoff_mode_ends_at_its_time_and_the_limits_of_normal_mode_hold_at_once()
    {
        _world.SubmitMessages(_key, 20);
        Scheduler.SetMode(_key, QueueMode.Backoff, _world.Now + TimeSpan.FromMinutes(10), "421 slow down", _world.Now);
        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));
        Assert.Empty(_world.GrantAll());

        _world.PassTo(Scheduler.NextDue(_world.Now) is var due && due < _world.Now + TimeSpan.FromMinutes(10) ? _world.Now + TimeSpan.FromMinutes(10) : due);

        Assert.Equal(4, _world.GrantAll().Count);
        Assert.Equal(TicketState.HasOrder, _world.Ask(ticket));
    }

    [Fact]
    public void A_delivery_ends_backoff_mode_where_the_configuration_says_so()
    {
        _world.Delivery = _settings with { BackoffToNormalAfterDelivery = true };
        _world.Reload();
        _world.SubmitMessages(_key, 20);
        Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421 slow down", _world.Now);
        DeliveryTicket ticket = _world.MustGrant();
        _world.Finish(ticket, _world.MustTake(ticket));

        Assert.Equal(4, _world.GrantAll().Count);
    }

    [Fact]
    public void A_gradual_recovery_gives_one_connection_and_one_more_for_each_minute_that_mail_is_taken()
    {
        _world.Delivery = _settings with { BackoffRecovery = RecoveryKind.Gradual };
        _world.Reload();
        _world.SubmitMessages(_key, 100);
        Scheduler.SetMode(_key, QueueMode.Backoff, Instant.Never, "421 slow down", _world.Now);
        Scheduler.SetMode(_key, QueueMode.Normal, Instant.Never, "the operator", _world.Now);
        List<DeliveryTicket> open = _world.GrantAll();
        Assert.Single(open);

        for (int most = 2; most <= 5; most++)
        {
            _world.Finish(open[0], _world.MustTake(open[0]));
            Assert.Empty(_world.GrantAll());
            _world.Pass(TimeSpan.FromMinutes(1));
            Assert.Empty(_world.GrantAll());
            _world.Finish(open[0], _world.MustTake(open[0]));
            open.AddRange(_world.GrantAll());
            Assert.Equal(most, open.Count);
        }
    }

    [Fact]
    public void A_disabled_source_address_is_left_and_the_other_goes_on()
    {
        _world.SubmitMessages(_key, 20);
        DeliveryTicket first = _world.MustGrant();
        _world.MustTake(first);
        first.React(new QueueReaction { Reason = "421 blocked", DisableSource = true, ReenableAfter = TimeSpan.FromHours(1) }, _world.Now);

        Assert.Equal(TicketState.Close, _world.Ask(first));
        Assert.All(_world.GrantAll(), ticket => Assert.NotEqual(first.Source.Address, ticket.Source.Address));
    }

    [Fact]
    public void A_queue_without_any_source_address_waits_and_says_so_until_one_comes_back()
    {
        _world.SubmitMessages(_key, 20);
        Scheduler.DisableSource(_key, _one, Instant.Never, "blocked", _world.Now);
        Scheduler.DisableSource(_key, _two, _world.Now + TimeSpan.FromMinutes(20), "blocked", _world.Now);

        Assert.Null(_world.Grant());
        Assert.Equal("all source addresses are disabled", _world.WhyWaits(_key));
        Assert.Empty(Scheduler.Queue(_key)!.Events); // No host has said anything.
        Assert.Equal(_world.Now + TimeSpan.FromMinutes(20), Scheduler.NextDue(_world.Now));

        _world.Pass(TimeSpan.FromMinutes(20));
        Assert.All(_world.GrantAll(), ticket => Assert.Equal(_two, ticket.Source.Address));
        Assert.True(Scheduler.EnableSource(_key, _one, _world.Now));
        Assert.False(Scheduler.EnableSource(_key, _one, _world.Now));
    }

    [Fact]
    public void A_queue_whose_source_addresses_are_all_disabled_may_go_into_backoff_mode()
    {
        _world.Delivery = _settings with { BackoffUponAllSourcesDisabled = true };
        _world.Reload();
        _world.SubmitMessages(_key, 1);
        Scheduler.DisableSource(_key, _one, Instant.Never, "blocked", _world.Now);
        Scheduler.DisableSource(_key, _two, Instant.Never, "blocked", _world.Now);

        QueueChangeKind[] kinds = [.. Scheduler.TakeChanges(10).Select(change => change.Kind)];
        Assert.Equal(
            [QueueChangeKind.SourceDisabled, QueueChangeKind.SourceDisabled, QueueChangeKind.AllSourcesDisabled, QueueChangeKind.Backoff], kinds);
    }

    [Fact]
    public void A_source_address_that_recovers_gradually_comes_back_with_one_connection()
    {
        _world.Sources = [new SourceHost(_one, "one.example")];
        _world.Reload();
        _world.SubmitMessages(_key, 100);
        DeliveryTicket first = _world.MustGrant();
        _world.MustTake(first);
        first.React(
            new QueueReaction { Reason = "421 4.7.28", DisableSource = true, ReenableAfter = TimeSpan.FromMinutes(10), RecoverGradually = true }, _world.Now);
        first.Close(_world.Now);
        Assert.Null(_world.Grant());

        _world.Pass(TimeSpan.FromMinutes(10));
        DeliveryTicket only = Assert.Single(_world.GrantAll());
        _world.Finish(only, _world.MustTake(only));
        _world.Pass(ConnectionRamp.StepTime);
        _world.Finish(only, _world.MustTake(only));
        Assert.Single(_world.GrantAll());
    }

    [Fact]
    public void A_ceiling_for_a_time_holds_that_long()
    {
        _world.Sources = [new SourceHost(_one, "one.example")];
        _world.Reload();
        _world.SubmitMessages(_key, 100);
        DeliveryTicket first = _world.MustGrant();
        first.React(new QueueReaction { Reason = "too many connections", SourceConnections = 2, CeilingFor = TimeSpan.FromHours(1) }, _world.Now);
        Assert.Equal(TicketState.HasOrder, _world.Ask(first));

        Assert.Single(_world.GrantAll());
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(3, _world.GrantAll().Count);
    }

    [Fact]
    public void A_change_tells_what_a_restart_must_not_forget()
    {
        _world.SubmitMessages(_key, 1);
        Scheduler.SetMode(_key, QueueMode.Backoff, _world.Now + TimeSpan.FromHours(1), "421 slow down", _world.Now);
        Scheduler.DisableSource(_key, _one, Instant.Never, "blocked", _world.Now);
        Scheduler.Pause(_key, _world.Now);

        QueueMemory after = Scheduler.TakeChanges(10)[^1].After;

        Assert.True(after.IsPaused);
        Assert.Equal((QueueMode.Backoff, _world.Now + TimeSpan.FromHours(1), "421 slow down"), (after.Mode, after.ModeUntil, after.ModeReason));
        Assert.Equal(new DisabledSource(_one, Instant.Never, "blocked"), Assert.Single(after.Disabled));
    }

    [Fact]
    public void When_a_ceiling_ends_the_next_message_goes_at_the_ordinary_rate()
    {
        var world = new QueueWorld(new DeliverySettings
        {
            MaxSmtpOut = 1,
            SourceMaxMsgRates = [new AddressLimit<Rate>(IPNetwork.Parse("127.0.0.0/8"), new Rate(1, TimeSpan.FromSeconds(1)))],
        });
        QueueKey key = QueueWorld.Key("a.example");
        world.SubmitMessages(key, 3);
        DeliveryTicket ticket = world.MustGrant();
        ticket.React(new QueueReaction { Reason = "slow", SourceRate = new Rate(1, TimeSpan.FromHours(10)), CeilingFor = TimeSpan.FromMinutes(10) }, world.Now);
        world.Finish(ticket, world.MustTake(ticket));
        ticket.Close(world.Now);
        Assert.Null(world.Grant());

        world.Pass(TimeSpan.FromMinutes(10));
        Assert.Null(world.Grant());
        world.Pass(TimeSpan.FromSeconds(1));

        world.MustTake(world.MustGrant());
    }

    [Fact]
    public void A_queue_that_waits_for_its_addresses_names_their_time_as_its_next_try()
    {
        var world = new QueueWorld();
        QueueKey key = QueueWorld.Key("a.example");
        world.Submit(key);
        DeliveryTicket ticket = world.MustGrant();
        ticket.ConnectFailed("refused", dnsError: false, world.Now);
        ticket.Close(world.Now);
        Instant back = world.Now + TimeSpan.FromHours(5);
        world.Scheduler.DisableSource(key, IPAddress.Loopback, back, "test", world.Now);
        world.Pass(TimeSpan.FromHours(1));
        Assert.Null(world.Grant());

        Assert.Equal(back, world.Scheduler.Queue(key)!.RetryTime);
    }

    [Fact]
    public void New_mail_ends_a_retry_wait_where_the_configuration_says_so()
    {
        _world.Delivery = _settings with { RetryUponNewMail = true };
        _world.Reload();
        _world.SubmitMessages(_key, 1);
        DeliveryTicket ticket = _world.MustGrant();
        ticket.ConnectFailed("refused", dnsError: false, _world.Now);
        ticket.Close(_world.Now);
        Assert.Null(_world.Grant());

        _world.Submit(_key);

        Assert.NotNull(_world.Grant());
    }
}
