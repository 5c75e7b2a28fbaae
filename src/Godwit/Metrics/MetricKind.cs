namespace Godwit.Metrics;

/// <summary>How a number behaves.</summary>
internal enum MetricKind : byte
{
    /// <summary>Only grows, until a restart (or, where its help says so, an operator's reset).</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts of durations below bounds.</summary>
    Histogram,
}
