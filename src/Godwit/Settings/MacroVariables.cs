// Texts with variables: file-destination, command, the templates of bounce messages. The text stays as written; variables that do not exist are told.

namespace Godwit.Settings;

/// <summary>The variables that a kind of text may have.</summary>
internal static class MacroVariables
{
    private static readonly string[] _delivery = ["bodytype", "ctime", "envid", "from", "isodate", "timet", "rfctime", "to", "user", "domain"];

    /// <summary>The variables of deliveries into files and programs, in lower case.</summary>
    public static IReadOnlyList<string> OfDelivery => _delivery;

    private static readonly string[] _notice =
        ["hostname", "originator", "recipient", "subject", "retryAfter", "bounceAfter", "date", "timeQueued", "response"];

    /// <summary>Where a message is written: <c>/var/mail/$user</c>.</summary>
    public static ValueForm<string> Destination { get; } = new(
        "a path with variables such as $user",
        (text, reading, out value) =>
        {
            bool usable = text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);
            Look(text, "$", "", _delivery, reading, out _);
            value = usable ? Path.GetFullPath(text, reading.BaseDirectory) : "";
            return usable || reading.Fail($"{ValueParsers.Show(text)} is not a path");
        },
        Quoting.Quote);

    /// <summary>A command line, quotes included; a backslash takes its meaning from a $.</summary>
    public static ValueForm<string> Command { get; } = new(
        "a command with variables such as $from",
        (text, reading, out value) =>
        {
            Look(text, "$", "", _delivery, reading, out value);
            return ProgramLine.Read(text, out string problem) is not null || reading.Fail($"the command cannot be used: {problem}");
        }) { Quotes = QuoteUse.Raw };

    /// <summary>A piece of a bounce message: <c>Mail Delivery &lt;noreply@${hostname}&gt;</c>.</summary>
    public static ValueForm<string> Notice { get; } = new(
        "a text with variables such as ${recipient}",
        (text, reading, out value) => Look(text, "${", "}", _notice, reading, out value),
        Quoting.Quote);

    private static bool Look(string text, string open, string close, string[] known, ValueReading reading, out string value)
    {
        value = text;
        for (int at = text.IndexOf(open, StringComparison.Ordinal); at >= 0; at = text.IndexOf(open, at + 1, StringComparison.Ordinal))
        {
            int start = at + open.Length;
            int end = start;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
            {
                end++;
            }

            string name = text[start..end];
            bool escaped = at > 0 && text[at - 1] == '\\';
            bool closed = string.CompareOrdinal(text, end, close, 0, close.Length) == 0;
            if (!escaped && (!closed || !known.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                reading.Caution = $"{open}{name}{close} is not a variable and stays as it is{Spelling.HintOrAll(name, known)}";
            }
        }

        return true;
    }
}
