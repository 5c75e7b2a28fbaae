using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>What Configs/bad/pattern-*.conf do not show.</summary>
public sealed class PatternLintTests
{
    [Fact]
    public void A_line_of_another_file_is_told_with_that_file()
    {
        var files = new Dictionary<string, string>
        {
            ["/c/main"] = "postmaster a@example.com\nspool /x\n<smtp-pattern-list p>\ninclude more\nreply /too many errors/ skip-mx\n</smtp-pattern-list>\n",
            ["/c/more"] = "reply /too many/ skip-mx\n",
        };

        ConfigLoad load = ConfigFile.Load("/c/main", ConfigSurroundings.InMemory(files));

        Assert.Contains(load.Problems, p => p.ToString()
            == "/c/main:5:7: warning: this line has no effect: \"/too many/\" in /c/more:1 matches whatever this pattern matches, and the first one counts");
    }

    [Theory]
    [InlineData("reply /a|b/ skip-mx", "reply /xbx/ skip-mx", true)]
    [InlineData("reply /a|b/ skip-mx", "reply /(?:xbx|cac)/ skip-mx", true)]
    [InlineData("reply /a|b/ skip-mx", "reply /xbx|c/ skip-mx", false)]
    [InlineData("reply /[45]00/ skip-mx", "reply /^500 / skip-mx", true)]
    [InlineData("reply /\\d\\d/ skip-mx", "reply /^45/ skip-mx", true)]
    [InlineData("reply /.*busy.*/ skip-mx", "reply /server is busy/ skip-mx", true)]
    [InlineData("reply /busy$/ skip-mx", "reply /busy now/ skip-mx", false)]
    [InlineData("reply /^busy/ skip-mx", "reply /busy/ skip-mx", false)]
    [InlineData("reply /(?-i)busy/ skip-mx", "reply /busy/ skip-mx", false)]
    [InlineData("reply /busy/ skip-mx", "reply /(?-i)Busy/ skip-mx", true)]
    [InlineData("reply /ab/ skip-mx", "reply /a b/ skip-mx", false)]
    [InlineData("reply /ab/ skip-mx", "reply /a(?=b)b/ skip-mx", true)]
    [InlineData("reply /ab/ skip-mx", "reply /a+b+/ skip-mx", true)]
    [InlineData("reply /ab/ skip-mx", "reply /a?b/ skip-mx", false)]
    [InlineData("reply /ab/ skip-mx", "reply /(a)\\1b/ skip-mx", false)]
    [InlineData("reply /é/ skip-mx", "reply /ê/ skip-mx", false)]
    [InlineData("reply /x/ disable-source-ip,reenable-after=1h", "reply /x/ disable-source-ip", true)]
    [InlineData("reply /x/ mode=backoff", "reply /x/ defer-queue", false)]
    public void Only_a_line_that_certainly_has_no_effect_is_told(string first, string second, bool told)
    {
        ConfigLoad load = ConfigFile.LoadText($"postmaster a@example.com\nspool /x\n<smtp-pattern-list p>\n{first}\n{second}\n</smtp-pattern-list>\n");

        Assert.Equal(told, load.Problems.Any(p => p.Message.StartsWith("this line has no effect", StringComparison.Ordinal)));
        Assert.NotNull(load.Settings);
    }

    [Fact]
    public void A_list_of_many_thousand_patterns_is_read_and_only_its_beginning_is_compared()
    {
        string lines = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"reply /code {i} x/ skip-mx\n"));

        ConfigLoad load = ConfigFile.LoadText($"postmaster a@example.com\nspool /x\n<smtp-pattern-list p>\nreply /code 7 x/ skip-mx\n{lines}reply /code 7 x/ skip-mx\n</smtp-pattern-list>\n");

        Assert.Equal(12, Assert.Single(load.Problems, p => p.Message.StartsWith("this line has no effect", StringComparison.Ordinal)).Line);
    }
}
