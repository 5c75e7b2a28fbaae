// allow-priority-interruption-during-transfer: a message under way gives its connection to more important mail.

using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class InterruptionTests
{
    private static readonly QueueKey _bulk = QueueWorld.Key("bulk.example");
    private static readonly QueueKey _other = QueueWorld.Key("other.example");
    private static readonly QueueKey _urgent = QueueWorld.Key("urgent.example");

    [Fact]
    public void A_message_under_way_gives_its_slot_to_a_more_important_queue_and_is_not_counted_as_tried()
    {
        QueueWorld world = World();
        QueuedRecipient bulk = world.Submit(_bulk)[0];
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        Assert.False(IsWanted(ticket));

        world.Submit(_urgent);

        Assert.True(IsWanted(ticket));
        ticket.Return(order, world.Now);
        Assert.Equal(TicketState.Close, world.Ask(ticket));
        ticket.Close(world.Now);
        Assert.Equal(_urgent, world.MustGrant().Key);
        Assert.Equal(0, bulk.Attempts);
        Assert.Equal(1, world.Scheduler.Queue(_bulk)!.Recipients);
    }

    [Fact]
    public void Mail_of_the_same_importance_breaks_nothing_off()
    {
        QueueWorld world = World();
        world.Submit(_bulk);
        DeliveryTicket ticket = world.MustGrant();
        world.MustTake(ticket);

        world.Submit(_other);

        Assert.False(IsWanted(ticket));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Both_directives_must_allow_it(bool between, bool during)
    {
        QueueWorld world = World(new DeliverySettings { AllowPriorityInterruption = between, AllowPriorityInterruptionDuringTransfer = during });
        world.Submit(_bulk);
        DeliveryTicket ticket = world.MustGrant();
        world.MustTake(ticket);

        world.Submit(_urgent);

        Assert.Null(ticket.Interruption);
    }

    [Fact]
    public void One_waiting_queue_breaks_off_one_message_the_least_important_and_latest()
    {
        QueueWorld world = World(total: 3);
        world.Own["other.example"] = Interruptible with { QueuePriority = 60 };
        world.Reload();
        world.SubmitMessages(_bulk, 2);
        world.Submit(_other);
        List<DeliveryTicket> tickets = world.GrantAll();
        tickets.ForEach(ticket => world.MustTake(ticket));

        world.Submit(_urgent);

        DeliveryTicket wanted = Assert.Single(tickets, IsWanted);
        Assert.Same(tickets.Last(ticket => ticket.Key == _bulk), wanted);
    }

    [Fact]
    public void A_slot_that_less_important_mail_got_in_its_turn_stays_until_its_message_is_sent()
    {
        QueueWorld world = World();
        world.SubmitMessages(_urgent, 100);
        world.SubmitMessages(_bulk, 3);
        DeliveryTicket next = world.MustGrant();
        for (int turns = 0; next.Key == _urgent; turns++)
        {
            Assert.InRange(turns, 0, 40);
            world.Finish(next, world.MustTake(next));
            next.Close(world.Now);
            next = world.MustGrant();
        }

        DeliveryOrder order = world.MustTake(next);
        world.Submit(QueueWorld.Key("urgent.example", "second"));

        Assert.False(IsWanted(next));
        world.Finish(next, order);
        Assert.Equal(TicketState.Close, world.Ask(next));
    }

    [Fact]
    public void A_message_that_has_not_begun_yet_gives_way_at_once()
    {
        QueueWorld world = World();
        world.Submit(_bulk);
        DeliveryTicket ticket = world.MustGrant();

        world.Submit(_urgent);

        Assert.Equal(TicketState.Close, world.Ask(ticket));
    }

    [Fact]
    public void A_limit_of_another_virtual_mta_is_nobodys_reason()
    {
        QueueWorld world = World(virtualMtas: [("a", 1), ("b", 1)]);
        QueueKey elsewhere = QueueWorld.Key("bulk.example", "a");
        world.Submit(elsewhere);
        DeliveryTicket other = world.MustGrant();
        world.MustTake(other);
        QueueKey bulk = QueueWorld.Key("bulk.example", "b");
        world.Submit(bulk);
        DeliveryTicket ticket = world.MustGrant();
        world.MustTake(ticket);

        world.Submit(QueueWorld.Key("urgent.example", "b"));

        Assert.True(IsWanted(ticket));
        Assert.False(IsWanted(other));
    }

    private static DeliverySettings Interruptible { get; } = new() { AllowPriorityInterruptionDuringTransfer = true };

    private static QueueWorld World(DeliverySettings? settings = null, int total = 1, params (string Name, int MaxSmtpOut)[] virtualMtas)
    {
        var world = new QueueWorld(settings ?? Interruptible, virtualMtas.Length > 0 ? 10 : total, virtualMtas);
        world.Own["urgent.example"] = Interruptible with { QueuePriority = 90 };
        world.Reload();
        return world;
    }

    private static bool IsWanted(DeliveryTicket ticket) =>
        ticket.Interruption!.WaitAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None) is { IsCompletedSuccessfully: true, Result: true };
}
