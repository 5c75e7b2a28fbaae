using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ConfigLexerTests
{
    [Theory]
    [InlineData("max-smtp-out 5", "Directive 1:1 [max-smtp-out] 1:14 [5]")]
    [InlineData("\t max-smtp-out\t \t5 \t", "Directive 1:3 [max-smtp-out] 1:18 [5]")]
    [InlineData("name", "Directive 1:1 [name] 1:5 []")]
    [InlineData("name # value", "Directive 1:1 [name] 1:5 []")]
    [InlineData("a \"x # y\"", "Directive 1:1 [a] 1:3 [\"x]")]
    [InlineData("reply /a#b/ c", "Directive 1:1 [reply] 1:7 [/a]")]
    [InlineData("/a b/ category", "Directive 1:1 [/] 1:1 [/a b/ category]")]
    [InlineData("<source 0/0>   # all", "OpenTag 1:1 [source] 1:9 [0/0]")]
    [InlineData("  < domain   *  >  ", "OpenTag 1:3 [domain] 1:14 [*]")]
    [InlineData("<acct-file |/bin/sh -c \"a > b\">", "OpenTag 1:1 [acct-file] 1:12 [|/bin/sh -c \"a > b\"]")]
    [InlineData("</domain>", "CloseTag 1:1 [domain] 1:9 []")]
    [InlineData("</domain-key-list name> ", "CloseTag 1:1 [domain-key-list] 1:19 [name]")]
    [InlineData("\uFEFFname 1", "Directive 1:1 [name] 1:6 [1]")]
    [InlineData("\n\r\n  \n# c\nname 1\r\n", "Directive 5:1 [name] 5:6 [1]")]
    [InlineData("n\u00A0v", "Directive 1:1 [n] 1:3 [v]")]
    [InlineData("имя значение", "Directive 1:1 [имя] 1:5 [значение]")]
    public void A_line_is_taken_apart_with_the_place_of_each_part(string text, string expected)
    {
        var problems = new ProblemList();

        Assert.Equal([expected], Read(text, problems));
        Assert.Empty(problems.ToList());
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    [InlineData(" \t \r\n\r\n#\n")]
    [InlineData("\uFEFF")]
    public void Nothing_said_gives_no_lines(string text) => Assert.Empty(Read(text, new ProblemList()));

    [Theory]
    [InlineData("<domain *", "1:10")]
    [InlineData("<domain *> x 1", "1:11")]
    [InlineData("a\0b", "1:2")]
    [InlineData("a 1\rb 2", "1:4")]
    [InlineData("<>", "1:1")]
    public void A_broken_line_is_reported_at_its_place(string text, string place)
    {
        var problems = new ProblemList();

        Read(text, problems);

        ConfigProblem problem = Assert.Single(problems.ToList());
        Assert.Equal(ConfigSeverity.Error, problem.Severity);
        Assert.Equal(place, $"{problem.Line}:{problem.Column}");
    }

    [Fact]
    public void A_control_character_in_a_comment_harms_nobody()
    {
        var problems = new ProblemList();

        Assert.Single(Read("a 1 # \u0007 \uFFFD", problems));
        Assert.Empty(problems.ToList());
    }

    private static List<string> Read(string text, ProblemList problems)
    {
        var lines = new List<string>();
        var lexer = new ConfigLexer("f", text, problems);
        while (lexer.Next(out ConfigLine line))
        {
            lines.Add($"{line.Kind} {line.Line}:{line.Column} [{line.Name}] {line.Line}:{line.TextColumn} [{line.Text}]");
        }

        return lines;
    }
}
