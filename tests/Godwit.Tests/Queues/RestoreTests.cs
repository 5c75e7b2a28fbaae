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
}
