using System.Text;
using Godwit.Control;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Tests.Control;

public sealed class ReloadReportTests
{
    [Theory]
    [InlineData(ConfigSeverity.Note, "note")]
    [InlineData(ConfigSeverity.Warning, "warning")]
    [InlineData(ConfigSeverity.Error, "error")]
    public void A_program_reads_the_same_word_for_a_severity_as_a_person(ConfigSeverity severity, string word)
    {
        var report = new ReloadReport(true, [new ConfigProblem("/c", 3, 5, severity, "a sentence")], 2, default(Instant));

        Assert.Contains($"\"{word}\"", Encoding.UTF8.GetString(report.Write(ReportFormat.Json).Span), StringComparison.Ordinal);
        Assert.Contains($"/c:3:5: {word}: a sentence", Encoding.UTF8.GetString(report.Write(ReportFormat.Text).Span), StringComparison.Ordinal);
    }
}
