// A rate that is smooth from the first second: the generic cell rate algorithm (ITU-T I.371) on the server's clock.
// State is one time stamp, so a million of them cost eight megabytes. No thread safety: the owner of a gate locks.
//
// Promise: in every window of length W at most Rate × (W + tolerance) + 1 units pass. The tolerance is zero when units are a second or more apart,
// so a slow rate is kept to the unit; above that it is 5 ms, because timers and threads wake a millisecond or two late and a gate that forgives
// nothing would lose that time for ever: 500/s would run at 350. At 10,000/s the tolerance is a batch of 50 units.

namespace Godwit.Foundation;

/// <summary>Spaces units evenly at a <see cref="Rate"/>. A mutable struct: keep it in a field, do not copy it.</summary>
public struct RateGate
{
    /// <summary>How much lateness a rate of more than one unit a second may catch up.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(5);

    private long _nextTicks;

    /// <summary>The tolerance that applies to <paramref name="rate"/>.</summary>
    public static TimeSpan ToleranceOf(Rate rate) => rate.Count > rate.Period.Ticks / TimeSpan.TicksPerSecond ? Tolerance : TimeSpan.Zero;

    /// <summary>When the next unit may pass; not later than <paramref name="now"/> means at once.</summary>
    public readonly Instant NextAllowed(Rate rate, Instant now) => rate.IsUnlimited ? now : Instant.Max(now, new Instant(_nextTicks));

    /// <summary>Counts units that pass now. An idle gate saves up nothing but the tolerance: silence does not buy a burst.</summary>
    public void Take(Rate rate, Instant now, long units)
    {
        if (!rate.IsUnlimited)
        {
            _nextTicks = Math.Max(_nextTicks, now.Ticks - ToleranceOf(rate).Ticks) + Cost(rate, units);
        }
    }

    /// <summary>Units that were counted have not passed after all: the next may come so much earlier.</summary>
    public void GiveBack(Rate rate, long units) => _nextTicks -= rate.IsUnlimited ? 0 : Cost(rate, units);

    /// <summary>
    /// The unit that was counted at <paramref name="taken"/> has not passed after all. Nothing is given back when others have passed since: two units would
    /// pass in the time of one.
    /// </summary>
    public void GiveBackLast(Rate rate, Instant taken)
    {
        if (!rate.IsUnlimited && _nextTicks <= taken.Ticks + Cost(rate, 1))
        {
            _nextTicks -= Cost(rate, 1);
        }
    }

    /// <summary>How many of <paramref name="wanted"/> units may pass now.</summary>
    public readonly int Allowed(Rate rate, Instant now, int wanted)
    {
        if (rate.IsUnlimited || wanted <= 0)
        {
            return wanted;
        }

        if (_nextTicks > now.Ticks)
        {
            return 0;
        }

        long credit = Math.Min(now.Ticks - _nextTicks, ToleranceOf(rate).Ticks);
        return wanted == 1 || credit == 0 ? 1 : (int)Int128.Min(wanted, 1 + ((Int128)credit * rate.Count / rate.Period.Ticks));
    }

    /// <summary>The rate was changed: what the old one said must not hold up the new one by more than one of its units.</summary>
    public void Adapt(Rate rate, Instant now)
    {
        if (!rate.IsUnlimited)
        {
            _nextTicks = Math.Min(_nextTicks, (now + rate.Interval).Ticks);
        }
    }

    /// <summary>
    /// Rounded up, so that the sum never passes the rate. 128 bits only where needed: period ticks times a byte count exceeds 64 bits for volume
    /// rates.
    /// </summary>
    private static long Cost(Rate rate, long units) => rate.Period.Ticks <= (long.MaxValue - rate.Count) / Math.Max(1, units)
        ? (rate.Period.Ticks * units + rate.Count - 1) / rate.Count
        : (long)(((Int128)rate.Period.Ticks * units + rate.Count - 1) / rate.Count);
}
