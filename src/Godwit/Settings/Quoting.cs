// Double quotes around values: inside, \" and \\ are escapes; every other backslash is itself.

using System.Text;

namespace Godwit.Settings;

/// <summary>Takes quotes off and puts them on.</summary>
internal static class Quoting
{
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

    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Splits at a separator outside quotes; items are trimmed and unquoted. An item's offset in the text comes with it.</summary>
    public static List<(string Item, int Offset)> SplitItems(string text, char separator)
    {
        var items = new List<(string, int)>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (!quoted && text[i] == separator))
            {
                ReadOnlySpan<char> raw = text.AsSpan(start, i - start);
                int lead = raw.Length - raw.TrimStart().Length;
                raw = raw.Trim();
                items.Add((TryUnquote(raw, out string plain) ? plain : raw.ToString(), start + lead));
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
