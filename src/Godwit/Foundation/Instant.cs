// A point in time as the whole server uses it: UTC, in ticks of 100 ns since the Unix epoch.
// Eight bytes, no time zone, no kind; it is what the spool stores, so it keeps its meaning across a restart.

namespace Godwit.Foundation;

/// <summary>A point in time: ticks of 100 ns since 1970-01-01T00:00:00Z.</summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than every real time: "no time is set".</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>Milliseconds since the Unix epoch, rounded down.</summary>
    public long UnixMilliseconds => Ticks / TimeSpan.TicksPerMillisecond;

    public static Instant FromUnixMilliseconds(long milliseconds) => new(milliseconds * TimeSpan.TicksPerMillisecond);

    public static Instant FromDateTime(DateTimeOffset time) => new(time.UtcTicks - DateTime.UnixEpoch.Ticks);

    public DateTime ToUtc() => DateTime.UnixEpoch.AddTicks(Ticks);

    /// <summary>The later of two times.</summary>
    public static Instant Max(Instant a, Instant b) => a.Ticks >= b.Ticks ? a : b;

    /// <summary>The earlier of two times.</summary>
    public static Instant Min(Instant a, Instant b) => a.Ticks <= b.Ticks ? a : b;

    /// <summary>Adds a duration; stays at <see cref="Never"/> instead of overflowing.</summary>
    public static Instant operator +(Instant time, TimeSpan duration) =>
        duration.Ticks > 0 && time.Ticks > long.MaxValue - duration.Ticks ? Never : new(time.Ticks + duration.Ticks);

    public static Instant operator -(Instant time, TimeSpan duration) => new(time.Ticks - duration.Ticks);

    public static TimeSpan operator -(Instant later, Instant earlier) => new(later.Ticks - earlier.Ticks);

    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;

    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;

    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;

    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>When a configured wait ends that begins now: <see cref="Never"/> for <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public Instant EndOf(TimeSpan wait) => wait == Timeout.InfiniteTimeSpan ? Never : this + wait;

    /// <summary>ISO form with a zone, as accounting and console print it: <c>2019-02-08 21:54:05+0000</c>.</summary>
    public override string ToString() => this == Never ? "never" : ToUtc().ToString("yyyy-MM-dd HH:mm:ss'+0000'");
}
