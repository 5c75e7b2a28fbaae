// What happened in each of the last ten minutes, and in the one that runs. Owned by a job of ActivityBook and used under its lock. Times that run backwards
// count for the minute that runs.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>A count that forgets.</summary>
internal sealed class RecentMinutes
{
    /// <summary>Long enough to be steady behind rates and retries, short enough to show a change.</summary>
    private const int Whole = 10;

    /// <summary>What has just begun is measured over this time at least: a hundred within a moment are no rate.</summary>
    private static readonly TimeSpan _leastTime = TimeSpan.FromSeconds(10);

    private readonly int[] _counts = new int[Whole + 1];
    private long _minute;

    public void Add(int count, Instant now)
    {
        MoveTo(now);
        _counts[_minute % _counts.Length] += count;
    }

    /// <summary>
    /// How many a minute, over the last ten minutes and the part of the one that runs; or since <paramref name="begun"/>, when that is later.
    /// </summary>
    public double PerMinute(Instant begun, Instant now)
    {
        MoveTo(now);
        TimeSpan time = now - Instant.Max(begun, new Instant((_minute - Whole) * TimeSpan.TicksPerMinute));
        int count = 0;
        foreach (int each in _counts)
        {
            count += each;
        }

        return count / (time > _leastTime ? time : _leastTime).TotalMinutes;
    }

    private void MoveTo(Instant now)
    {
        long minute = now.Ticks / TimeSpan.TicksPerMinute;
        if (minute - _minute > Whole)
        {
            Array.Clear(_counts);
            _minute = minute;
        }

        while (_minute < minute)
        {
            _counts[++_minute % _counts.Length] = 0;
        }
    }
}
