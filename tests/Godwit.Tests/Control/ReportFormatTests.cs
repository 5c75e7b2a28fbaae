using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using Godwit.Control;
using Godwit.Verification;

namespace Godwit.Tests.Control;

public sealed class ReportFormatTests
{
    [Fact]
    public void A_refusal_in_json_is_an_error_with_its_message()
    {
        var report = new MessageReport(ReportOutcome.Refused, "no \"such\" queue");

        Assert.Equal("""{"data":{},"status":"error","message":"no \"such\" queue"}""", Encoding.UTF8.GetString(report.Write(ReportFormat.Json).Span));
    }

    [Fact]
    public void A_text_keeps_its_tabs_and_loses_what_a_terminal_obeys() =>
        Assert.Equal("Subject:\tx ?[31m?\n", ReportFormats.Text(new MessageReport(ReportOutcome.Done, "Subject:\tx \e[31m\a")));

    [Theory]
    [InlineData("pass", 0)]
    [InlineData("neutral", 0)]
    [InlineData("none", 0)]
    [InlineData("softfail", 1)]
    [InlineData("fail", 1)]
    [InlineData("permerror", 1)]
    [InlineData("temperror", 1)]
    public void What_SPF_does_not_allow_or_cannot_say_is_a_refusal_for_scripts(string word, int code)
    {
        var report = new SpfReport(new SpfExplanation(
            new SpfVerdict(Enum.Parse<SpfResult>(word, ignoreCase: true), "a.example", "-all", ""), ["a.example: v=spf1 -all"]));

        Assert.Equal(code == 0 ? ReportOutcome.Done : ReportOutcome.Refused, report.Outcome);
        Assert.EndsWith($"result = {word}; -all\n", ReportFormats.Text(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yaml")]
    [InlineData("JSON ")]
    [InlineData("dom-text")]
    public void A_format_that_there_is_not_is_not_taken_for_text(string name) =>
        Assert.False(ReportFormats.TryParse(name, ReportFormat.Text, out _));

    [Fact]
    public void Any_text_survives_json()
    {
        Gen.String.Sample(
            text =>
            {
                string expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
                using var json = JsonDocument.Parse(new MessageReport(ReportOutcome.Done, text).Write(ReportFormat.Json));
                return json.RootElement.GetProperty("message").GetString() == expected;
            },
            iter: 2000,
            seed: "0000KOIxDZb0");
    }

    [Fact]
    public void A_refusal_in_xml_and_dom_has_its_message_and_no_success()
    {
        var report = new MessageReport(ReportOutcome.Refused, "no \"such\" queue <x>\nat all");

        Assert.Equal("<rsp><data/><message>no \"such\" queue &lt;x&gt;\nat all</message><fail/></rsp>\n", Encoding.UTF8.GetString(report.Write(ReportFormat.Xml).Span));
        Assert.Equal("error=\"no \\\"such\\\" queue <x>\\nat all\"\n", Encoding.UTF8.GetString(report.Write(ReportFormat.Dom).Span));
    }

    [Fact]
    public void Any_text_is_well_formed_xml_and_survives_where_xml_can_hold_it()
    {
        Gen.String.Sample(
            text =>
            {
                string written = Encoding.UTF8.GetString(new MessageReport(ReportOutcome.Done, text).Write(ReportFormat.Xml).Span);
                var xml = XDocument.Parse(written, LoadOptions.PreserveWhitespace); // Or a text of blanks alone would be left out by the reader.
                return (xml.Root!.Element("message")?.Value ?? "") == Sayable(text);
            },
            iter: 5000,
            seed: "0000KOIxDZb0");
    }

    [Theory]
    [InlineData("a\u0000b\u0001c\u001b[31m", "a\ufffdb\ufffdc\ufffd[31m")]
    [InlineData("]]> <!-- & \r\n\t \u0085\u009b", "]]> <!-- & \r\n\t \u0085\u009b")]
    public void What_xml_cannot_hold_is_replaced_and_all_else_comes_back(string text, string read)
    {
        string xml = Encoding.UTF8.GetString(new MessageReport(ReportOutcome.Done, text).Write(ReportFormat.Xml).Span);

        Assert.Equal(read, XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root!.Element("message")!.Value);
        Assert.DoesNotContain('\u009b', xml);
    }

    [Fact]
    public void Half_a_character_is_replaced_and_a_whole_one_stays()
    {
        // Not as data of a theory: the compiler would replace the halves itself.
        string text = new(['\ud800', ' ', '\udc00', ' ', '\ud83d', '\ude00', ' ', '\ufffe', '\uffff', '\ud800']);

        string xml = Encoding.UTF8.GetString(new MessageReport(ReportOutcome.Done, text).Write(ReportFormat.Xml).Span);

        Assert.Equal("\ufffd \ufffd \ud83d\ude00 \ufffd\ufffd\ufffd", XDocument.Parse(xml).Root!.Element("message")!.Value);
    }

    [Fact]
    public void A_value_in_dom_never_leaves_its_line_nor_its_quotes()
    {
        Gen.String.Sample(
            text =>
            {
                string dom = Encoding.UTF8.GetString(new MessageReport(ReportOutcome.Done, text).Write(ReportFormat.Dom).Span);
                return text.Length == 0 ? dom.Length == 0 : dom.IndexOfAny(['\n', '\r', '\u2028', '\u0085']) == dom.Length - 1
                    && Regex.IsMatch(dom, "^message=\"([^\"\\\\]|\\\\.)*\"\n$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
            },
            iter: 5000,
            seed: "0000KOIxDZb0");
    }

    [Fact]
    public void Lists_are_repeated_elements_and_numbered_paths()
    {
        var report = new TreeOnly(new ReportGroup
        {
            { "queue", new ReportList([new ReportGroup { { "name", "a/b" }, { "paused", true } }, new ReportGroup { { "name", "" }, { "paused", false } }]) },
            { "ip", new ReportList(["192.0.2.1", "192.0.2.2"]) },
            { "none", new ReportList([]) },
            { "kb", 1.0m },
        });

        Assert.Equal(
            "<rsp><data><queue><name>a/b</name><paused>1</paused></queue><queue><name/><paused>0</paused></queue><ip>192.0.2.1</ip><ip>192.0.2.2</ip>"
                + "<kb>1.0</kb></data><succ/></rsp>\n",
            Encoding.UTF8.GetString(report.Write(ReportFormat.Xml).Span));
        Assert.Equal(
            "queue[0].name=\"a/b\"\nqueue[0].paused=\"yes\"\nqueue[1].name=\"\"\nqueue[1].paused=\"no\"\nip[0]=\"192.0.2.1\"\nip[1]=\"192.0.2.2\"\nkb=\"1.0\"\n",
            Encoding.UTF8.GetString(report.Write(ReportFormat.Dom).Span));
    }

    /// <summary>What XML 1.0 section 2.2 allows.</summary>
    private static string Sayable(string text)
    {
        var said = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            said.Append(rune.Value is '\t' or '\n' or '\r' or >= 0x20 and not 0xfffe and not 0xffff ? rune.ToString() : "\ufffd");
        }

        return said.ToString();
    }

    private sealed class TreeOnly(ReportGroup tree) : OperatorReport
    {
        public override ReportGroup ToTree() => tree;

        public override void WriteText(StringBuilder text) => text.Append('\n');
    }

    [Fact]
    public void A_name_is_given_once_in_a_group()
    {
        var group = new ReportGroup { { "name", "a" } };

        Assert.Throws<InvalidOperationException>(() => group.Add("name", "b"));
        Assert.Equal("a", Assert.IsType<ReportText>(group.Find("name")).Value);
    }
}
