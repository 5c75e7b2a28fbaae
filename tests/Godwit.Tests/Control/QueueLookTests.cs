using Godwit.Control;
using Godwit.Queues;

namespace Godwit.Tests.Control;

public sealed class QueueLookTests
{
    private readonly TestServer _server = new();

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

    private static Task<QueuePage> PageAsync(QueueLook look) => look.PageAsync(new QueueQuery(), null, 0, 100, Cancellation);
}
