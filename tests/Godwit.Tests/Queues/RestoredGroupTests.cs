using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>What the queues of one provider share, over a restart and when DNS takes a domain out.</summary>
public sealed class RestoredGroupTests
{
    private static readonly DomainName _google = DomainName.Parse("google.rollup");
    private static readonly DomainName _gmail = DomainName.Parse("gmail.com");
    private static readonly QueueKey _group = new(_google, EnvelopeRecipient.DefaultVirtualMta);
    private static readonly QueueKey _one = QueueWorld.Key("one.example");
    private static readonly QueueKey _two = QueueWorld.Key("two.example");

    private readonly QueueWorld _world = new(new DeliverySettings { MaxSmtpOut = 6, BackoffMaxSmtpOut = 1, NotifyOfDelayEvery = Timeout.InfiniteTimeSpan });

    [Fact]
    public void Backoff_mode_of_a_provider_holds_for_the_first_domain_after_a_restart_and_makes_no_queue()
    {
        _world.Scheduler.Restore(_group, InBackoff(), _world.Now);
        Assert.Null(_world.Scheduler.Queue(_group));
        Assert.Equal(QueueMode.Backoff, _world.Scheduler.MemoryOf(_group).Mode);

        Join(_one, _two);

        Assert.Single(_world.GrantAll());
        Assert.Null(_world.Scheduler.Queue(_group));
    }

    [Fact]
    public void An_operator_ends_it_before_any_mail_has_come()
    {
        _world.Scheduler.Restore(_group, InBackoff() with { Disabled = [new DisabledSource(IPAddress.Loopback, Instant.Never, "554")] }, _world.Now);

        Assert.True(_world.Scheduler.SetMode(_group, QueueMode.Normal, Instant.Never, "by hand", _world.Now));
        Assert.True(_world.Scheduler.EnableSource(_group, IPAddress.Loopback, _world.Now));

        QueueChange last = _world.Scheduler.TakeChanges(10)[^1];
        Assert.Equal((_group, true, _gmail), (last.Key, last.After.IsPlain, last.After.MainDomain));
        Assert.Equal(0, _world.Scheduler.Totals().Queues);
        Join(_one, _two);
        Assert.Equal(6, _world.GrantAll().Count);
    }

    [Fact]
    public void A_group_of_that_name_and_a_queue_of_that_name_are_told_apart()
    {
        _world.Scheduler.Restore(_group, InBackoff() with { MainDomain = _google }, _world.Now);
        var rollup = new QueueKey(DomainName.Parse("hosts.rollup"), EnvelopeRecipient.DefaultVirtualMta);
        _world.Scheduler.Restore(rollup, InBackoff() with { MainDomain = null }, _world.Now);

        Assert.Null(_world.Scheduler.Queue(_group));
        Assert.NotNull(_world.Scheduler.Queue(rollup));
    }

    [Fact]
    public void The_pause_of_one_domain_is_kept_under_its_own_name()
    {
        Join(_one, _two);
        _world.Scheduler.Pause(_one, _world.Now);

        QueueChange change = Assert.Single(_world.Scheduler.TakeChanges(10));
        Assert.Equal((_one, true), (change.Key, change.After.IsPaused));
    }

    [Fact]
    public void What_was_said_about_a_domain_alone_is_not_kept_when_it_joins_a_provider()
    {
        _world.Scheduler.SetMode(_one, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        _world.Scheduler.TakeChanges(10);

        Join(_one);

        QueueChange change = Assert.Single(_world.Scheduler.TakeChanges(10));
        Assert.Equal((_one, true), (change.Key, change.After.IsPlain));
    }

    [Fact]
    public void A_domain_whose_hosts_are_no_providers_any_more_has_its_own_limits_and_mode()
    {
        _world.Own["gmail.com"] = _world.Delivery with { MaxSmtpOut = 2 };
        _world.Reload();
        Join(_one, _two);
        _world.Scheduler.SetMode(_group, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        DeliveryTicket only = Assert.Single(_world.GrantAll());

        Assert.True(only.LeaveGroup(_world.Now));
        only.Close(_world.Now);

        List<DeliveryTicket> now = _world.GrantAll();
        Assert.Equal((6, 1), (now.Count(ticket => ticket.Key == only.Key), now.Count(ticket => ticket.Key != only.Key)));
        Assert.Equal(QueueMode.Normal, _world.Scheduler.MemoryOf(only.Key).Mode);
        Assert.Equal(QueueMode.Backoff, _world.Scheduler.MemoryOf(_group).Mode);
    }

    private static QueueMemory InBackoff() => new() { MainDomain = _gmail, Mode = QueueMode.Backoff, ModeReason = "421" };

    /// <summary>Ten messages for each, and DNS has said that they are the provider's.</summary>
    private void Join(params QueueKey[] keys)
    {
        Array.ForEach(keys, key => _world.SubmitMessages(key, 10));
        foreach (DeliveryTicket ticket in _world.GrantAll())
        {
            ticket.JoinGroup(_google, _gmail, _world.Now);
            ticket.Close(_world.Now);
        }
    }
}
