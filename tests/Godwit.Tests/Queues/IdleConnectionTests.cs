using Godwit.Queues;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Queues;

public sealed class IdleConnectionTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task New_mail_wakes_an_idle_connection_instead_of_opening_one()
    {
        var world = new QueueWorld();
        DeliveryTicket ticket = Idle(world, _key);
        Task wait = Wait(ticket);
        Assert.False(wait.IsCompleted);

        QueuedRecipient recipient = world.Submit(_key)[0];

        await wait;
        Assert.Null(world.Grant());
        Assert.Same(recipient, world.MustTake(ticket)[0]);
    }

    [Fact]
    public async Task Each_recipient_wakes_one_connection()
    {
        var world = new QueueWorld();
        world.SubmitMessages(_key, 2);
        List<DeliveryTicket> tickets = world.GrantAll();
        tickets.ForEach(ticket => world.Serve(ticket));
        Task[] waits = [.. tickets.Select(Wait)];

        world.Submit(_key);
        await waits[0];
        Assert.False(waits[1].IsCompleted);
        world.Submit(_key);

        await waits[1];
        Assert.Null(world.Grant());
    }

    [Fact]
    public async Task A_wait_ends_at_its_timeout_and_the_next_mail_opens_a_connection()
    {
        var world = new QueueWorld();
        DeliveryTicket ticket = Idle(world, _key);
        Task wait = Wait(ticket);

        _time.Advance(_idle);
        await wait;
        ticket.Close(world.Now);

        world.Submit(_key);
        Assert.NotNull(world.Grant());
    }

    [Fact]
    public async Task A_cancelled_wait_says_so_and_leaves_nothing_behind()
    {
        var world = new QueueWorld();
        DeliveryTicket ticket = Idle(world, _key);
        using var stop = new CancellationTokenSource();
        Task wait = ticket.WaitAsync(_idle, _time, stop.Token).AsTask();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        ticket.Close(world.Now);

        world.Submit(_key);
        Assert.NotNull(world.Grant());
    }

    [Fact]
    public void Mail_that_came_before_the_wait_ends_it_at_once()
    {
        var world = new QueueWorld();
        DeliveryTicket ticket = Idle(world, _key);
        world.Submit(_key);

        Assert.True(Wait(ticket).IsCompleted);
    }

    [Fact]
    public async Task A_deferred_recipient_that_becomes_due_wakes_the_connection()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now + TimeSpan.FromSeconds(30), counted: true, world.Now);
        Assert.Equal(TicketState.Empty, world.Ask(ticket));
        Task wait = Wait(ticket);

        world.PassTo(world.Scheduler.NextDue(world.Now));
        Assert.Null(world.Grant());

        await wait;
        Assert.Equal(TicketState.HasOrder, world.Ask(ticket));
    }

    [Fact]
    public async Task An_idle_connection_gives_its_slot_to_a_queue_that_waits_for_one()
    {
        var world = new QueueWorld(total: 1);
        DeliveryTicket ticket = Idle(world, _key);
        Task wait = Wait(ticket);
        QueueKey other = QueueWorld.Key("b.example");

        world.Submit(other);

        await wait;
        Assert.Equal(TicketState.Close, world.Ask(ticket));
        ticket.Close(world.Now);
        Assert.Equal(other, world.MustGrant().Key);
    }

    [Fact]
    public async Task An_idle_connection_of_the_same_virtual_mta_gives_way_for_its_slot()
    {
        var world = new QueueWorld(virtualMtas: [("v", 1), ("w", 1)]);
        DeliveryTicket elsewhere = Idle(world, QueueWorld.Key("a.example", "w"));
        DeliveryTicket ticket = Idle(world, QueueWorld.Key("a.example", "v"));
        Task[] waits = [Wait(elsewhere), Wait(ticket)];

        world.Submit(QueueWorld.Key("b.example", "v"));

        await waits[1];
        Assert.False(waits[0].IsCompleted);
        Assert.Equal(TicketState.Close, world.Ask(ticket));
    }

    [Fact]
    public void A_connection_does_not_idle_while_others_wait_for_its_slot()
    {
        var world = new QueueWorld(total: 1);
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        world.Submit(QueueWorld.Key("b.example"));
        world.Finish(ticket, world.MustTake(ticket));

        Assert.Equal(TicketState.Close, world.Ask(ticket));
    }

    [Fact]
    public async Task A_pause_ends_idle_connections()
    {
        var world = new QueueWorld();
        DeliveryTicket ticket = Idle(world, _key);
        Task wait = Wait(ticket);

        world.Scheduler.Pause(_key, world.Now);

        await wait;
        Assert.Equal(TicketState.Close, world.Ask(ticket));
    }

    private static DeliveryTicket Idle(QueueWorld world, QueueKey key)
    {
        world.Submit(key);
        DeliveryTicket ticket = world.MustGrant();
        Assert.Equal((1, TicketState.Empty), world.Serve(ticket));
        return ticket;
    }

    private Task Wait(DeliveryTicket ticket) => ticket.WaitAsync(_idle, _time, CancellationToken.None).AsTask();
}
