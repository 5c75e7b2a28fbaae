// The two texts that Prometheus reads: its own format 0.0.4, and OpenMetrics 1.0.0. They differ in how a counter's family is named, in units and in the end.
// Pure.

using System.Globalization;
using System.Text;

namespace Godwit.Metrics;

/// <summary>Writes metrics as text.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public const string OpenContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string Total = "_total";

    /// <param name="open">OpenMetrics.</param>
    public static string Write(IEnumerable<(Metric Metric, IReadOnlyList<MetricSample> Samples)> read, bool open)
    {
        var text = new StringBuilder(64 * 1024);
        foreach ((Metric metric, IReadOnlyList<MetricSample> samples) in read)
        {
            WriteHead(text, metric, open);
            foreach (MetricSample sample in samples)
            {
                if (sample.Histogram is { } histogram)
                {
                    WriteHistogram(text, metric, sample.Labels, histogram);
                }
                else
                {
                    WriteLine(text, metric.Name, metric.Labels, sample.Labels, "", Number(sample.Value));
                }
            }
        }

        return open ? text.Append("# EOF\n").ToString() : text.ToString();
    }

    /// <summary>As both formats, Graphite and JSON read it: whole numbers without a point.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void WriteHead(StringBuilder text, Metric metric, bool open)
    {
        string family = open && metric.Kind == MetricKind.Counter ? metric.Name[..^Total.Length] : metric.Name;
        text.Append("# HELP ").Append(family).Append(' ').Append(open ? metric.Help.Replace("\"", "\\\"", StringComparison.Ordinal) : metric.Help).Append('\n');
        text.Append("# TYPE ").Append(family).Append(' ').Append(Word(metric.Kind)).Append('\n');

        // OpenMetrics 1.0.0 wants a family with a unit to end in it.
        if (open && family.EndsWith("_" + metric.Unit, StringComparison.Ordinal))
        {
            text.Append("# UNIT ").Append(family).Append(' ').Append(metric.Unit).Append('\n');
        }
    }

    private static void WriteHistogram(StringBuilder text, Metric metric, string[] labels, HistogramReading histogram)
    {
        for (int i = 0; i < histogram.Bounds.Count; i++)
        {
            WriteLine(text, metric.Name + "_bucket", metric.Labels, labels, Bound(histogram.Bounds[i]), Number(histogram.Counts[i]));
        }

        WriteLine(text, metric.Name + "_bucket", metric.Labels, labels, "+Inf", Number(histogram.Count));
        WriteLine(text, metric.Name + "_sum", metric.Labels, labels, "", Number(histogram.Sum));
        WriteLine(text, metric.Name + "_count", metric.Labels, labels, "", Number(histogram.Count));
    }

    /// <summary>OpenMetrics writes bounds as numbers with a point, and a bound must be the same text in both.</summary>
    private static string Bound(double bound) => Number(bound) is var number && number.Contains('.', StringComparison.Ordinal) ? number : number + ".0";

    private static void WriteLine(StringBuilder text, string name, IReadOnlyList<string> names, string[] values, string bound, string number)
    {
        text.Append(name);
        char before = '{';
        for (int i = 0; i < names.Count; i++)
        {
            text.Append(before).Append(names[i]).Append("=\"");
            Escape(text, values[i]);
            text.Append('"');
            before = ',';
        }

        if (bound.Length > 0)
        {
            text.Append(before).Append("le=\"").Append(bound).Append('"');
            before = ',';
        }

        text.Append(before == ',' ? "} " : " ").Append(number).Append('\n');
    }

    private static void Escape(StringBuilder text, string value)
    {
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(c),
            };
        }
    }

    private static string Word(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };
}
