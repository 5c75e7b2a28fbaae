// Readers and printers of values: words, numbers, sizes. Each accepts what PowerMTA accepts and prints a form it reads back.
// A fault is a half sentence without the directive's name: '"abc" is not a whole number'.

using System.Globalization;

namespace Godwit.Settings;

/// <summary>Every value form the directive table uses.</summary>
internal static partial class ValueParsers
{
    private const int MaxShown = 60;

    public static ValueForm<bool> YesNo { get; } = new("yes or no", TryBoolean, v => v ? "yes" : "no");

    /// <summary>Octets. A bare number is octets.</summary>
    public static ValueForm<long> Size { get; } = new("a size such as 250M", TrySize, PrintSize);

    /// <summary>Octets; 0 and <c>unlimited</c> are no limit.</summary>
    public static ValueForm<long> SizeOrUnlimited { get; } = new(
        "a size such as 10M, or unlimited", (text, reading, out value) => IsUnlimited(text, out value) || TrySize(text, reading, out value),
            v => v == 0 ? "unlimited" : PrintSize(v));

    /// <summary>The least size of anything that is written in files; those that are not sent to a webhook have a greater one.</summary>
    public static ValueForm<long> FileSize { get; } = new(
        "a size of at least 1M; for webhooks 50K to 10M",
        (text, reading, out value) => TrySize(text, reading, out value) && (value >= 50 * 1024 || reading.Fail($"{Show(text)} is less than 1M")),
        PrintSize);

    /// <summary>The deprecated <c>spool-min-free-space</c> counts mebibytes.</summary>
    public static ValueForm<long> Mebibytes { get; } = new(
        "a whole number of megabytes", (text, reading, out value) =>
        {
            bool read = TryInteger(text, reading, 0, int.MaxValue, out int number);
            value = number * 1024L * 1024;
            return read;
        }, v => (v / (1024 * 1024)).ToString(CultureInfo.InvariantCulture));

    /// <summary>0 least, 100 first.</summary>
    public static ValueForm<int> Priority { get; } = Integer(0, 100);

    /// <summary>OpenSSL's list of ciphers up to TLS 1.2: names and classes with <c>: , + - ! @</c> between them.</summary>
    public static ValueForm<string> CipherList { get; } = Word(
        "OpenSSL's list of ciphers", c => char.IsAsciiLetterOrDigit(c) || c is ':' or ',' or '+' or '-' or '!' or '@' or '_' or '=' or '.',
        text => $"{Show(text)} is not a list of ciphers such as HIGH:!ADH");

    /// <summary>Names of TLS 1.3 suites between colons.</summary>
    public static ValueForm<string> CipherSuites { get; } = Word(
        "suites such as TLS_AES_128_GCM_SHA256, colon separated", c => char.IsAsciiLetterOrDigit(c) || c is ':' or '_',
        text => $"{Show(text)} is not a list of suites such as TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");

    /// <summary>True is JSON.</summary>
    public static ValueForm<bool> LogFormat => Choice(("text", false), ("json", true));

    /// <summary>The lengths that parameters for Diffie-Hellman may have.</summary>
    public static ValueForm<int> KeyLength => Choice(("1024", 1024), ("2048", 2048), ("4096", 4096));

    public static ValueForm<int> Integer(int least, int most = int.MaxValue) => new(
        most == int.MaxValue ? "a whole number" : $"a whole number from {least} to {most}",
        (text, reading, out value) => TryInteger(text, reading, least, most, out value));

    /// <summary>0 is no limit and prints as <paramref name="none"/>.</summary>
    public static ValueForm<int> IntegerOrUnlimited(string none) => IntegerOr("unlimited", none);

    /// <summary>A number, or a word for 0.</summary>
    public static ValueForm<int> IntegerOr(string word, string none) => new(
        $"a whole number, or {word}",
        (text, reading, out value) =>
        {
            value = 0;
            return text.Equals(word, StringComparison.OrdinalIgnoreCase) || TryInteger(text, reading, 0, int.MaxValue, out value);
        },
        v => v == 0 ? none : v.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Connections at once. Some would take 0 for "never" and others for "no limit", and the reference does not say: the operator has to.
    /// </summary>
    public static ValueForm<int> Connections { get; } = new(
        "a whole number, at least 1",
        (text, reading, out value) => TryInteger(text, reading, 0, int.MaxValue, out value)
            && (value > 0 || reading.Fail("0 connections would deliver nothing; write a number from 1")));

    /// <summary>The same where no limit is possible, which is 0 for its readers and prints as <c>unlimited</c>.</summary>
    public static ValueForm<int> ConnectionsOrUnlimited { get; } = new(
        "a whole number, at least 1, or unlimited",
        (text, reading, out value) =>
        {
            bool free = IsUnlimited(text, out long _);
            value = 0;
            return free || (TryInteger(text, reading, 0, int.MaxValue, out value)
                && (value > 0 || reading.Fail("0 connections would deliver nothing; write a number from 1, or unlimited")));
        },
        v => v == 0 ? "unlimited" : v.ToString(CultureInfo.InvariantCulture));

    /// <summary>One of a few words, each standing for a value.</summary>
    public static ValueForm<T> Choice<T>(params (string Word, T Value)[] choices)
        where T : struct
    {
        string shape = string.Join(", ", choices.Select(c => c.Word));
        return new ValueForm<T>(
            shape,
            (text, reading, out value) =>
            {
                foreach ((string word, T meaning) in choices)
                {
                    if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
                    {
                        value = meaning;
                        return true;
                    }
                }

                value = default;
                return reading.Fail($"{Show(text)} is none of: {shape}");
            },
            v => choices.First(c => c.Value.Equals(v)).Word);
    }

    /// <summary>One of a few words, for directives that nothing reads yet.</summary>
    public static ValueForm<string> Words(params string[] words) => new(
        string.Join(", ", words),
        (text, reading, out value) =>
        {
            value = Array.Find(words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? "";
            return value.Length > 0 || reading.Fail($"{Show(text)} is none of: {string.Join(", ", words)}");
        });

    /// <summary>A value as it may stand in a message: cut, so that a pasted page does not fill the screen.</summary>
    public static string Show(string text)
    {
        string shown = SecretText.Value(text);
        return shown.Length <= MaxShown ? $"\"{shown}\"" : $"\"{shown[..MaxShown]}...\"";
    }

    private static bool IsUnlimited(string text, out long value)
    {
        value = 0;
        return text.Equals("unlimited", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryBoolean(string text, ValueReading reading, out bool value)
    {
        value = text.Equals("yes", StringComparison.OrdinalIgnoreCase) || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || text.Equals("no", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase)
            || reading.Fail($"{Show(text)} is not yes, no, true or false");
    }

    private static bool TryInteger(string text, ValueReading reading, int least, int most, out int value)
    {
        if (text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            value = 0;
            return reading.Fail($"{Show(text)} is more than {most}");
        }

        if (!int.TryParse(text, least < 0 ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            return reading.Fail($"{Show(text)} is not a whole number");
        }

        return (value >= least && value <= most)
            || reading.Fail(most == int.MaxValue ? $"{value} is less than {least}" : $"{value} is not between {least} and {most}");
    }

    private static bool TrySize(string text, ValueReading reading, out long value)
    {
        int digits = Digits(text, 0);
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            || text.Length > digits + 1
            || !TryScale(text.Length > digits ? text[digits] : 'b', out int shift)
            || value > long.MaxValue >> shift)
        {
            value = 0;
            return reading.Fail($"{Show(text)} is not a size such as 500K, 250M or 2G");
        }

        value <<= shift;
        return true;
    }

    /// <summary>Powers of 1024.</summary>
    private static bool TryScale(char suffix, out int shift)
    {
        int power = "bkmgt".IndexOf(char.ToLowerInvariant(suffix), StringComparison.Ordinal);
        shift = Math.Max(0, power) * 10;
        return power >= 0;
    }

    private static string PrintSize(long value)
    {
        int power = 0;
        while (power < 4 && value != 0 && value % 1024 == 0)
        {
            value /= 1024;
            power++;
        }

        return power == 0 ? value.ToString(CultureInfo.InvariantCulture) : $"{value}{"bKMGT"[power]}";
    }

    private static int Digits(string text, int from)
    {
        int i = from;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
        {
            i++;
        }

        return i;
    }
}
