using System.Globalization;
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

    /// <summary>As it stands in an address: to the tick, so that what is read back is the same time.</summary>
    public static string Text(Instant time) => time.ToUtc().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time in a parameter; what is none is noted, and so is one that has passed.</summary>
    public static Instant Read(ApiCall call, string name, string text) =>
        !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? call.Wrong($"{name}={text} is no time: write it as 2026-11-28T05:00:00Z", Instant.Never)
        : Instant.FromDateTime(time) <= call.Looks.Now ? call.Wrong($"{name}={text} has passed", Instant.Never)
        : Instant.FromDateTime(time);

    /// <summary>A time to come; null when it has passed.</summary>
    public static DateTime? Ahead(Instant time, Instant now) => time > now ? Of(time) : null;
}
