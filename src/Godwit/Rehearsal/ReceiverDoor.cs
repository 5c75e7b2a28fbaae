// What a modelled receiver counts of one source address: connections, and recipients over time. Owned by one rehearsal.

using Godwit.Foundation;

namespace Godwit.Rehearsal;

/// <summary>The books of one receiver about one source address.</summary>
internal sealed class ReceiverDoor
{
    private double _tokens = double.NaN;
    private Instant _filled;
    private Instant _hour;
    private long _thisHour;
    private long _hourBefore;

    public int Connections { get; set; }

    /// <summary>Recipients attempted within the last hour, to an hour's grain.</summary>
    public long LastHour => Math.Max(_thisHour, _hourBefore);

    /// <summary>
    /// Counts a recipient. False when more than the rate's count came within about its period: a receiver forgives a burst, and counts what it
    /// refuses too.
    /// </summary>
    public bool TryTake(Rate rate, Instant now)
    {
        CountHour(now);
        if (rate.IsUnlimited)
        {
            return true;
        }

        double perTick = rate.Count / (double)rate.Period.Ticks;
        _tokens = double.IsNaN(_tokens) ? rate.Count : Math.Min(rate.Count, _tokens + (now - _filled).Ticks * perTick);
        _filled = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }

    private void CountHour(Instant now)
    {
        if (now - _hour >= TimeSpan.FromHours(1))
        {
            _hourBefore = now - _hour < TimeSpan.FromHours(2) ? _thisHour : 0;
            (_hour, _thisHour) = (now, 0);
        }

        _thisHour++;
    }
}
