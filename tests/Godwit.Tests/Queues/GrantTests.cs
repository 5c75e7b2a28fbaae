using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class GrantTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");

    [Fact]
    public void One_message_gets_one_connection()
    {
        var world = new QueueWorld();
        Assert.Null(world.Grant());

        world.Submit(_key);

        Assert.Single(world.GrantAll());
        Assert.Equal(1, world.Scheduler.Totals().Connections);
    }

    [Fact]
    public void A_queue_gets_a_connection_for_each_message_up_to_max_smtp_out()
    {
        var world = new QueueWorld(new DeliverySettings { MaxSmtpOut = 3 });
        world.SubmitMessages(_key, 2);
        Assert.Equal(2, world.GrantAll().Count);

        world.SubmitMessages(_key, 10);

        Assert.Single(world.GrantAll());
        Assert.Equal("max-smtp-out reached", world.WhyWaits(_key));
    }

    [Fact]
    public void A_busy_connection_does_not_count_as_on_its_way_to_new_mail()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        world.MustTake(world.MustGrant());

        world.Submit(_key);

        Assert.Single(world.GrantAll());
    }

    [Fact]
    public void Queues_of_a_virtual_mta_share_its_connections()
    {
        var world = new QueueWorld(virtualMtas: [("news", 2), ("other", 0)]);
        QueueKey[] keys = [QueueWorld.Key("a.example", "news"), QueueWorld.Key("b.example", "news"), QueueWorld.Key("c.example", "news"), QueueWorld.Key("a.example", "other")];
        foreach (QueueKey key in keys)
        {
            world.SubmitMessages(key, 2);
        }

        List<DeliveryTicket> tickets = world.GrantAll();

        Assert.Equal([keys[0], keys[1], keys[3], keys[3]], tickets.Select(ticket => ticket.Key));
        Assert.Equal("max-smtp-out of the virtual MTA reached", world.WhyWaits(keys[2]));

        tickets[0].Close(world.Now);
        Assert.Equal(keys[2], world.MustGrant().Key);
    }

    [Fact]
    public void A_freed_slot_passes_on_when_the_first_in_line_no_longer_wants_it()
    {
        var world = new QueueWorld(virtualMtas: [("v", 1)]);
        QueueKey[] keys = [QueueWorld.Key("a.example", "v"), QueueWorld.Key("b.example", "v"), QueueWorld.Key("c.example", "v")];
        Array.ForEach(keys, key => world.Submit(key));
        DeliveryTicket ticket = Assert.Single(world.GrantAll());

        world.Serve(ticket);
        ticket.Close(world.Now);
        world.Scheduler.Pause(keys[1], world.Now);

        Assert.Equal(keys[2], world.MustGrant().Key);
    }

    [Fact]
    public void All_queues_share_the_connections_of_the_server()
    {
        var world = new QueueWorld(total: 2);
        QueueKey other = QueueWorld.Key("b.example");
        world.SubmitMessages(_key, 5);
        world.SubmitMessages(other, 5);

        List<DeliveryTicket> tickets = world.GrantAll();

        Assert.Equal([_key, other], tickets.Select(ticket => ticket.Key));
        Assert.Equal("total-max-smtp-out reached", world.WhyWaits(_key));
        tickets[1].Close(world.Now);
        Assert.Equal(other, world.MustGrant().Key);
    }

    [Fact]
    public void Connections_use_the_source_addresses_in_turn()
    {
        var world = new QueueWorld { Sources = [new SourceHost(IPAddress.Parse("192.0.2.1"), "one"), new SourceHost(IPAddress.Parse("192.0.2.2"), "two")] };
        world.Reload();
        world.SubmitMessages(_key, 2);
        world.SubmitMessages(QueueWorld.Key("b.example"), 1);

        Assert.Equal(["one", "two", "one"], world.GrantAll().Select(ticket => ticket.Source.HostName));
    }

    [Fact]
    public void Mail_of_a_virtual_mta_that_was_removed_is_granted_without_its_limits_for_delivery_to_bounce()
    {
        var world = new QueueWorld(virtualMtas: [("old", 1)]);
        QueueKey key = QueueWorld.Key("a.example", "old");
        world.SubmitMessages(key, 2);

        world.VirtualMtas = [];
        world.Reload();

        List<DeliveryTicket> tickets = world.GrantAll();
        Assert.Equal(2, tickets.Count);
        Assert.All(tickets, ticket => Assert.Null(ticket.Source.Address));
    }

    [Fact]
    public void Recipients_of_one_message_share_a_transaction_up_to_its_limit()
    {
        var world = new QueueWorld(new DeliverySettings { MaxRcptPerTransaction = 3 });
        QueuedRecipient[] first = world.Submit(_key, recipients: 5);
        QueuedRecipient[] second = world.Submit(_key, recipients: 2);
        DeliveryTicket ticket = world.MustGrant();

        Assert.Equal(first[..3], world.MustTake(ticket).Recipients);
        Assert.Equal(first[3..], world.MustTake(ticket).Recipients);
        Assert.Equal(second, world.MustTake(ticket).Recipients);
        Assert.Equal(TicketState.Empty, world.Ask(ticket));
    }

    [Fact]
    public void An_order_knows_its_recipients_by_index_and_as_a_list()
    {
        var world = new QueueWorld();
        QueuedRecipient[] recipients = world.Submit(_key, recipients: 2);
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        var rest = new DeliveryOrder(order.Message, [recipients[1]]);

        Assert.Equal((2, recipients[0], recipients[1]), (order.Count, order[0], order[1]));
        Assert.Equal((1, recipients[1]), (rest.Count, Assert.Single(rest.Recipients)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeliveryOrder(order.Message, [recipients[0]])[1]);
        Assert.Throws<ArgumentException>(() => new DeliveryOrder(order.Message, []));
        Assert.Throws<ArgumentException>(() => new DeliveryOrder(world.Message(), recipients));
    }

    [Fact]
    public void A_connection_closes_after_its_messages()
    {
        var world = new QueueWorld(new DeliverySettings { MaxMsgPerConnection = 2 });
        world.SubmitMessages(_key, 3);
        DeliveryTicket ticket = world.MustGrant();

        Assert.Equal((2, TicketState.Close), world.Serve(ticket));
    }

    [Fact]
    public void Deferred_recipients_wait_for_their_time_and_then_stand_behind_the_others()
    {
        var world = new QueueWorld();
        QueuedRecipient[] early = world.SubmitMessages(_key, 2);
        DeliveryTicket ticket = world.MustGrant();
        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now + TimeSpan.FromMinutes(10), counted: true, world.Now);
        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now + TimeSpan.FromMinutes(5), counted: true, world.Now);
        Assert.Equal(TicketState.Empty, world.Ask(ticket));
        QueuedRecipient[] late = world.SubmitMessages(_key, 1);

        world.Pass(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Same(late[0], world.MustTake(ticket)[0]);
        Assert.Same(early[1], world.MustTake(ticket)[0]);
        Assert.Equal(TicketState.Empty, world.Ask(ticket));

        world.Pass(TimeSpan.FromTicks(1));
        Assert.Same(early[0], world.MustTake(ticket)[0]);
        Assert.Equal(1, early[0].Attempts);
    }

    [Fact]
    public void A_queue_of_deferred_recipients_only_asks_for_a_connection_when_the_first_is_due()
    {
        var world = new QueueWorld();
        var recipient = new QueuedRecipient(world.Message(), 0);
        recipient.Restore(7, world.Now + TimeSpan.FromMinutes(3));
        world.Scheduler.Enqueue(_key, recipient, world.Now);

        Assert.Null(world.Grant());
        Assert.Equal("waiting for the recipients' own retry times", world.WhyWaits(_key));
        Assert.Equal(recipient.NotBefore, world.Scheduler.NextDue(world.Now));

        world.PassTo(recipient.NotBefore);
        Assert.Same(recipient, world.MustTake(world.MustGrant())[0]);
        Assert.Equal(7, recipient.Attempts);
    }

    [Fact]
    public void A_throttle_is_not_an_attempt()
    {
        var world = new QueueWorld();
        QueuedRecipient recipient = world.Submit(_key)[0];
        DeliveryTicket ticket = world.MustGrant();

        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now, counted: false, world.Now);
        Assert.Equal(0, recipient.Attempts);
        world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now, counted: true, world.Now);
        Assert.Equal(1, recipient.Attempts);
    }

    [Fact]
    public void Returned_recipients_go_first_and_in_their_order()
    {
        var world = new QueueWorld();
        QueuedRecipient[] first = world.Submit(_key, recipients: 3);
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();

        ticket.Return(world.MustTake(ticket), world.Now);

        Assert.Equal(first, world.MustTake(ticket).Recipients);
        Assert.Equal(0, first[0].Attempts);
    }

    [Fact]
    public void The_rest_of_a_broken_transaction_can_be_returned_by_another_order()
    {
        var world = new QueueWorld();
        QueuedRecipient[] all = world.Submit(_key, recipients: 3);
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        world.Scheduler.Finish(_key, order[0], world.Now);

        ticket.Return(new DeliveryOrder(order.Message, [order[1], order[2]]), world.Now);

        Assert.Equal(all[1..], world.MustTake(ticket).Recipients);
    }

    [Fact]
    public void A_recipient_cannot_get_two_fates()
    {
        var world = new QueueWorld();
        QueuedRecipient recipient = world.Submit(_key)[0];
        Assert.Throws<InvalidOperationException>(() => world.Scheduler.Finish(_key, recipient, world.Now));
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);
        world.Finish(ticket, order);

        Assert.Throws<InvalidOperationException>(() => world.Scheduler.Finish(_key, recipient, world.Now));
        Assert.Throws<InvalidOperationException>(() => world.Scheduler.Defer(_key, recipient, world.Now, counted: true, world.Now));
        Assert.Throws<InvalidOperationException>(() => ticket.Return(order, world.Now));
        Assert.Throws<InvalidOperationException>(() => world.Scheduler.Enqueue(_key, recipient, world.Now));
        Assert.Throws<InvalidOperationException>(() => recipient.Restore(0, world.Now));
    }

    [Fact]
    public void A_ticket_is_closed_once()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        ticket.Close(world.Now);

        Assert.Throws<InvalidOperationException>(() => ticket.Close(world.Now));
        Assert.Throws<InvalidOperationException>(() => world.Ask(ticket));
        Assert.Equal(0, world.Scheduler.Totals().Connections);
    }

    [Fact]
    public void A_lowered_limit_closes_the_surplus_and_no_more()
    {
        var world = new QueueWorld();
        world.SubmitMessages(_key, 100);
        List<DeliveryTicket> tickets = world.GrantAll();
        Assert.Equal(20, tickets.Count);

        world.Delivery = world.Delivery with { MaxSmtpOut = 15 };
        world.Reload();
        TicketState[] answers = [.. tickets.Select(world.Ask)];

        Assert.Equal(5, answers.Count(answer => answer == TicketState.Close));
        Assert.Equal(15, answers.Count(answer => answer == TicketState.HasOrder));
        Assert.Null(world.Grant());
    }

    [Fact]
    public void A_lowered_total_closes_the_surplus_and_no_more()
    {
        var world = new QueueWorld();
        world.SubmitMessages(_key, 100);
        List<DeliveryTicket> tickets = world.GrantAll();

        world.Total = 4;
        world.Reload();

        Assert.Equal(16, tickets.Select(world.Ask).Count(answer => answer == TicketState.Close));
    }

    [Fact]
    public void A_raised_limit_is_used_at_once()
    {
        var world = new QueueWorld(new DeliverySettings { MaxSmtpOut = 1 });
        world.SubmitMessages(_key, 10);
        Assert.Single(world.GrantAll());

        world.Delivery = world.Delivery with { MaxSmtpOut = 3 };
        world.Reload();

        Assert.Equal(2, world.GrantAll().Count);
    }

    [Fact]
    public async Task Work_is_set_when_mail_comes_and_when_a_slot_is_freed()
    {
        var world = new QueueWorld(total: 1);
        WakeSignal work = world.Scheduler.Work;
        TimeSpan atOnce = TimeSpan.FromSeconds(5);

        world.SubmitMessages(_key, 2);
        Assert.True(await work.WaitAsync(atOnce, TimeProvider.System, CancellationToken.None));
        DeliveryTicket ticket = world.MustGrant();
        world.MustTake(ticket);
        ticket.Close(world.Now);

        Assert.True(await work.WaitAsync(atOnce, TimeProvider.System, CancellationToken.None));
        Assert.NotNull(world.Grant());
    }

    [Fact]
    public async Task Work_is_set_when_something_is_due_earlier_than_was_announced()
    {
        var world = new QueueWorld(new DeliverySettings { NotifyOfDelayEvery = Timeout.InfiniteTimeSpan });
        Assert.Equal(Instant.Never, world.Scheduler.NextDue(world.Now));
        var recipient = new QueuedRecipient(world.Message(), 0);
        recipient.Restore(1, world.Now + TimeSpan.FromMinutes(1));

        world.Scheduler.Enqueue(_key, recipient, world.Now);

        Assert.True(await world.Scheduler.Work.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None));
        Assert.Equal(recipient.NotBefore, world.Scheduler.NextDue(world.Now));
    }
}
