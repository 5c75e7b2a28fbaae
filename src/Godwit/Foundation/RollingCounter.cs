// A count with a memory: total, last minute, last hour and the best of both, as "show status" prints them.
// Sixty buckets of one second and sixty of one minute. Adding is lock-free; turning the wheel is done by whoever comes first.

namespace Godwit.Foundation;

/// <summary>Counts events over time. Thread safe.</summary>
public sealed class RollingCounter(ServerClock clock)
{
    private const int Buckets = 60;

    private readonly Lock _turn = new();
    private readonly long[] _seconds = new long[Buckets];
    private readonly long[] _minutes = new long[Buckets];
    private long _second = clock.Now.Ticks / TimeSpan.TicksPerSecond;
    private long _total;
    private long _topMinute;
    private long _topHour;

    public long Total => Volatile.Read(ref _total);

    public long LastMinute
    {
        get
        {
            Turn();
            return Sum(_seconds);
        }
    }

    public long LastHour
    {
        get
        {
            Turn();
            return Sum(_minutes);
        }
    }

    public long TopMinute => Math.Max(Volatile.Read(ref _topMinute), LastMinute);

    public long TopHour => Math.Max(Volatile.Read(ref _topHour), LastHour);

    public void Add(long amount = 1)
    {
        long second = Turn();
        Interlocked.Add(ref _total, amount);
        Interlocked.Add(ref _seconds[second % Buckets], amount);
        Interlocked.Add(ref _minutes[second / 60 % Buckets], amount);
    }

    /// <summary>Forgets everything: the operator's <c>reset counters</c>.</summary>
    public void Reset()
    {
        lock (_turn)
        {
            Array.Clear(_seconds);
            Array.Clear(_minutes);
            _total = _topMinute = _topHour = 0;
        }
    }

    private static long Sum(long[] buckets)
    {
        long sum = 0;
        foreach (ref long bucket in buckets.AsSpan())
        {
            sum += Volatile.Read(ref bucket);
        }

        return sum;
    }

    private long Turn()
    {
        long now = clock.Now.Ticks / TimeSpan.TicksPerSecond;
        if (now == Volatile.Read(ref _second))
        {
            return now;
        }

        lock (_turn)
        {
            // A gap of more than an hour clears everything once; more turns would change nothing.
            long from = Math.Max(_second, now - Buckets * 60);
            if (now > _second)
            {
                _topMinute = Math.Max(_topMinute, Sum(_seconds));
                _topHour = Math.Max(_topHour, Sum(_minutes));
            }

            for (long second = from + 1; second <= now; second++)
            {
                Interlocked.Exchange(ref _seconds[second % Buckets], 0);
                if (second % 60 == 0)
                {
                    Interlocked.Exchange(ref _minutes[second / 60 % Buckets], 0);
                }
            }

            _second = Math.Max(_second, now);
        }

        return now;
    }
}
