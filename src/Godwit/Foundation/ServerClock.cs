// The one clock of a server. Time runs on the monotonic clock, so a wall clock that is set back never makes a queue wait twice;
// when the wall clock is found ahead (a machine woken from suspension, a first NTP step) the server follows it forwards.

namespace Godwit.Foundation;

/// <summary>Gives <see cref="Instant"/>s that never run backwards. Thread safe.</summary>
public sealed class ServerClock
{
    /// <summary>How far the wall clock must be ahead before the server follows it: above NTP slewing, below what an operator would notice.</summary>
    private static readonly TimeSpan _followAfter = TimeSpan.FromSeconds(1);

    private readonly long _startTimestamp;
    private long _anchorTicks;

    public ServerClock(TimeProvider time)
    {
        Time = time;
        _startTimestamp = time.GetTimestamp();
        _anchorTicks = Instant.FromDateTime(time.GetUtcNow()).Ticks;
    }

    /// <summary>The provider behind this clock, for delays and timers.</summary>
    public TimeProvider Time { get; }

    public Instant Now
    {
        get
        {
            long elapsed = Time.GetElapsedTime(_startTimestamp).Ticks;
            long anchor = Volatile.Read(ref _anchorTicks);
            long wall = Instant.FromDateTime(Time.GetUtcNow()).Ticks;
            if (wall - (anchor + elapsed) > _followAfter.Ticks)
            {
                Interlocked.CompareExchange(ref _anchorTicks, wall - elapsed, anchor);
                anchor = Volatile.Read(ref _anchorTicks);
            }

            return new Instant(anchor + elapsed);
        }
    }
}
