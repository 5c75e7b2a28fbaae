namespace Godwit.Metrics;

/// <summary>What one metric is now.</summary>
internal sealed class MetricSamples
{
    private readonly List<MetricSample> _samples = [];

    public IReadOnlyList<MetricSample> All => _samples;

    public void Add(double value, params string[] labels) => _samples.Add(new MetricSample(labels, value));

    public void Add(HistogramReading histogram, params string[] labels) => _samples.Add(new MetricSample(labels, 0, histogram));
}
