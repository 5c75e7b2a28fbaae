using Godwit.Control;
using Godwit.Queues;

namespace Godwit.Tests.Control;

public sealed class QueueLookTests
{
    private readonly TestServer _server = new() { ListsScheduler = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_shares_an_order_that_stands_for_two_seconds_and_a_change_is_seen_at_once()
    {
        using var board = new QueueBoard(_server.View);
        var look = new QueueLook(_server.View, board);
        _server.Enqueue("v1", ["a@one.example"]);
        Assert.Equal(1, (await PageAsync(look)).Total);

        _server.Enqueue("v1", ["a@two.example"]); // A second passes with it.
        Assert.Equal(1, (await PageAsync(look)).Total);
        _server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, (await PageAsync(look)).Total);

        _server.Enqueue("v1", ["a@three.example"]);
        board.Renew();
        Assert.Equal(3, (await PageAsync(look)).Total);
    }

    [Theory]
    [InlineData("Name", false, "a-long-common-name-1.example,a-long-common-name-2.example,b.example,c.example")]
    [InlineData("Name", true, "c.example,b.example,a-long-common-name-2.example,a-long-common-name-1.example")]
    [InlineData("Recipients", true, "c.example,a-long-common-name-1.example,a-long-common-name-2.example,b.example")]
    [InlineData("Size", false, "a-long-common-name-1.example,a-long-common-name-2.example,b.example,c.example")]
    public async Task Orders_are_by_number_and_then_by_name(string sort, bool descending, string expected)
    {
        _server.Enqueue("v1", ["a@b.example", "a@a-long-common-name-2.example", "a@a-long-common-name-1.example", "a@c.example", "b@c.example"]);
        using var board = new QueueBoard(_server.View);

        QueuePage page = await new QueueLook(_server.View, board).PageAsync(
            new QueueQuery { Sort = Enum.Parse<QueueSort>(sort), Descending = descending }, null, 0, 100, Cancellation);

        Assert.Equal(expected, string.Join(',', page.Lines.Select(line => line.Report.Key.Destination.Text)));
    }

    [Fact]
    public async Task A_page_behind_a_queue_that_has_gone_begins_with_the_next_one()
    {
        _server.Enqueue("v1", ["a@a.example", "a@b.example", "a@c.example"]);
        using var board = new QueueBoard(_server.View);
        var look = new QueueLook(_server.View, board);

        QueuePage page = await look.PageAsync(
            new QueueQuery { Sort = QueueSort.Name }, new QueuePlace(0, "aa.example", "v1"), 0, 1, Cancellation);

        Assert.Equal("b.example", page.Lines.Single().Report.Key.Destination.Text);
        Assert.Equal(("b.example", 3), (page.Next!.Value.Destination, page.Total));
    }

    [Fact]
    public async Task A_filter_that_takes_long_holds_up_nobody_who_asks_for_none()
    {
        using var board = new QueueBoard(_server.View);
        var look = new QueueLook(_server.View, board);
        for (int i = 0; i < 30; i++)
        {
            _server.Enqueue("v1", [.. Enumerable.Range(0, 100).Select(n => $"a@d{i}-{n}.example")]);
        }

        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        Task<int> slow = board.SearchAsync(
            snapshot =>
            {
                begun.Set();
                goOn.Wait(Cancellation);
                return snapshot.Queues.Count;
            },
            Cancellation);
        begun.Wait(Cancellation);

        Assert.Equal(3000, (await PageAsync(look)).Total);
        Assert.False(slow.IsCompleted);
        goOn.Set();
        Assert.Equal(3000, await slow);
    }

    [Fact]
    public async Task A_search_ends_when_its_asker_has_left()
    {
        using var board = new QueueBoard(_server.View);
        _server.Enqueue("v1", ["a@one.example"]);
        using var gone = new CancellationTokenSource();
        QueueSnapshot snapshot = await board.LookAsync(each => each, Cancellation);
        await gone.CancelAsync();

        Assert.Throws<OperationCanceledException>(() => snapshot.Search(new QueueQuery { Text = "*one*" }, gone.Token));
        Assert.Single(snapshot.Search(new QueueQuery { Text = "*one*" }, Cancellation));
    }

    [Fact]
    public async Task Who_looks_at_the_source_addresses_of_a_destination_does_not_wait_for_warm_ups()
    {
        int looks = 0;
        ServerView view = _server.View with
        {
            ColdMail = () =>
            {
                looks++;
                return Godwit.Intake.ColdMail.None;
            },
        };
        using var board = new QueueBoard(view);
        var mail = new MailLook(view, board, new QueueLook(view, board));
        _server.Enqueue("v1", ["a@one.example"]);

        await mail.SourcesAsync(static _ => true, Cancellation, "one.example");
        Assert.Equal(0, looks);

        await mail.WarmUpAsync(Cancellation);
        Assert.Equal(1, looks);
    }

    [Fact]
    public async Task Sums_orders_and_disabled_sources_are_made_once_for_all_who_look()
    {
        using var board = new QueueBoard(_server.View);
        var mail = new MailLook(_server.View, board, new QueueLook(_server.View, board));
        _server.Enqueue("v1", ["a@small.example", "a@large.example", "b@large.example"]);
        var query = new SumQuery("", SumSort.Recipients, Descending: true);
        var filtered = query with { Text = "*L*" };

        (SumBook book, QueueSum[] first) = await mail.DestinationsAsync(query, Cancellation);
        Assert.Equal(["large.example", "small.example"], first.Select(sum => sum.Name));
        Assert.Equal(2, book.Join(first[0]).Waits.Recipients);
        Assert.Same(first, (await mail.DestinationsAsync(query, Cancellation)).Sums);
        Assert.Same((await mail.DestinationsAsync(filtered, Cancellation)).Sums, (await mail.DestinationsAsync(filtered, Cancellation)).Sums);
        Assert.Same(await mail.JobsAsync(Cancellation), await mail.JobsAsync(Cancellation));

        Assert.Equal("large.example/v1", (await mail.DestinationAsync("large.example", Cancellation))!.Value.Queues.Single().Report.Key.ToString());
        Assert.Equal(
            ["large.example/v1", "small.example/v1"],
            (await mail.VirtualMtaAsync("V1", Cancellation))!.Value.Queues.Select(line => line.Report.Key.ToString()));
        Assert.Null(await mail.DestinationAsync("*", Cancellation));
    }

    [Fact]
    public async Task The_timer_that_forgets_may_go_off_when_all_has_ended()
    {
        var time = new LateTimers();
        ServerView view = _server.View with { Clock = new Godwit.Foundation.ServerClock(time) };
        var board = new QueueBoard(view);
        await board.LookAsync(snapshot => snapshot.Busy, Cancellation);

        board.Dispose();

        time.GoOff();
    }

    /// <summary>Timers whose last call is under way while they are disposed.</summary>
    private sealed class LateTimers : TimeProvider
    {
        private readonly List<Action> _calls = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _calls.Add(() => callback(state));
            return new Still();
        }

        public void GoOff() => _calls.ForEach(call => call());

        private sealed class Still : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    private static Task<QueuePage> PageAsync(QueueLook look) => look.PageAsync(new QueueQuery(), null, 0, 100, Cancellation);
}
