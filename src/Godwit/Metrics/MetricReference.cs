// The metrics in docs/operations.md, made from the table.

using System.Text;

namespace Godwit.Metrics;

/// <summary>The reference of all metrics as Markdown.</summary>
public static class MetricReference
{
    /// <summary>A table for each section.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder();
        foreach ((string title, IReadOnlyList<Metric> metrics) in MetricTable.Sections)
        {
            page.Append($"#### {title}\n\n| metric | kind | unit | labels | what it is |\n|---|---|---|---|---|\n");
            foreach (Metric metric in metrics)
            {
                string labels = string.Join(", ", metric.Labels.Select(static label => $"`{label}`"));
                page.Append($"| `{metric.Name}` | {metric.Kind.ToString().ToLowerInvariant()} | {metric.Unit} | {labels} | {metric.Help} |\n");
            }

            page.Append('\n');
        }

        return page.ToString();
    }
}
