using System.Text;
using System.Text.Json;
using CsCheck;
using Godwit.Control;

namespace Godwit.Tests.Control;

public sealed class ReportFormatTests
{
    [Fact]
    public void A_refusal_in_json_is_an_error_with_its_message()
    {
        var report = new MessageReport(ReportOutcome.Refused, "no \"such\" queue");

        Assert.Equal("""{"data":{},"status":"error","message":"no \"such\" queue"}""", Encoding.UTF8.GetString(report.Write(ReportFormat.Json).Span));
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
