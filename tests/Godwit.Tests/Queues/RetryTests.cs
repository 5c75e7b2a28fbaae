using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class RetryTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");

    private static readonly DeliverySettings _steps = new()
    {
        RetryAfter = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)],
        RetryAfterDnsError = TimeSpan.FromMinutes(2),
    };

    [Fact]
    public void Failures_in_a_row_wait_step_by_step_and_the_last_step_repeats()
    {
        var world = new QueueWorld(_steps);
        world.Submit(_key);

        foreach (int minutes in (int[])[1, 5, 30, 30, 30])
        {
            Instant retry = Fail(world, world.MustGrant());
            Assert.Equal(world.Now + TimeSpan.FromMinutes(minutes), retry);
            Assert.Null(world.Grant());
            Assert.Equal(retry, world.Scheduler.NextDue(world.Now));
            Assert.Equal($"retry until {retry}", world.WhyWaits(_key));

            world.PassTo(retry - TimeSpan.FromTicks(1));
            Assert.Null(world.Grant());
            world.PassTo(retry);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wait_of_zero_is_a_second_and_no_loop(bool dnsError)
    {
        var world = new QueueWorld(new DeliverySettings { RetryAfter = [TimeSpan.Zero], RetryAfterDnsError = TimeSpan.Zero });
        world.Submit(_key);

        Instant retry = world.MustGrant().ConnectFailed("no luck", dnsError, world.Now);

        Assert.Equal(world.Now + TimeSpan.FromSeconds(1), retry);
        Assert.Null(world.Grant());
    }

    [Fact]
    public void Twenty_refused_connections_are_one_step()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 100);
        List<DeliveryTicket> tickets = world.GrantAll();
        Instant expected = world.Now + TimeSpan.FromMinutes(1);

        foreach (DeliveryTicket ticket in tickets)
        {
            Assert.Equal(expected, Fail(world, ticket));
            world.Pass(TimeSpan.FromMilliseconds(10));
        }

        world.PassTo(expected);
        Assert.Equal(world.Now + TimeSpan.FromMinutes(5), Fail(world, world.MustGrant()));
    }

    [Fact]
    public void Of_several_connections_that_fail_together_one_tells_the_operator()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 3);
        List<DeliveryTicket> tickets = world.GrantAll();

        tickets.ForEach(ticket => Fail(world, ticket));

        Assert.Equal([true, false, false], tickets.Select(ticket => ticket.BeganRetry));
    }

    [Fact]
    public void After_the_wait_one_connection_probes_and_the_others_follow_when_it_stands()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 10);
        world.PassTo(FailAll(world));

        DeliveryTicket probe = Assert.Single(world.GrantAll());
        Assert.Equal("trying one connection after a failure", world.WhyWaits(_key));
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Null(world.Grant());

        probe.Connected(world.Now);
        Assert.Equal(9, world.GrantAll().Count);
    }

    [Fact]
    public void A_probe_that_closes_without_a_word_makes_way_for_another()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 10);
        world.PassTo(FailAll(world));

        world.MustGrant().Close(world.Now);

        Assert.Single(world.GrantAll());
    }

    [Fact]
    public void A_late_failure_of_an_older_connection_does_not_disturb_the_probe()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 2);
        List<DeliveryTicket> tickets = world.GrantAll();
        world.PassTo(Fail(world, tickets[0]));
        DeliveryTicket probe = world.MustGrant();

        Assert.Equal(world.Now, Fail(world, tickets[1]));

        Assert.Null(world.Grant());
        Assert.Equal(world.Now + TimeSpan.FromMinutes(5), Fail(world, probe));
    }

    [Fact]
    public void A_delivery_starts_the_schedule_anew_and_a_connection_alone_does_not()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 1);
        world.PassTo(Fail(world, world.MustGrant()));
        DeliveryTicket ticket = world.MustGrant();
        ticket.Connected(world.Now);
        Assert.Equal(world.Now + TimeSpan.FromMinutes(5), Fail(world, ticket));

        world.Pass(TimeSpan.FromMinutes(5));
        ticket = world.MustGrant();
        ticket.Connected(world.Now);
        world.Finish(ticket, world.MustTake(ticket));
        ticket.Close(world.Now);

        world.Submit(_key);
        Assert.Equal(world.Now + TimeSpan.FromMinutes(1), Fail(world, world.MustGrant()));
    }

    [Fact]
    public void A_dns_error_has_its_own_wait_and_takes_no_step()
    {
        var world = new QueueWorld(_steps);
        world.Submit(_key);

        Assert.Equal(world.Now + TimeSpan.FromMinutes(2), Fail(world, world.MustGrant(), dnsError: true));
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(world.Now + TimeSpan.FromMinutes(2), Fail(world, world.MustGrant(), dnsError: true));
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(world.Now + TimeSpan.FromMinutes(1), Fail(world, world.MustGrant()));
    }

    [Fact]
    public void Connections_that_stand_go_on_when_a_further_one_is_refused()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 10);
        List<DeliveryTicket> tickets = world.GrantAll();
        tickets[0].Connected(world.Now);
        Instant retry = Fail(world, tickets[1]);

        world.Finish(tickets[0], world.MustTake(tickets[0]));

        Assert.Null(world.Grant());
        Assert.True(world.Scheduler.Queue(_key)!.InRetry);
        Assert.Equal(retry, world.Scheduler.Queue(_key)!.RetryTime);
        Assert.Equal(TicketState.HasOrder, world.Ask(tickets[0]));
    }

    [Fact]
    public void The_operator_can_end_the_wait()
    {
        var world = new QueueWorld(_steps);
        world.SubmitMessages(_key, 3);
        FailAll(world);
        Assert.Null(world.Grant());

        Assert.True(world.Scheduler.ScheduleNow(_key, retryRecipients: false, world.Now));

        Assert.Equal(world.Now + TimeSpan.FromMinutes(5), Fail(world, Assert.Single(world.GrantAll())));
        Assert.False(world.Scheduler.ScheduleNow(QueueWorld.Key("unknown.example"), retryRecipients: true, world.Now));
    }

    [Fact]
    public void The_operator_can_end_the_waits_of_the_recipients_too()
    {
        var world = new QueueWorld(_steps);
        QueuedRecipient[] recipients = world.SubmitMessages(_key, 2);
        DeliveryTicket ticket = world.MustGrant();
        foreach (QueuedRecipient recipient in recipients)
        {
            world.Scheduler.Defer(_key, world.MustTake(ticket)[0], world.Now + TimeSpan.FromHours(1), counted: true, world.Now);
        }

        world.Scheduler.ScheduleNow(_key, retryRecipients: false, world.Now);
        Assert.Equal(TicketState.Empty, world.Ask(ticket));
        world.Scheduler.ScheduleNow(_key, retryRecipients: true, world.Now);

        Assert.Equal((2, TicketState.Empty), world.Serve(ticket));
    }

    [Fact]
    public void An_empty_queue_is_remembered_until_its_retry_time()
    {
        var world = new QueueWorld(_steps with { RetryAfter = [TimeSpan.FromHours(1)] });
        QueuedRecipient recipient = world.Submit(_key, age: new TimeSpan(4, 11, 50, 0))[0];
        Instant retry = Fail(world, world.MustGrant());
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.Same(recipient, Assert.Single(world.Scheduler.TakeExpired(world.Now, 10)).Recipient);
        world.Scheduler.Finish(_key, recipient, world.Now);
        Assert.Equal(0, world.Scheduler.Totals().Queues);

        world.Submit(_key);
        Assert.Null(world.Grant());

        world.PassTo(retry);
        Assert.NotNull(world.Grant());
    }

    private static Instant FailAll(QueueWorld world)
    {
        Instant retry = world.Now;
        foreach (DeliveryTicket ticket in world.GrantAll())
        {
            retry = Fail(world, ticket);
        }

        return retry;
    }

    private static Instant Fail(QueueWorld world, DeliveryTicket ticket, bool dnsError = false)
    {
        Instant retry = ticket.ConnectFailed("ECONNREFUSED connecting to a.example", dnsError, world.Now);
        ticket.Close(world.Now);
        return retry;
    }
}
