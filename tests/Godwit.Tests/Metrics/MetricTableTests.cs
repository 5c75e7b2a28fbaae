using System.Text.RegularExpressions;
using Godwit.Metrics;
using Godwit.Tests.Support;

namespace Godwit.Tests.Metrics;

public sealed partial class MetricTableTests
{
    private const string Begin = "<!-- metrics: begin -->\n";
    private const string End = "<!-- metrics: end -->";

    [Fact]
    public void Names_are_those_of_one_family_each_in_both_formats()
    {
        // OpenMetrics takes "_total" off, histograms put their own endings on.
        string[] families = [.. MetricTable.All.Select(metric => metric.Kind == MetricKind.Counter ? metric.Name[..^"_total".Length] : metric.Name)];

        Assert.Equal(families.Length, families.Distinct().Count());
        Assert.All(MetricTable.All, metric =>
        {
            Assert.Matches(@"\Agodwit_[a-z0-9_]+\z", metric.Name);
            Assert.Equal(metric.Kind == MetricKind.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.NotEmpty(metric.Unit);
            Assert.False(metric.Help.EndsWith('.') || metric.Help.Contains('\n') || metric.Help.Contains('|'), metric.Help);
        });
    }

    [Fact]
    public void The_documentation_lists_every_metric_with_its_unit()
    {
        string path = Path.Combine(Checkout.Root, "docs", "operations.md");
        string page = File.ReadAllText(path);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string expected = page[..begin] + MetricReference.Markdown() + page[page.IndexOf(End, StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.ReadAllText(path) == expected, "the metrics in docs/operations.md are out of date; the text above them says how to make them anew");
    }

    [Fact]
    public void The_dashboard_names_only_metrics_and_labels_that_there_are()
    {
        string dashboard = File.ReadAllText(Path.Combine(Checkout.Root, "packaging", "grafana", "godwit.json"));
        HashSet<string> known = [.. MetricTable.All.SelectMany(metric => metric.Kind == MetricKind.Histogram
            ? [$"{metric.Name}_bucket", $"{metric.Name}_sum", $"{metric.Name}_count"]
            : new[] { metric.Name })];
        string[] named = [.. MetricName().Matches(dashboard).Select(match => match.Value).Distinct()];

        Assert.True(named.Length > 30, $"only {named.Length} metrics are named");
        Assert.Empty(named.Where(name => !known.Contains(name)));
        HashSet<string> labels = [.. MetricTable.All.SelectMany(metric => metric.Labels), "le", "instance"];
        Assert.Empty(Legend().Matches(dashboard).Select(match => match.Groups["label"].Value).Where(label => !labels.Contains(label)));
    }

    [GeneratedRegex("godwit_[a-z0-9_]+", RegexOptions.NonBacktracking)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex Legend();
}
