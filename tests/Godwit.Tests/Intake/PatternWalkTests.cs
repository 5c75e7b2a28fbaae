using System.Text;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Patterns;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Intake;

/// <summary>Lists are written as short texts: "mail-from /re/ v1; rcpt-to /re/ call:other; * v2:90".</summary>
public sealed class PatternWalkTests
{
    private const string Header = "X-Class: one\r\nSubject: big\r\n sale\r\nX-Class: two\r\n";

    private readonly List<string> _ranOut = [];

    [Theory]
    [InlineData("mail-from /@shop\\./ v1; * v2", "v1")]
    [InlineData("mail-from /@other\\./ v1; * v2", "v2")]
    [InlineData("* v1; * v2", "v1")]
    [InlineData("mail-from /^$/ v1", "none")]
    [InlineData("rcpt-to /^B@THERE\\.TEST$/ v1", "v1")]
    [InlineData("header x-class /two/ v1", "v1")]
    [InlineData("header X-Class /three/ v1; header X-Missing // v2; * v3", "v3")]
    [InlineData("header Subject /^big sale$/ v1", "v1")]
    [InlineData("header X-Class /one/ [rcpt-to /there/ v1]; * v2", "v1")]
    [InlineData("header X-Class /one/ [rcpt-to /nowhere/ v1]; * v2", "v2")]
    [InlineData("header X-Class /three/ [* v1]; * v2", "v2")]
    [InlineData("* call:other; * v2", "v9")]
    [InlineData("* call:empty; * v2", "v2")]
    [InlineData("* call:nowhere", ":50")]
    [InlineData("mail-from /shop/ :90; * v2", ":90")]
    public void The_first_entry_that_matches_and_has_a_result_decides(string list, string result)
    {
        Assert.Equal(result, Show(Walk().ResultFor(List(list), "b@there.test")));
    }

    [Fact]
    public void Each_recipient_is_looked_at_by_itself()
    {
        PatternListSettings list = List("mail-from /other/ v0; rcpt-to /@a\\./ v1; rcpt-to /@b\\./ v2:10; * v3");
        PatternWalk walk = Walk();

        Assert.Equal(["v1", "v3", "v2:10", "v1"], new[] { "x@a.test", "x@c.test", "x@b.test", "y@a.test" }.Select(rcpt => Show(walk.ResultFor(list, rcpt))));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_counts_as_no_match_and_is_tried_once_for_a_message()
    {
        PatternListSettings list = List("rcpt-to /^(\\w+\\w+)+\\d+\\w*%$/ v1; * v2");
        PatternWalk walk = Walk();
        string[] recipients = [.. Enumerable.Range(0, 50).Select(i => $"{new string('1', 60)}@a{i}.test")];

        Assert.All(recipients, rcpt => Assert.Equal("v2", Show(walk.ResultFor(list, rcpt))));
        Assert.Single(_ranOut);
    }

    [Fact]
    public void Lists_that_call_each_other_in_very_many_ways_end()
    {
        // Each list calls the next one ten times: 10^9 entries, and none of them decides.
        Dictionary<string, PatternListSettings> lists = Enumerable.Range(0, 9).ToDictionary(
            i => $"l{i}", i => List(string.Join("; ", Enumerable.Repeat($"* call:l{i + 1}", 10))));
        lists["l9"] = List("mail-from /nobody/ v1");

        Assert.Null(Walk(lists).ResultFor(lists["l0"], "b@there.test"));
    }

    private PatternWalk Walk(Dictionary<string, PatternListSettings>? lists = null)
    {
        ServerSettings server = TestSettings.Server() with
        {
            PatternLists = lists ?? new Dictionary<string, PatternListSettings> { ["other"] = List("rcpt-to /there/ v9"), ["empty"] = List("rcpt-to /nowhere/ v8") },
        };
        return new PatternWalk(server, Encoding.ASCII.GetBytes(Header), "news@shop.test", rule => _ranOut.Add(rule.Pattern!.Text));
    }

    private static string Show(PatternResult? result) => result switch
    {
        null => "none",
        { RecipientPriority: { } priority } => $"{result.VirtualMta}:{priority}",
        { VirtualMta.Length: > 0 } => result.VirtualMta,
        _ => ":50",
    };

    private static PatternListSettings List(string text)
    {
        int open = text.IndexOf('[', StringComparison.Ordinal);
        PatternListSettings? inner = null;
        if (open >= 0)
        {
            int close = text.IndexOf(']', StringComparison.Ordinal);
            inner = List(text[(open + 1)..close]);
            text = text[..open] + "inner" + text[(close + 1)..];
        }

        return new PatternListSettings("", [.. text.Split("; ").Select(entry => Entry(entry, inner))]);
    }

    private static PatternEntry Entry(string text, PatternListSettings? inner)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string[] subject = (slash < 0 ? "*" : text[..slash]).Trim().Split(' ');
        string result = text[(text.LastIndexOf(' ') + 1)..];
        PcrePattern? pattern = slash < 0 ? null : PcrePattern.Read(text[(slash + 1)..text.LastIndexOf('/')]).Pattern;
        string[] parts = result.Split(':');
        PatternResult said = result.StartsWith("call:", StringComparison.Ordinal) ? new PatternResult("", null, parts[1])
            : result == "inner" ? PatternResult.Nested
            : new PatternResult(parts[0], parts.Length > 1 ? int.Parse(parts[1]) : null, "");
        PatternSubject kind = subject[0] switch
        {
            "header" => PatternSubject.Header,
            "mail-from" => PatternSubject.MailFrom,
            "rcpt-to" => PatternSubject.RcptTo,
            _ => PatternSubject.Always,
        };
        return new PatternEntry(new PatternRule(kind, subject.Length > 1 ? subject[1] : "", pattern, said), said.IsNested ? inner : null);
    }
}
