using Godwit.Diagnostics;

namespace Godwit.Tests.Diagnostics;

public sealed class LogHistogramTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.001)]
    [InlineData(0.0034)]
    [InlineData(0.9999)]
    [InlineData(1.0)]
    [InlineData(59.0)]
    [InlineData(86_400.0)]
    [InlineData(1_000_000.0)]
    public void A_duration_lies_below_the_bound_of_its_bucket_and_not_far_below(double seconds)
    {
        var histogram = new LogHistogram(1024);
        histogram.Add(TimeSpan.FromSeconds(seconds));
        long[] counts = new long[LogHistogram.Buckets];
        histogram.CopyTo(counts);

        double bound = histogram.Quantile(new long[LogHistogram.Buckets], counts, 0.5)!.Value;
        Assert.InRange(bound, seconds, seconds * 1.26 + 2.0 / 1024);
        Assert.Equal(seconds, histogram.SumSeconds, 2.0 / 1024);
    }

    [Fact]
    public void What_is_longer_than_anything_counts_as_the_longest_and_what_is_negative_as_nothing()
    {
        var histogram = new LogHistogram(1024);
        histogram.Add(TimeSpan.FromDays(1000));
        histogram.Add(TimeSpan.FromDays(-1));
        long[] counts = new long[LogHistogram.Buckets];
        histogram.CopyTo(counts);

        Assert.Equal((1, 1), (counts[0], counts[^1]));
    }

    [Fact]
    public void Bounds_grow_and_every_second_that_is_a_power_of_two_is_one()
    {
        var histogram = new LogHistogram(1024);
        double[] bounds = [.. Enumerable.Range(0, LogHistogram.Buckets).Select(histogram.UpperBound)];

        Assert.Equal(bounds.Order(), bounds);
        Assert.All([0.25, 1, 64, 65536], bound => Assert.Contains(bound, bounds));
    }
}
