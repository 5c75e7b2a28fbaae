using System.Text;
using Godwit.Diagnostics;
using Godwit.Metrics;

namespace Godwit.Tests.Metrics;

public sealed class MetricTextTests
{
    private static readonly Metric _counter = new("godwit_sent_bytes_total", MetricKind.Counter, "bytes", "What \"went\"", ["to", "how"], static (_, _) => { });
    private static readonly Metric _histogram = new("godwit_wait_seconds", MetricKind.Histogram, "seconds", "Waits", [], static (_, _) => { });

    [Fact]
    public void Prometheus_reads_names_help_labels_and_numbers()
    {
        Assert.Equal("""
            # HELP godwit_sent_bytes_total What "went"
            # TYPE godwit_sent_bytes_total counter
            godwit_sent_bytes_total{to="a \"b\" \\ \n",how="x"} 12345678901234
            godwit_sent_bytes_total{to="",how="y"} 0.25
            # HELP godwit_wait_seconds Waits
            # TYPE godwit_wait_seconds histogram
            godwit_wait_seconds_bucket{le="0.5"} 1
            godwit_wait_seconds_bucket{le="1.0"} 1
            godwit_wait_seconds_bucket{le="2.0"} 2
            godwit_wait_seconds_bucket{le="+Inf"} 3
            godwit_wait_seconds_sum 61.75
            godwit_wait_seconds_count 3

            """, PrometheusText.Write(Read(), open: false));
    }

    [Fact]
    public void OpenMetrics_names_families_and_units_and_has_an_end()
    {
        string text = PrometheusText.Write(Read(), open: true);

        Assert.StartsWith("""
            # HELP godwit_sent_bytes What \"went\"
            # TYPE godwit_sent_bytes counter
            # UNIT godwit_sent_bytes bytes
            godwit_sent_bytes_total{
            """.TrimEnd(), text, StringComparison.Ordinal);
        Assert.Contains("# UNIT godwit_wait_seconds seconds\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Graphite_reads_a_line_for_each_number_with_labels_in_its_name()
    {
        Assert.Equal("""
            mta.one.godwit_sent_bytes_total.a__b_____.x 12345678901234 1700000000
            mta.one.godwit_sent_bytes_total._.y 0.25 1700000000
            mta.one.godwit_wait_seconds_bucket.0_5 1 1700000000
            mta.one.godwit_wait_seconds_bucket.1 1 1700000000
            mta.one.godwit_wait_seconds_bucket.2 2 1700000000
            mta.one.godwit_wait_seconds_bucket.inf 3 1700000000
            mta.one.godwit_wait_seconds_sum 61.75 1700000000
            mta.one.godwit_wait_seconds_count 3 1700000000

            """, Encoding.ASCII.GetString(GraphiteLines.Write(Read(), "mta.one", 1_700_000_000)));
    }

    private static (Metric, IReadOnlyList<MetricSample>)[] Read()
    {
        var histogram = new LogHistogram(1024);
        histogram.Add(TimeSpan.FromSeconds(0.25));
        histogram.Add(TimeSpan.FromSeconds(1.5));
        histogram.Add(TimeSpan.FromSeconds(60));
        return
        [
            (_counter, [new MetricSample(["a \"b\" \\ \n", "x"], 12_345_678_901_234), new MetricSample(["", "y"], 0.25)]),
            (_histogram, [new MetricSample([], 0, HistogramReading.Of(histogram, -1, 1))]),
        ];
    }
}
