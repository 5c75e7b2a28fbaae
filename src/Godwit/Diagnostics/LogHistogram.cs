// How often something took how long, in buckets that grow with the time: a fixed amount of memory for microseconds and for days.
// Added to by anybody, without a lock; read by whoever prints or samples. Buckets only grow, so two readings subtract.

using System.Numerics;

namespace Godwit.Diagnostics;

/// <summary>Counts durations. Four buckets for each doubling, so a quantile is at most an eighth off. Thread safe.</summary>
/// <param name="unitsPerSecond">The finest difference told apart: a power of two, 1024 for milliseconds, 1,048,576 for microseconds.</param>
public sealed class LogHistogram(int unitsPerSecond)
{
    /// <summary>Buckets of one doubling.</summary>
    private const int Parts = 4;

    /// <summary>Doublings above the unit: twelve days where the unit is a millisecond, eighteen minutes where it is a microsecond. What is longer counts as this.</summary>
    private const int Doublings = 30;

    /// <summary>Buckets of every histogram.</summary>
    public const int Buckets = Doublings * Parts;

    private readonly long[] _counts = new long[Buckets];
    private long _sum;

    /// <summary>Sum of all durations in seconds.</summary>
    public double SumSeconds => (double)Volatile.Read(ref _sum) / unitsPerSecond;

    /// <summary>Counts one duration; a negative one counts as none.</summary>
    public void Add(TimeSpan duration)
    {
        long units = Math.Max(0, (long)(duration.TotalSeconds * unitsPerSecond));
        Interlocked.Increment(ref _counts[BucketOf(units)]);
        Interlocked.Add(ref _sum, units);
    }

    /// <summary>Copies the counts of all buckets.</summary>
    /// <param name="into">Room for <see cref="Buckets"/>.</param>
    public void CopyTo(Span<long> into)
    {
        for (int i = 0; i < Buckets; i++)
        {
            into[i] = Volatile.Read(ref _counts[i]);
        }
    }

    /// <summary>The seconds that nothing in this bucket reaches.</summary>
    public double UpperBound(int bucket)
    {
        (int doubling, int part) = Math.DivRem(bucket, Parts);
        return Math.ScaleB(1 + (part + 1) / (double)Parts, doubling) / unitsPerSecond;
    }

    /// <summary>
    /// The duration in seconds that a share of what was counted between two copies did not pass; null when nothing was counted. It is the upper bound of a bucket.
    /// </summary>
    /// <param name="before">An earlier copy.</param>
    /// <param name="share">0 to 1.</param>
    public double? Quantile(ReadOnlySpan<long> before, ReadOnlySpan<long> now, double share)
    {
        long total = 0;
        for (int i = 0; i < Buckets; i++)
        {
            total += now[i] - before[i];
        }

        if (total <= 0)
        {
            return null;
        }

        long rank = Math.Max(1, (long)Math.Ceiling(total * share));
        for (int i = 0; i < Buckets; i++)
        {
            rank -= now[i] - before[i];
            if (rank <= 0)
            {
                return UpperBound(i);
            }
        }

        return UpperBound(Buckets - 1);
    }

    /// <summary>Below four units the parts of a doubling are finer than the unit; the buckets between stay empty there.</summary>
    private static int BucketOf(long units)
    {
        if (units <= 1)
        {
            return 0;
        }

        int doubling = BitOperations.Log2((ulong)units);
        int part = (int)(((units - (1L << doubling)) * Parts) >> doubling);
        return Math.Min(Buckets - 1, doubling * Parts + part);
    }
}
