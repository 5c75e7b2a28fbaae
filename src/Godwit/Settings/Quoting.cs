// Double quotes around values: inside, \" and \\ are escapes; every other backslash is itself.

using System.Text;

namespace Godwit.Settings;

/// <summary>One word or item of a value.</summary>
/// <param name="Text">What it means: without its quotes.</param>
/// <param name="Offset">Where it starts in the value.</param>
/// <param name="Raw">As it is written.</param>
internal readonly record struct ValueWord(string Text, int Offset, string Raw)
{
    /// <summary>It starts with a quote that never ends.</summary>
    public bool IsUnclosed => Quoting.EndOfQuoted(Raw) < 0;

    /// <summary>Where in the value a character of <see cref="Text"/> stands.</summary>
    public int Locate(int offset) => Offset + (Raw.Length == Text.Length ? offset : Quoting.RawOffset(Raw, offset));

    /// <summary>Whether the word is <c>name=value</c>, and the value then.</summary>
    public bool TryValueOf(string name, out ValueWord value)
    {
        bool named = Text.Length > name.Length && Text[name.Length] == '=' && Text.StartsWith(name, StringComparison.OrdinalIgnoreCase);
        value = named ? Quoting.Word(Text, name.Length + 1, Text.Length) : default;
        value = value with { Offset = Locate(value.Offset) };
        return named;
    }
}

/// <summary>Takes quotes off and puts them on.</summary>
internal static class Quoting
{
    public const string NeverClosed = "the quote is never closed (a # starts a comment also inside quotes)";

    /// <summary>Whether the whole text is one quoted string; <paramref name="plain"/> is what it means.</summary>
    public static bool TryUnquote(ReadOnlySpan<char> text, out string plain)
    {
        plain = "";
        int end = EndOfQuoted(text);
        if (end <= 0 || end != text.Length)
        {
            return false;
        }

        ReadOnlySpan<char> inner = text[1..^1];
        plain = inner.Contains('\\') ? Unescape(inner) : inner.ToString();
        return true;
    }

    /// <summary>Where the quoted string that starts the text ends, its closing quote included; 0 when none starts it, -1 when it is not closed.</summary>
    public static int EndOfQuoted(ReadOnlySpan<char> text)
    {
        if (text is not ['"', ..])
        {
            return 0;
        }

        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>Where in a quoted string the character stands that <paramref name="offset"/> means in the plain one.</summary>
    public static int RawOffset(string quoted, int offset)
    {
        int at = 1;
        for (; offset > 0 && at < quoted.Length; offset--)
        {
            at += quoted[at] == '\\' && at + 1 < quoted.Length && quoted[at + 1] is '"' or '\\' ? 2 : 1;
        }

        return at;
    }

    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A part of a value, from <paramref name="start"/> up to <paramref name="end"/>: trimmed and unquoted.</summary>
    public static ValueWord Word(string text, int start, int end)
    {
        ReadOnlySpan<char> raw = text.AsSpan(start, end - start);
        int lead = raw.Length - raw.TrimStart().Length;
        string trimmed = raw.Trim().ToString();
        return new ValueWord(TryUnquote(trimmed, out string plain) ? plain : trimmed, start + lead, trimmed);
    }

    /// <summary>Words with blanks between them; blanks in quotes do not count.</summary>
    public static List<ValueWord> SplitWords(string text)
    {
        var words = new List<ValueWord>();
        for (int at = 0; at < text.Length; at++)
        {
            if (!char.IsWhiteSpace(text[at]))
            {
                int end = EndOfWord(text, at);
                words.Add(Word(text, at, end));
                at = end;
            }
        }

        return words;
    }

    /// <summary>Where the word ends that starts at <paramref name="at"/>.</summary>
    public static int EndOfWord(string text, int at)
    {
        int end = at + Math.Max(0, EndOfQuoted(text.AsSpan(at)));
        while (end < text.Length && !char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return end;
    }

    /// <summary>Splits at a separator outside quotes; items are trimmed and unquoted.</summary>
    public static List<ValueWord> SplitItems(string text, char separator)
    {
        var items = new List<ValueWord>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (!quoted && text[i] == separator))
            {
                items.Add(Word(text, start, i));
                start = i + 1;
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (quoted && text[i] == '\\')
            {
                i++;
            }
        }

        return items;
    }

    private static string Unescape(ReadOnlySpan<char> inner)
    {
        var plain = new StringBuilder(inner.Length);
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length && inner[i + 1] is '"' or '\\')
            {
                i++;
            }

            plain.Append(inner[i]);
        }

        return plain.ToString();
    }
}
