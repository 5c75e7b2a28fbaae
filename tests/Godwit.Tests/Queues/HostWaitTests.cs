// Queues that wait for a connection to a full host (mx-connection-limit).

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class HostWaitTests
{
    private readonly QueueWorld _world = new();

    [Fact]
    public void A_slot_of_a_host_is_not_lost_on_a_queue_whose_mail_has_gone()
    {
        _world.MxLimits = [new MxConnectionLimit(new DomainPattern(DomainPatternKind.Exact, "mx.example", default), 1)];
        _world.Reload();
        Array.ForEach((string[])["a", "b", "c"], name => _world.Submit(QueueWorld.Key($"{name}.example")));
        List<DeliveryTicket> tickets = _world.GrantAll();
        DeliveryOrder order = _world.MustTake(tickets[0]);
        Assert.True(tickets[0].TryUseHost("mx.example", IPAddress.Parse("10.0.0.1"), _world.Now));
        foreach (DeliveryTicket full in tickets.Skip(1))
        {
            Assert.False(full.TryUseHost("mx.example", IPAddress.Parse("10.0.0.1"), _world.Now));
            full.WaitForHost(_world.Now);
            full.Close(_world.Now);
        }

        QueueKey gone = tickets[1].Key;
        QueuedRecipient only = Assert.Single(_world.Scheduler.Recipients(gone)).Recipient;
        Assert.Single(_world.Scheduler.Withdraw(gone, new HashSet<QueuedRecipient> { only }, _world.Now));
        _world.Scheduler.Finish(gone, only, _world.Now);
        _world.Finish(tickets[0], order);
        tickets[0].Close(_world.Now);

        Assert.Equal(tickets[2].Key, _world.MustGrant().Key);
    }

    [Fact]
    public void Waiting_for_a_full_host_spends_nothing_of_the_connect_rate()
    {
        _world.MxLimits = [new MxConnectionLimit(new DomainPattern(DomainPatternKind.Exact, "mx.example", default), 1)];
        _world.Own["b.example"] = new DeliverySettings { MaxConnectRate = new Rate(1, TimeSpan.FromHours(1)) };
        _world.Reload();
        _world.Submit(QueueWorld.Key("a.example"));
        DeliveryTicket holder = _world.MustGrant();
        _world.MustTake(holder);
        Assert.True(holder.TryUseHost("mx.example", IPAddress.Parse("10.0.0.1"), _world.Now));
        _world.Submit(QueueWorld.Key("b.example"));
        DeliveryTicket waits = _world.MustGrant();
        Assert.False(waits.TryUseHost("mx.example", IPAddress.Parse("10.0.0.1"), _world.Now));
        waits.WaitForHost(_world.Now);
        waits.Close(_world.Now);

        holder.Close(_world.Now);

        Assert.Equal("b.example", _world.MustGrant().Key.Destination.Text);
    }
}
