using Godwit.Diagnostics;

namespace Godwit.Metrics;

/// <summary>Counts of durations that did not pass a bound, and their sum.</summary>
/// <param name="Bounds">Seconds, growing.</param>
/// <param name="Counts">Durations up to each bound, those below the ones before included.</param>
/// <param name="Count">All durations.</param>
/// <param name="Sum">Seconds.</param>
internal sealed record HistogramReading(IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, long Count, double Sum)
{
    /// <summary>Bounds are powers of two, because the buckets of the histogram end there exactly.</summary>
    /// <param name="least">Two to this power are the seconds of the first bound.</param>
    /// <param name="most">Likewise the last.</param>
    public static HistogramReading Of(LogHistogram histogram, int least, int most)
    {
        long[] buckets = new long[LogHistogram.Buckets];
        double sum = histogram.SumSeconds;
        histogram.CopyTo(buckets);
        double[] bounds = new double[most - least + 1];
        long[] counts = new long[bounds.Length];
        int bucket = 0;
        long total = 0;
        for (int i = 0; i < bounds.Length; i++)
        {
            bounds[i] = Math.ScaleB(1, least + i);
            for (; bucket < buckets.Length && histogram.UpperBound(bucket) <= bounds[i]; bucket++)
            {
                total += buckets[bucket];
            }

            counts[i] = total;
        }

        for (; bucket < buckets.Length; bucket++)
        {
            total += buckets[bucket];
        }

        return new HistogramReading(bounds, counts, total, sum);
    }
}
