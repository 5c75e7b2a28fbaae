// Times and rates. Units are PowerMTA's; a bare number is seconds, because PowerMTA's "show settings" prints such numbers and people paste them.

using System.Globalization;
using Godwit.Foundation;

namespace Godwit.Settings;

internal static partial class ValueParsers
{
    /// <summary>PowerMTA's bound for <c>retry-after</c>.</summary>
    private const int MaxTimes = 30;

    /// <summary>A century: longer is a slip, and sums of times stay far from overflow.</summary>
    private const long MaxSeconds = 100L * 365 * 24 * 3600;

    private static readonly (char Unit, long Seconds)[] _units = [('w', 604800), ('d', 86400), ('h', 3600), ('m', 60), ('s', 1)];

    private static readonly (string Unit, long Seconds)[] _periods =
        [("d", 86400), ("day", 86400), ("h", 3600), ("hr", 3600), ("m", 60), ("min", 60), ("s", 1), ("sec", 1)];

    public static ValueForm<TimeSpan> Time { get; } = new("a time such as 4d12h", TryTime, PrintTime);

    public static ValueForm<TimeSpan> TimeOrNever { get; } = new(
        "a time such as 4d12h, or never", (text, reading, out value) => IsNever(text, out value) || TryTime(text, reading, out value), PrintTime);

    public static ValueForm<IReadOnlyList<TimeSpan>> TimeList => ListOf($"up to {MaxTimes} times, comma separated", _listedTime, MaxTimes);

    /// <summary>Messages a day, step by step; the last step stays.</summary>
    public static ValueForm<IReadOnlyList<int>> DailySteps => ListOf("numbers a day such as 50/day,100/day", _daily);

    /// <summary>Milliseconds as a bare number.</summary>
    public static ValueForm<TimeSpan> Milliseconds { get; } = new(
        "a whole number of milliseconds",
        (text, reading, out value) =>
        {
            bool read = TryInteger(text, reading, 0, 600_000, out int number);
            value = TimeSpan.FromMilliseconds(number);
            return read;
        },
        v => ((long)v.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>In a list, a blank or semicolon inside an entry is a comma that was forgotten.</summary>
    private static readonly ValueForm<TimeSpan> _listedTime = new(
        "a time",
        (text, reading, out value) =>
        {
            value = default;
            int end = text.AsSpan().IndexOfAny(" \t;");
            return end < 0
                ? TryTime(text, reading, out value)
                : reading.Fail($"{Show(text)} is not one time: a time has no blanks, and a comma stands between times", end);
        },
        PrintTime);

    private static readonly ValueForm<int> _daily = new(
        "a number a day such as 100/day",
        (text, reading, out value) =>
        {
            int slash = text.IndexOf('/', StringComparison.Ordinal);
            bool daily = slash > 0 && TryPeriod(text.AsSpan(slash + 1).Trim(), out TimeSpan period) && period == TimeSpan.FromDays(1);
            value = 0;
            return daily ? TryInteger(text[..slash].Trim(), reading, 0, int.MaxValue, out value)
                : reading.Fail($"{Show(text)} is not a number a day such as 100/day");
        },
        v => string.Create(CultureInfo.InvariantCulture, $"{v}/d"));

    /// <summary>PowerMTA's bound for <c>connection-idle-timeout</c> is ten minutes.</summary>
    public static ValueForm<TimeSpan> IdleTime { get; } = new(
        "a time of at most 10m",
        (text, reading, out value) =>
            TryTime(text, reading, out value) && (value <= TimeSpan.FromMinutes(10) || reading.Fail($"{Show(text)} is more than 10m")),
        PrintTime);

    /// <summary>How long records may wait for a webhook: less than a minute would be a request for every few records.</summary>
    public static ValueForm<TimeSpan> BatchTime { get; } = new(
        "a time of at least 1m",
        (text, reading, out value) =>
            TryTime(text, reading, out value) && (value >= TimeSpan.FromMinutes(1) || reading.Fail($"{Show(text)} is less than 1m")),
        PrintTime);

    /// <summary><c>bounce-upon-no-mx</c>: yes is at once, no and never are never, a time is an age.</summary>
    public static ValueForm<TimeSpan> TimeOrBoolean { get; } = new(
        "yes, no, never or a time such as 1d",
        (text, reading, out value) =>
        {
            if (TryBoolean(text, reading, out bool yes))
            {
                value = yes ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
                return true;
            }

            return IsNever(text, out value) || TryTime(text, reading, out value);
        },
        v => v == TimeSpan.Zero ? "yes" : PrintTime(v));

    public static ValueForm<Rate> RateForm { get; } = new(
        "a rate such as 100/15m, or unlimited", (text, reading, out value) => TryRate(text, reading, volume: false, out value), v => PrintRate(v,
            volume: false));

    public static ValueForm<Rate> VolumeRate { get; } = new(
        "a volume rate such as 50M/h, or unlimited", (text, reading, out value) => TryRate(text, reading, volume: true, out value), v => PrintRate(v,
            volume: true));

    /// <summary>The deprecated <c>max-msg-per-hour</c>.</summary>
    public static ValueForm<Rate> PerHour { get; } = new(
        "a whole number, or unlimited",
        (text, reading, out value) =>
        {
            value = default;
            if (IsUnlimited(text, out long _))
            {
                return true;
            }

            bool read = TryInteger(text, reading, 0, int.MaxValue, out int number);
            value = number == 0 ? Rate.Unlimited : new Rate(number, TimeSpan.FromHours(1));
            return read;
        },
        v => v.IsUnlimited ? "unlimited" : (v.Count * (3600 / v.Period.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture));

    /// <summary>Whole seconds in the fewest units; infinite is <c>never</c>.</summary>
    public static string PrintTime(TimeSpan time)
    {
        if (time == Timeout.InfiniteTimeSpan)
        {
            return "never";
        }

        long seconds = (long)time.TotalSeconds;
        var text = new System.Text.StringBuilder();
        foreach ((char unit, long length) in _units)
        {
            // Weeks are read, but 8d is what people and the reference write.
            if (unit != 'w' && seconds >= length)
            {
                text.Append(seconds / length).Append(unit);
                seconds %= length;
            }
        }

        return text.Length == 0 ? "0" : text.ToString();
    }

    private static bool IsNever(string text, out TimeSpan value)
    {
        value = Timeout.InfiniteTimeSpan;
        return text.Equals("never", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryTime(string text, ValueReading reading, out TimeSpan value)
    {
        value = default;
        long total = 0;
        int unit = -1;
        int at = 0;
        while (at < text.Length || at == 0)
        {
            int end = Digits(text, at);
            if (at < text.Length && at > 0 && char.IsWhiteSpace(text[at]) || end > at && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                return reading.Fail($"{Show(text)} is not a time: write it without blanks, such as 4d12h", Math.Max(at, end));
            }

            if (end == at || !long.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return reading.Fail($"{Show(text)} is not a time such as 4d12h, 10m or 300s", at);
            }

            // Bare seconds stand alone: 1h30 leaves open whether 30 means minutes.
            int next = end < text.Length ? UnitAt(text[end]) : at == 0 ? 4 : -1;
            if (next <= unit)
            {
                return reading.Fail($"{Show(text)} is not a time: units are w, d, h, m, s, in this order, each once", end);
            }

            if (number > MaxSeconds || (total += number * _units[next].Seconds) > MaxSeconds)
            {
                return reading.Fail($"{Show(text)} is longer than a hundred years");
            }

            unit = next;
            at = Math.Min(text.Length, end + 1);
        }

        value = TimeSpan.FromSeconds(total);
        return true;
    }

    /// <summary>Where a letter stands among the units; -1 when it is none.</summary>
    private static int UnitAt(char letter)
    {
        int at = _units.Length - 1;
        while (at >= 0 && _units[at].Unit != char.ToLowerInvariant(letter))
        {
            at--;
        }

        return at;
    }

    private static bool TryRate(string text, ValueReading reading, bool volume, out Rate value)
    {
        value = default;
        if (text == "0" || IsUnlimited(text, out _))
        {
            return true;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !TryCount(text.AsSpan(0, slash).Trim(), volume, out long count))
        {
            return reading.Fail($"{Show(text)} is not a rate such as {(volume ? "50M/h" : "100/15m")}, or unlimited");
        }

        if (!TryPeriod(text.AsSpan(slash + 1).Trim(), out TimeSpan period))
        {
            return reading.Fail($"{Show(text)} is not a rate: behind the slash stands d, h, m or s, with a number before it if needed", slash + 1);
        }

        if (count == 0)
        {
            reading.Caution = $"{Show(text)} means unlimited";
            return true;
        }

        value = new Rate(count, period);
        return true;
    }

    private static bool TryCount(ReadOnlySpan<char> text, bool volume, out long count)
    {
        int shift = 0;
        if (volume && text.Length > 1 && char.IsAsciiLetter(text[^1]))
        {
            if (!TryScale(text[^1], out shift))
            {
                count = 0;
                return false;
            }

            text = text[..^1];
        }

        bool read = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= long.MaxValue >> (shift + 1);
        count <<= shift;
        return read;
    }

    private static bool TryPeriod(ReadOnlySpan<char> text, out TimeSpan period)
    {
        period = default;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        int times = 1;
        if (digits > 0 && (!int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out times) || times == 0))
        {
            return false;
        }

        foreach ((string unit, long seconds) in _periods)
        {
            if (text[digits..].Equals(unit, StringComparison.OrdinalIgnoreCase) && times * seconds <= MaxSeconds)
            {
                period = TimeSpan.FromSeconds(times * seconds);
                return true;
            }
        }

        return false;
    }

    private static string PrintRate(Rate rate, bool volume)
    {
        if (rate.IsUnlimited)
        {
            return "unlimited";
        }

        long seconds = (long)rate.Period.TotalSeconds;
        (char unit, long length) = _units.First(u => u.Unit != 'w' && seconds % u.Seconds == 0);
        string count = volume ? PrintSize(rate.Count) : rate.Count.ToString(CultureInfo.InvariantCulture);
        return seconds == length ? $"{count}/{unit}" : $"{count}/{seconds / length}{unit}";
    }
}
