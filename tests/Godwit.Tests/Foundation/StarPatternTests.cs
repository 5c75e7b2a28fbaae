using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class StarPatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "a.example", true)]
    [InlineData("A.Example", "a.example", true)]
    [InlineData("*.example", "a.example", true)]
    [InlineData("*.example", "example", false)]
    [InlineData("*.example", "a.example.test", false)]
    [InlineData("news.*", "news.test", true)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "xxaxxbxx", false)]
    [InlineData("*aab", "aaaab", true)]
    [InlineData("v?", "v1", true)]
    [InlineData("v?", "v", false)]
    [InlineData("**", "v", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a", "", false)]
    public void A_star_stands_for_any_run_and_a_question_mark_for_one(string pattern, string text, bool fits) =>
        Assert.Equal(fits, StarPattern.Matches(pattern, text));
}
