// The numbers as Carbon reads them: a line each, "name value time". Labels become parts of the name, in their order; what a part may not hold becomes "_".
// Pure.

using System.Text;

namespace Godwit.Metrics;

/// <summary>Writes lines for Carbon.</summary>
internal static class GraphiteLines
{
    /// <param name="prefix">Stands before each name; empty for none.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static byte[] Write(IEnumerable<(Metric Metric, IReadOnlyList<MetricSample> Samples)> read, string prefix, long time)
    {
        var text = new StringBuilder(64 * 1024);
        string end = $" {time}\n";
        foreach ((Metric metric, IReadOnlyList<MetricSample> samples) in read)
        {
            string name = prefix.Length == 0 ? metric.Name : $"{prefix}.{metric.Name}";
            foreach (MetricSample sample in samples)
            {
                if (sample.Histogram is { } histogram)
                {
                    for (int i = 0; i < histogram.Bounds.Count; i++)
                    {
                        WriteLine($"{name}_bucket", sample.Labels, PrometheusText.Number(histogram.Bounds[i]), histogram.Counts[i]);
                    }

                    WriteLine($"{name}_bucket", sample.Labels, "inf", histogram.Count);
                    WriteLine($"{name}_sum", sample.Labels, "", histogram.Sum);
                    WriteLine($"{name}_count", sample.Labels, "", histogram.Count);
                }
                else
                {
                    WriteLine(name, sample.Labels, "", sample.Value);
                }
            }
        }

        return Encoding.ASCII.GetBytes(text.ToString());

        void WriteLine(string name, string[] labels, string bound, double value)
        {
            text.Append(name);
            foreach (string label in labels)
            {
                Append(label);
            }

            if (bound.Length > 0)
            {
                Append(bound);
            }

            text.Append(' ').Append(PrometheusText.Number(value)).Append(end);
        }

        void Append(string part)
        {
            text.Append('.');
            foreach (char c in part.Length == 0 ? "_" : part)
            {
                text.Append(char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_');
            }
        }
    }
}
