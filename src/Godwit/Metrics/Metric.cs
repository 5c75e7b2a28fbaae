namespace Godwit.Metrics;

/// <summary>One row of the table of metrics.</summary>
/// <param name="Name"><c>godwit_…</c>; a counter ends in <c>_total</c>.</param>
/// <param name="Unit">What is counted: <c>seconds</c>, <c>bytes</c>, <c>recipients</c>.</param>
/// <param name="Help">One line, without a full stop at its end.</param>
/// <param name="Labels">Names of its labels, in the order of a sample's values.</param>
/// <param name="Read">Puts what it is now.</param>
internal sealed record Metric(string Name, MetricKind Kind, string Unit, string Help, IReadOnlyList<string> Labels, Action<MetricView, MetricSamples> Read);
