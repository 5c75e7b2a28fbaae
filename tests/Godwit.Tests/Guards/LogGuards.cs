using System.Text.RegularExpressions;
using Godwit.Diagnostics;
using Godwit.Tests.Support;

namespace Godwit.Tests.Guards;

public sealed class LogGuards
{
    [Fact]
    public void Every_log_line_is_written_by_somebody()
    {
        string sources = string.Concat(Checkout.Sources("src", "Godwit")
            .Where(file => !Path.GetFileName(file).StartsWith("LogMessages", StringComparison.Ordinal))
            .Select(File.ReadAllText));

        Findings.AssertNone(typeof(LogMessages).GetMethods()
            .Where(method => method.IsStatic && method.DeclaringType == typeof(LogMessages))
            .Select(method => method.Name)
            .Distinct()
            .Where(name => !sources.Contains($".{name}(", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_log_line_has_an_event_id_of_its_own()
    {
        var ids = Checkout.Sources("src", "Godwit", "Diagnostics")
            .SelectMany(file => Regex.Matches(
                File.ReadAllText(file), @"LoggerMessage\(\s*(?<id>\d+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)))
            .Select(match => match.Groups["id"].Value);

        Findings.AssertNone(ids.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => $"event id {same.Key}"));
    }
}
