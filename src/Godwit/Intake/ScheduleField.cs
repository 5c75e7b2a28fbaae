// The value of X-Schedule: "START/END, START/END" with times as YYYY-MM-DD HH:MM:SS. Pure.

using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Intake;

/// <summary>Reads X-Schedule.</summary>
internal static class ScheduleField
{
    private const string Shape = "write START/END, START/END with times such as 2026-03-01 09:00:00";

    /// <summary>
    /// Reads the windows. A time without an offset from UTC behind it (<c>+0100</c>) is the server's own. Windows that are over are left out.
    /// Returns what is wrong; null when nothing is.
    /// </summary>
    public static string? Read(string text, TimeZoneInfo zone, Instant now, out DeliveryWindows? windows)
    {
        windows = null;
        var read = new List<DeliveryWindow>();
        int count = 0;
        foreach (Range range in text.AsSpan().Split(','))
        {
            ReadOnlySpan<char> item = text.AsSpan(range).Trim();
            int slash = item.IndexOf('/');
            if (slash < 0 || !TryTime(item[..slash].Trim(), zone, out Instant start) || !TryTime(item[(slash + 1)..].Trim(), zone, out Instant end))
            {
                return $"x-schedule: window {count + 1} cannot be read; {Shape}";
            }

            if (end <= start)
            {
                return $"x-schedule: window {count + 1} ends before it begins";
            }

            if (++count > DeliveryWindows.MaxWindows)
            {
                return $"x-schedule has more than {DeliveryWindows.MaxWindows} windows";
            }

            if (end > now)
            {
                read.Add(new DeliveryWindow(start, end));
            }
        }

        if (read.Count == 0)
        {
            return "x-schedule: every window is over";
        }

        windows = DeliveryWindows.Of(read);
        return null;
    }

    private static bool TryTime(ReadOnlySpan<char> text, TimeZoneInfo zone, out Instant time)
    {
        const string Local = "yyyy-MM-dd HH:mm:ss";
        time = default;
        if (DateTime.TryParseExact(text, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
        {
            // An hour that the clock skips in spring counts by the offset before it; one that comes twice in autumn is the later one.
            time = Instant.FromDateTime(new DateTimeOffset(local.Ticks, TimeSpan.Zero)) - zone.GetUtcOffset(local);
            return true;
        }

        // .NET reads +01:00 only; +0100 is what accounting prints.
        bool hasColon = text.Length > 3 && text[^3] == ':' && text.Length > Local.Length;
        string full = !hasColon && text.Length > Local.Length ? $"{text[..^2]}:{text[^2..]}" : text.ToString();
        bool fine = DateTimeOffset.TryParseExact(full, Local + "zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset exact);
        time = fine ? Instant.FromDateTime(exact) : default;
        return fine;
    }
}
