// Lists of tag=value (RFC 6376 section 3.2): signature fields, key records, DMARC records. Made for one text, immutable afterwards.
// The text is a stranger's: its length and its tags are bounded, and a tag that stands twice spoils it.

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Godwit.Verification;

/// <summary>Tags by name.</summary>
internal sealed class TagList
{
    /// <summary>Characters of a text. The longest that is known, a signature over sixty fields, has two thousand.</summary>
    public const int MaxText = 16 * 1024;

    /// <summary>Tags of a text: three times what all standards together define.</summary>
    public const int MaxTags = 64;

    private readonly Dictionary<string, (string Value, int Start, int End)> _tags = new(StringComparer.Ordinal);

    private TagList()
    {
    }

    /// <summary>The name of the first tag; empty when there is none.</summary>
    public string First { get; private set; } = "";

    /// <summary>Reads a list. False with what is wrong.</summary>
    /// <param name="text">Each octet a character; folds may stand in it.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out TagList? list, out string problem)
    {
        list = null;
        problem = text.Length > MaxText ? $"more than {MaxText} characters" : "";
        var read = new TagList();
        for (int at = 0; at < text.Length && problem.Length == 0;)
        {
            int semicolon = text.IndexOf(';', at);
            int end = semicolon < 0 ? text.Length : semicolon;
            problem = read.Take(text, at, end, isLast: semicolon < 0);
            at = end + 1;
        }

        list = problem.Length == 0 ? read : null;
        return problem.Length == 0;
    }

    /// <summary>A tag's value without the blanks around it; null when the tag is missing.</summary>
    public string? this[string name] => _tags.TryGetValue(name, out (string Value, int Start, int End) tag) ? tag.Value : null;

    /// <summary>Where a tag's value lies in the text, blanks around it included: from behind the = to the semicolon or the end.</summary>
    public bool TryLocate(string name, out int start, out int end)
    {
        bool found = _tags.TryGetValue(name, out (string Value, int Start, int End) tag);
        (start, end) = (tag.Start, tag.End);
        return found;
    }

    /// <summary>A value in base64, in which blanks do not count. False when the tag is missing, empty or no base64.</summary>
    public bool TryBase64(string name, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        string? value = this[name];
        if (string.IsNullOrEmpty(value))
        {
            return false;
        }

        byte[] room = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, room, out int length) || length == 0)
        {
            return false;
        }

        octets = room[..length];
        return true;
    }

    /// <summary>A number of seconds or octets; null when the tag is missing. False when the value is no number of at most eighteen digits.</summary>
    public bool TryNumber(string name, out long? number)
    {
        number = null;
        if (this[name] is not { } value)
        {
            return true;
        }

        bool fine = value.Length is > 0 and <= 18 && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        number = fine ? long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) : null;
        return fine;
    }

    /// <summary>The parts of a value between colons, without blanks; empty when the tag is missing.</summary>
    public string[] Parts(string name) => this[name]?.Split(':', StringSplitOptions.TrimEntries) ?? [];

    private string Take(string text, int start, int end, bool isLast)
    {
        ReadOnlySpan<char> whole = text.AsSpan(start, end - start);
        if (whole.Trim(Blanks).IsEmpty)
        {
            // Only behind the last semicolon may there be nothing.
            return isLast ? "" : "an empty tag";
        }

        int sign = whole.IndexOf('=');
        string name = sign < 0 ? "" : whole[..sign].Trim(Blanks).ToString();
        if (!IsName(name))
        {
            return $"\"{PlainText.Of(whole.Trim(Blanks).ToString(), 40)}\" is no tag";
        }

        if (_tags.Count >= MaxTags || !_tags.TryAdd(name, (whole[(sign + 1)..].Trim(Blanks).ToString(), start + sign + 1, end)))
        {
            return _tags.Count >= MaxTags ? $"more than {MaxTags} tags" : $"{name}= stands twice";
        }

        First = _tags.Count == 1 ? name : First;
        return "";
    }

    private const string Blanks = " \t\r\n";

    private static bool IsName(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return name.Length > 0 && char.IsAsciiLetter(name[0]);
    }
}
