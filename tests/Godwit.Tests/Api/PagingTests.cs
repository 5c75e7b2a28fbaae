using Godwit.Api;
using Microsoft.AspNetCore.Http;

namespace Godwit.Tests.Api;

public sealed class PagingTests
{
    [Theory]
    [InlineData("a b c d e", "c d")]
    [InlineData("0 a b c d e", "c d")] // Something has come before it,
    [InlineData("b c d e", "c d")] // or gone,
    [InlineData("a c d e", "c d")] // also the last that was shown.
    [InlineData("a b", "")]
    [InlineData("", "")]
    public void The_next_page_begins_behind_the_last_that_was_shown_whatever_comes_and_goes(string then, string shown)
    {
        string cursor = Page("a b c d e", "").Next!;

        Assert.Equal(shown, string.Join(' ', Page(then, cursor).Items));
    }

    [Fact]
    public void Pages_end_with_the_list()
    {
        ApiList<string> second = Page("a b c d", Page("a b c d", "").Next!);

        Assert.Equal(["c", "d"], second.Items);
        Assert.Equal((4, null), (second.Total, second.Next));
    }

    private static ApiList<string> Page(string items, string cursor)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString($"?limit=2&cursor={cursor}");
        string[] list = items.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Paging.Page(new ApiCall(context, null!), list, static item => item, static item => item);
    }
}
