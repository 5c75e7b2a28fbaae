using System.Text;
using System.Text.Json;
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
        var report = new SpfReport(new SpfVerdict(Enum.Parse<SpfResult>(word, ignoreCase: true), "a.example", "-all", ""), ["a.example: v=spf1 -all"]);

        Assert.Equal(code == 0 ? ReportOutcome.Done : ReportOutcome.Refused, report.Outcome);
        Assert.EndsWith($"result = {word}; -all\n", ReportFormats.Text(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xml")]
    [InlineData("dom")]
    [InlineData("JSON ")]
    public void A_format_of_a_later_version_is_not_taken_for_text(string name) =>
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
    public void A_name_is_given_once_in_a_group()
    {
        var group = new ReportGroup { { "name", "a" } };

        Assert.Throws<InvalidOperationException>(() => group.Add("name", "b"));
        Assert.Equal("a", Assert.IsType<ReportText>(group.Find("name")).Value);
    }
}
