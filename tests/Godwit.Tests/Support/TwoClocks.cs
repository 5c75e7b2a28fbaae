namespace Godwit.Tests.Support;

/// <summary>A wall clock and a monotonic clock that can disagree.</summary>
internal sealed class TwoClocks : TimeProvider
{
    private TimeSpan _monotonic = TimeSpan.FromDays(3);

    public DateTimeOffset Wall { get; set; } = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Wall;

    public override long GetTimestamp() => _monotonic.Ticks;

    public void Pass(TimeSpan time)
    {
        _monotonic += time;
        Wall += time;
    }
}
