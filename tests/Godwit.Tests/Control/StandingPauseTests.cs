using Godwit.Control;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Control;

/// <summary>A pause by pattern, or of all that one provider receives, means what comes later too.</summary>
public sealed class StandingPauseTests
{
    private readonly TestServer _server = new();

    [Fact]
    public async Task A_queue_that_is_made_later_is_paused_by_the_pattern_and_says_by_which()
    {
        await RunAsync("pause queue */v1");

        _server.Enqueue("v1", ["x@late.example"]);
        _server.Enqueue("v2", ["x@late.example"]);

        Assert.Equal("late.example/v1", Paused());
        Assert.Contains(
            "stops: the queue is paused by \"pause queue */v1\"; \"resume queue */v1\" ends that for all of them, \"resume queue late.example/v1\" for this one",
            await RunAsync("why late.example/v1"), StringComparison.Ordinal);
        Assert.EndsWith(
            "All that */v1 means is paused, what comes later too; \"resume queue */v1\" ends that.\n",
            await RunAsync("show queues --paused=yes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_without_a_virtual_mta_holds_for_those_that_have_no_queue_yet()
    {
        _server.Enqueue("v1", ["x@a.example"]);
        await RunAsync("pause queue a.example");

        _server.Enqueue("v2", ["x@a.example"]);

        Assert.Equal("a.example/v1 a.example/v2", Paused());
    }

    [Theory]
    [InlineData("resume queue */v1")]
    [InlineData("resume queue */*")]
    public async Task The_same_or_a_wider_word_ends_it(string line)
    {
        _server.Enqueue("v1", ["x@a.example"]);
        await RunAsync("pause queue */v1");

        Assert.Equal("Queue(s) resumed.\n", await RunAsync(line));

        _server.Enqueue("v1", ["x@late.example"]);
        Assert.Equal("", Paused());
    }

    [Fact]
    public async Task It_ends_before_any_queue_has_come()
    {
        await RunAsync("pause queue *.test/v1");

        Assert.Equal("Queue(s) resumed.\n", await RunAsync("resume queue *.test/v1"));
        Assert.Equal("no queue matches *.test/v1\n", await RunAsync("resume queue *.test/v1"));
    }

    [Fact]
    public async Task What_is_resumed_within_a_wider_pause_stays_so_when_its_queue_is_made_anew()
    {
        await RunAsync("pause queue */v1");
        Assert.StartsWith("no queue matches", await RunAsync("resume queue free.example/v1"), StringComparison.Ordinal);
        _server.Enqueue("v1", ["x@free.example"]);
        _server.Enqueue("v1", ["x@held.example"]);
        await RunAsync("resume queue free.example/v1");

        Assert.Equal("held.example/v1", Paused());
        Assert.Equal("held.example/v1", Paused(Restarted("free.example/v1", "held.example/v1")));

        await RunAsync("pause queue free.example/v1");
        Assert.Equal("free.example/v1 held.example/v1", Paused(Restarted("free.example/v1", "held.example/v1")));
    }

    [Fact]
    public async Task Queues_that_no_pattern_means_are_resumed_without_being_remembered()
    {
        await RunAsync("pause queue *.news.example/v1");
        for (int i = 0; i < 101; i++)
        {
            await RunAsync($"pause queue d{i}.example/v2");
            Assert.Equal("Queue(s) resumed.\n", await RunAsync($"resume queue d{i}.example/v2"));
        }

        Assert.Contains("; all that */v2 means later too", await RunAsync("pause queue */v2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patterns_are_bounded_and_one_too_many_says_so()
    {
        for (int i = 0; i < 100; i++)
        {
            await RunAsync($"pause queue *.d{i}.example/v1");
        }

        _server.Enqueue("v1", ["x@a.more.example"]);
        Assert.Equal(
            "Queue(s) paused.\n1 queue(s) now, none that comes later: 100 patterns are paused already, \"show queues\" lists them.\n",
            await RunAsync("pause queue *.more.example/v1"));

        _server.Enqueue("v1", ["x@b.more.example"]);
        Assert.Equal("a.more.example/v1", Paused());
    }

    [Fact]
    public async Task All_queues_of_a_provider_are_paused_by_the_name_of_their_group_and_those_that_join_later_too()
    {
        Join("x@gmail.com");
        _server.Enqueue("v1", ["x@elsewhere.example"]);

        Assert.StartsWith("Queue(s) paused.\n1 queue(s) now;", await RunAsync("pause queue google.rollup/v1"), StringComparison.Ordinal);
        Assert.Equal("gmail.com/v1", Paused());
        await RunAsync("pause queue elsewhere.example/v1");
        Join("x@hosted.example");
        Assert.Equal("elsewhere.example/v1 gmail.com/v1 hosted.example/v1", Paused());

        await RunAsync("resume queue google.rollup/v1");
        Assert.Equal("elsewhere.example/v1", Paused());
    }

    [Fact]
    public async Task A_paused_member_of_a_group_is_kept_over_a_restart_under_its_own_name()
    {
        Join("x@gmail.com");
        await RunAsync("pause queue gmail.com/v1");

        QueueChange change = _server.Scheduler.TakeChanges(100).Last(each => each.Kind == QueueChangeKind.Paused);

        Assert.Equal(("gmail.com/v1", true), (change.Key.ToString(), change.After.IsPaused));
    }

    [Fact]
    public async Task A_groups_mode_and_sources_are_set_by_its_name_under_the_settings_of_its_main_domain()
    {
        Join("x@gmail.com");
        Join("x@hosted.example");

        Assert.Equal("Queue(s) set to backoff mode.\n", await RunAsync("set queue --mode=backoff google.rollup/v1"));
        QueueMemory memory = _server.Scheduler.MemoryOf(new QueueKey(DomainName.Parse("hosted.example"), "v1"));
        Assert.Equal((QueueMode.Backoff, _server.Clock.Now + TimeSpan.FromHours(2)), (memory.Mode, memory.ModeUntil));

        Assert.Equal("Source 192.0.2.1 disabled for 2 queue(s).\n", await RunAsync("disable source 192.0.2.1 google.rollup/v1"));
        Assert.Equal(
            """
            source address                          until                queue, reason
            192.0.2.1                               by hand              google.rollup/v1 disabled by the operator
            1 of 1 disabled sources.

            """,
            await RunAsync("show disabled sources"));
        Assert.Equal("Source 192.0.2.1 enabled for 2 queue(s).\n", await RunAsync("enable source 192.0.2.1 google.rollup/v1"));
        Assert.Equal("2 of 2 matching queues scheduled.\n", await RunAsync("schedule google.rollup/v1"));
    }

    [Theory]
    [InlineData("set queue --mode=backoff google.rollup/v1")]
    [InlineData("disable source 192.0.2.1 google.rollup/v1")]
    public async Task A_group_that_has_no_queue_now_is_refused_with_what_to_write(string line)
    {
        Assert.StartsWith(
            "google.rollup/v1 is what queues of one provider share, and none of them is here now: name them, such as gmail.com/v1, or ",
            await RunAsync(line), StringComparison.Ordinal);
        Assert.Empty(_server.Scheduler.Glances(_ => true));
    }

    /// <summary>What a new scheduler does with the same queues, from what was to be kept.</summary>
    private Scheduler Restarted(params string[] queues)
    {
        var next = new Scheduler(_server.Settings);
        _kept.AddRange(_server.Scheduler.TakeChanges(1000));
        next.RestorePauses(_kept.LastOrDefault(change => change.Kind == QueueChangeKind.StandingPauses)?.Reason ?? "");
        foreach (string queue in queues)
        {
            string[] parts = queue.Split('/');
            var message = new StoredMessage(new MessageId(_server.Clock.Now.UnixMilliseconds << 22), 0, 0, 1024, 1);
            next.Enqueue(new QueueKey(DomainName.Parse(parts[0]), parts[1]), new QueuedRecipient(message, 0), _server.Clock.Now);
        }

        return next;
    }

    private readonly List<QueueChange> _kept = [];

    /// <summary>Mail whose hosts turn out to be the provider's.</summary>
    private void Join(string recipient)
    {
        _server.Enqueue("v1", [recipient]);
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        while (ticket.Key.Destination.Text != recipient.Split('@')[1])
        {
            ticket.Close(_server.Clock.Now);
            ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        }

        Assert.True(ticket.JoinGroup(DomainName.Parse("google.rollup"), DomainName.Parse("gmail.com"), _server.Clock.Now));
        ticket.Close(_server.Clock.Now);
    }

    private string Paused(Scheduler? scheduler = null) => string.Join(
        ' ',
        (scheduler ?? _server.Scheduler).Glances(_ => true).Where(queue => queue.IsPaused).Select(queue => queue.Key.ToString()).Order(StringComparer.Ordinal));

    private async Task<string> RunAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return ReportFormats.Text(await _server.Operator.RunAsync(command, TestContext.Current.CancellationToken));
    }
}
