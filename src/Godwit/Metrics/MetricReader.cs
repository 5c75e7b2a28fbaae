// One look at everything. Prometheus, Graphite and OTLP each take their own.

namespace Godwit.Metrics;

/// <summary>Reads the table.</summary>
internal static class MetricReader
{
    /// <summary>What each metric is now, in the order of the table.</summary>
    public static IReadOnlyList<(Metric Metric, IReadOnlyList<MetricSample> Samples)> Read(MetricView view)
    {
        var read = new (Metric, IReadOnlyList<MetricSample>)[MetricTable.All.Count];
        for (int i = 0; i < read.Length; i++)
        {
            read[i] = (MetricTable.All[i], Read(MetricTable.All[i], view));
        }

        return read;
    }

    public static IReadOnlyList<MetricSample> Read(Metric metric, MetricView view)
    {
        var samples = new MetricSamples();
        metric.Read(view, samples);
        return samples.All;
    }
}
