using Godwit.Foundation;

namespace Godwit.Api;

/// <summary>Times as the API tells them.</summary>
internal static class ApiTime
{
    /// <summary>In whole milliseconds of UTC; null for a time that never comes, and for none.</summary>
    public static DateTime? Of(Instant time) =>
        time == Instant.Never || time == default ? null : Whole(time);

    /// <summary>The same for a time that there always is.</summary>
    public static DateTime Whole(Instant time) => new(time.ToUtc().Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);

    /// <summary>A time to come; null when it has passed.</summary>
    public static DateTime? Ahead(Instant time, Instant now) => time > now ? Of(time) : null;
}
