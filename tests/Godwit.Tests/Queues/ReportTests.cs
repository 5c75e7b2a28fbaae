using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class ReportTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");

    [Fact]
    public void Top_queues_come_by_recipients_and_then_by_name()
    {
        var world = new QueueWorld(virtualMtas: [("v", 0)]);
        world.SubmitMessages(QueueWorld.Key("b.example"), 2);
        world.SubmitMessages(QueueWorld.Key("a.example", "v"), 2);
        world.SubmitMessages(QueueWorld.Key("a.example", "u"), 2);
        world.SubmitMessages(QueueWorld.Key("large.example"), 5);
        world.SubmitMessages(QueueWorld.Key("small.example"), 1);

        Assert.Equal(
            ["large.example/{default}", "a.example/u", "a.example/v", "b.example/{default}"],
            Names(world.Scheduler.Select(_ => true, 4, byName: false)));
        Assert.Equal(5, world.Scheduler.Select(_ => true, 100, byName: false).Queues.Count);
        Assert.Empty(world.Scheduler.Select(_ => true, 0, byName: false).Queues);

        QueueSelection some = world.Scheduler.Select(key => key.Destination.Text != "b.example", 3, byName: true);
        Assert.Equal(["a.example/u", "a.example/v", "large.example/{default}"], Names(some));
        Assert.Equal(4, some.Matching);
    }

    [Fact]
    public void An_operator_who_looks_at_many_queues_lets_the_lock_go_again_and_again()
    {
        var world = new QueueWorld();
        int count = (2 * Scheduler.LookedAtAtOnce) + 10;
        for (int i = 0; i < count; i++)
        {
            world.Submit(QueueWorld.Key($"d{i:0000}.example"));
        }

        // Names are matched without the lock.
        QueueSelection all = world.Scheduler.Select(_ => !world.Scheduler.Gate.IsHeldByCurrentThread, count, byName: true);
        Assert.Equal((count, count), (all.Queues.Count, all.Matching));

        // Between two slices somebody else can work: what happens then is in the next slice, and a queue that goes is left out.
        MailQueue[] byName = [.. world.Scheduler.All().OrderBy(queue => queue.Key.Destination.Text, StringComparer.Ordinal)];
        MailQueue[] queues = [.. byName.Skip(1), byName[0]];
        var reports = new List<QueueReport>();
        int next = world.Scheduler.DescribeSlice(queues, 0, reports);
        Assert.False(world.Scheduler.Gate.IsHeldByCurrentThread);
        Assert.Equal((Scheduler.LookedAtAtOnce, Scheduler.LookedAtAtOnce), (next, reports.Count));

        world.SubmitMessages(queues[^2].Key, 4);
        DeliveryTicket ticket = world.MustGrant();
        Assert.Equal(queues[^1].Key, ticket.Key);
        world.Serve(ticket);
        ticket.Close(world.Now);
        while (next < count)
        {
            next = world.Scheduler.DescribeSlice(queues, next, reports);
        }

        Assert.Equal(count - 1, reports.Count);
        Assert.Equal((queues[^2].Key, 5L), (reports[^1].Key, reports[^1].Recipients));
    }

    [Fact]
    public void Recipients_and_bytes_count_until_the_final_fate()
    {
        var world = new QueueWorld();
        var recipient = new QueuedRecipient(world.Message(length: 5000), 0);
        world.Scheduler.Enqueue(_key, recipient, world.Now);
        world.Scheduler.Enqueue(_key, new QueuedRecipient(world.Message(length: 300), 0), world.Now);
        DeliveryTicket ticket = world.MustGrant();
        DeliveryOrder order = world.MustTake(ticket);

        Assert.Equal(new QueueTotals(2, 1, 5300, 1), world.Scheduler.Totals());
        QueueReport report = world.Scheduler.Queue(_key)!;
        Assert.Equal((2L, 5300L, 1), (report.Recipients, report.Bytes, report.Connections));

        world.Finish(ticket, order);
        Assert.Equal(new QueueTotals(1, 1, 300, 1), world.Scheduler.Totals());
    }

    [Fact]
    public void A_queue_disappears_with_its_last_recipient_and_connection()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        world.Serve(ticket);
        Assert.NotNull(world.Scheduler.Queue(_key));

        ticket.Close(world.Now);

        Assert.Null(world.Scheduler.Queue(_key));
        Assert.Equal(default, world.Scheduler.Totals());
    }

    [Fact]
    public void A_pause_stops_everything_and_survives_an_empty_queue()
    {
        var world = new QueueWorld();
        world.SubmitMessages(_key, 2);
        DeliveryTicket ticket = world.MustGrant();
        world.Finish(ticket, world.MustTake(ticket));

        world.Scheduler.Pause(_key, world.Now);

        Assert.Equal("paused", world.WhyWaits(_key));
        Assert.True(world.Scheduler.Queue(_key)!.Paused);
        Assert.Null(world.Grant());
        Assert.Equal(TicketState.Close, world.Ask(ticket));

        ticket.Close(world.Now);
        Assert.True(world.Scheduler.Resume(_key, world.Now));
        Assert.False(world.Scheduler.Resume(_key, world.Now));
        Assert.Equal((1, TicketState.Empty), world.Serve(world.MustGrant()));

        world.Scheduler.Pause(QueueWorld.Key("new.example"), world.Now);
        world.Submit(QueueWorld.Key("new.example"));
        Assert.Null(world.Grant());
    }

    [Fact]
    public void Errors_are_kept_up_to_their_number_and_a_repeated_one_once()
    {
        var world = new QueueWorld(new DeliverySettings { MaxEventsRecorded = 2 });
        world.Submit(_key);
        foreach (string text in (string[])["one", "two", "two", "three", "three"])
        {
            world.Pass(TimeSpan.FromSeconds(1));
            world.Scheduler.RecordError(_key, text, world.Now);
        }

        Assert.Equal(
            [new QueueEvent(world.Now - TimeSpan.FromSeconds(2), "two"), new QueueEvent(world.Now, "three")],
            world.Scheduler.Queue(_key)!.Events);
        world.Scheduler.RecordError(QueueWorld.Key("unknown.example"), "nobody there", world.Now);
        Assert.Null(world.Scheduler.Queue(QueueWorld.Key("unknown.example")));
    }

    [Fact]
    public void An_error_can_be_read_for_ten_minutes_after_the_queue_has_run_empty()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        DeliveryTicket ticket = world.MustGrant();
        world.Scheduler.RecordError(_key, "trouble", world.Now);
        world.Serve(ticket);
        ticket.Close(world.Now);

        Assert.Equal("trouble", Assert.Single(world.Scheduler.Queue(_key)!.Events).Text);
        Assert.Equal(0, world.Scheduler.Totals().Queues);

        world.PassTo(world.Scheduler.NextDue(world.Now));
        Assert.Null(world.Grant());
        Assert.Null(world.Scheduler.Queue(_key));
        Assert.Equal(Instant.Never, world.Scheduler.NextDue(world.Now));
    }

    [Fact]
    public void A_queue_whose_mail_is_leaving_gives_no_reason()
    {
        var world = new QueueWorld();
        world.Submit(_key);
        Assert.Equal("", world.WhyWaits(_key));
        world.MustGrant();
        Assert.Equal("", world.WhyWaits(_key));
    }

    [Fact]
    public void A_queue_without_allowed_connections_says_so()
    {
        var world = new QueueWorld(new DeliverySettings { MaxSmtpOut = 0 });
        world.Submit(_key);

        Assert.Null(world.Grant());
        Assert.Equal("max-smtp-out reached", world.WhyWaits(_key));
    }

    private static IEnumerable<string> Names(QueueSelection selection) => selection.Queues.Select(report => report.Key.ToString());
}
