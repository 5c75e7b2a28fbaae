// Every metric once: its name, unit, meaning, labels, and how it is read. /metrics, Graphite, OTLP and docs/operations.md all come from here.
// The rows are in MetricTable.<Section>.cs. Names and labels are an interface: dashboards and alerts of other people hold them.

using Godwit.Diagnostics;

namespace Godwit.Metrics;

/// <summary>The table of metrics.</summary>
internal static partial class MetricTable
{
    /// <summary>Section by section, in the order of the documentation.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<Metric> Metrics)> Sections { get; } =
    [
        ("Traffic", Traffic()),
        ("Queues", Queues()),
        ("Connections and protocols", Protocols()),
        ("Storage", Storage()),
        ("Names and signatures", Names()),
        ("The process", Process()),
    ];

    public static IReadOnlyList<Metric> All { get; } = [.. Sections.SelectMany(static section => section.Metrics)];

    private static Metric Counter(string name, string unit, string help, Func<MetricView, double> read) =>
        new(name, MetricKind.Counter, unit, help, [], (view, into) => into.Add(read(view)));

    private static Metric Gauge(string name, string unit, string help, Func<MetricView, double> read) =>
        new(name, MetricKind.Gauge, unit, help, [], (view, into) => into.Add(read(view)));

    /// <summary>A gauge that is absent while nobody knows.</summary>
    private static Metric Known(string name, string unit, string help, Func<MetricView, long?> read) =>
        new(name, MetricKind.Gauge, unit, help, [], (view, into) =>
        {
            if (read(view) is { } value)
            {
                into.Add(value);
            }
        });

    private static Metric Counters(string name, string unit, string help, string[] labels, Action<MetricView, MetricSamples> read) =>
        new(name, MetricKind.Counter, unit, help, labels, read);

    private static Metric Gauges(string name, string unit, string help, string[] labels, Action<MetricView, MetricSamples> read) =>
        new(name, MetricKind.Gauge, unit, help, labels, read);

    /// <summary>Counts by one name.</summary>
    private static Metric Counters(string name, string unit, string help, string label, Func<MetricView, LabelledCounter> counter) =>
        Counters(name, unit, help, [label], (view, into) =>
        {
            foreach ((string value, _, long count) in counter(view).Read())
            {
                into.Add(count, value);
            }
        });

    /// <summary>Counts by two names.</summary>
    private static Metric Counters(string name, string unit, string help, string first, string second, Func<MetricView, LabelledCounter> counter) =>
        Counters(name, unit, help, [first, second], (view, into) =>
        {
            foreach ((string one, string other, long count) in counter(view).Read())
            {
                into.Add(count, one, other);
            }
        });

    private static Metric Histogram(string name, string help, int least, int most, Func<MetricView, LogHistogram> histogram) =>
        new(name, MetricKind.Histogram, "seconds", help, [], (view, into) => into.Add(HistogramReading.Of(histogram(view), least, most)));
}
