// The three numbers of RFC 3463 that say in a machine's words what a reply says in a man's.

using System.Globalization;

namespace Godwit.Mail;

/// <summary>An enhanced mail system status code (RFC 3463): class 2, 4 or 5, subject and detail 0 to 999. The default value is "none given".</summary>
public readonly record struct EnhancedStatus(byte Class, short Subject, short Detail)
{
    public bool IsNone => Class == 0;

    /// <summary>Reads <c>5.1.1</c> at the start of a reply text. <paramref name="length"/> counts the characters used.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatus status, out int length)
    {
        status = default;
        length = 0;
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
        {
            return false;
        }

        int end = 2;
        if (!TryNumber(text, ref end, out short subject) || end >= text.Length || text[end] != '.')
        {
            return false;
        }

        end++;
        if (!TryNumber(text, ref end, out short detail) || (end < text.Length && text[end] is not (' ' or '\t')))
        {
            return false;
        }

        status = new EnhancedStatus((byte)(text[0] - '0'), subject, detail);
        length = end;
        return true;
    }

    /// <summary>The same finding with another class: a permanent failure of what began as a temporary one.</summary>
    public EnhancedStatus WithClass(byte value) => this with { Class = value };

    public override string ToString() => IsNone ? "" : string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryNumber(ReadOnlySpan<char> text, ref int position, out short value)
    {
        int start = position;
        value = 0;
        while (position < text.Length && position - start < 3 && char.IsAsciiDigit(text[position]))
        {
            value = (short)(value * 10 + (text[position++] - '0'));
        }

        return position > start;
    }
}
