using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>How fast recipients leave a queue: minute by minute, the latest counting most. A mutable struct: keep it in a field.</summary>
internal struct DrainMeter
{
    private static readonly TimeSpan _span = TimeSpan.FromMinutes(1);

    private Instant _start;
    private long _count;
    private double _perSecond;

    public void Count(Instant now)
    {
        Roll(now);
        _count++;
    }

    /// <summary>Recipients a second; 0 when none have left lately.</summary>
    public double PerSecond(Instant now)
    {
        Roll(now);
        double running = (now - _start).TotalSeconds;
        return _perSecond > 0 ? _perSecond : running > 0 ? _count / Math.Max(running, 1) : 0;
    }

    private void Roll(Instant now)
    {
        if (_start == default)
        {
            _start = now;
        }

        // Ten silent minutes leave a thousandth of what was.
        for (int i = 0; now - _start >= _span; i++)
        {
            double minute = _count / _span.TotalSeconds;
            _perSecond = _perSecond == 0 ? minute : (_perSecond + minute) / 2;
            _perSecond = i > 10 || _perSecond < 1e-6 ? 0 : _perSecond;
            _count = 0;
            _start = i > 10 ? now : _start + _span;
        }
    }
}
