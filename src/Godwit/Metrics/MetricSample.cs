namespace Godwit.Metrics;

/// <summary>One number, with the values of its metric's labels.</summary>
/// <param name="Histogram">In the place of the value, where the metric is a histogram.</param>
internal readonly record struct MetricSample(string[] Labels, double Value, HistogramReading? Histogram = null);
