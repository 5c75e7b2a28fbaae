// The header of a message, read in place: where it ends, which fields it has, where each begins. Nothing is copied and the body is never touched.

namespace Godwit.Mail;

/// <summary>Where one header field lies in its block; continuation lines and the final CRLF belong to it.</summary>
public readonly record struct HeaderField(int Start, int Length, int NameLength)
{
    public int End => Start + Length;
}

/// <summary>Reads the header fields at the head of a message (RFC 5322 section 2.2). Lines end with CRLF only; reception sees to that.</summary>
public readonly ref struct HeaderBlock(ReadOnlySpan<byte> octets)
{
    /// <summary>The octets this block reads.</summary>
    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>
    /// Length of the header fields at the head of <paramref name="content"/>, without the empty line behind them.
    /// The block ends at an empty line, at a line that is no field, or where the content ends; false while only more content can tell.
    /// </summary>
    public static bool TryFindEnd(ReadOnlySpan<byte> content, bool complete, out int length)
    {
        length = 0;
        while (length < content.Length)
        {
            int line = content[length..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                if (complete && IsFieldOrContinuation(content[length..], length == 0))
                {
                    length = content.Length;
                }

                return complete;
            }

            if (!IsFieldOrContinuation(content.Slice(length, line), length == 0))
            {
                return true;
            }

            length += line + 2;
        }

        return complete;
    }

    /// <summary>The next field at or behind <paramref name="position"/>. False at the end of the block.</summary>
    public bool TryNext(int position, out HeaderField field)
    {
        field = default;
        if (position >= Octets.Length)
        {
            return false;
        }

        int end = position;
        do
        {
            int line = Octets[end..].IndexOf("\r\n"u8);
            end = line < 0 ? Octets.Length : end + line + 2;
        }
        while (end < Octets.Length && Octets[end] is (byte)' ' or (byte)'\t');

        int colon = Octets[position..end].IndexOf((byte)':');
        field = new HeaderField(position, end - position, Math.Max(colon, 0));
        return true;
    }

    /// <summary>The first field of that name.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out HeaderField field)
    {
        int position = 0;
        while (TryNext(position, out field))
        {
            if (IsNamed(field, name))
            {
                return true;
            }

            position = field.End;
        }

        return false;
    }

    /// <summary>How many fields have that name; stops counting at <paramref name="most"/>.</summary>
    public int Count(ReadOnlySpan<byte> name, int most)
    {
        int count = 0;
        int position = 0;
        while (count < most && TryNext(position, out HeaderField field))
        {
            count += IsNamed(field, name) ? 1 : 0;
            position = field.End;
        }

        return count;
    }

    /// <summary>Whether the field's name is this one, ignoring case; blanks before the colon are forgiven (RFC 5322 section 4.5).</summary>
    public bool IsNamed(HeaderField field, ReadOnlySpan<byte> name) =>
        System.Text.Ascii.EqualsIgnoreCase(Octets.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8), name);

    /// <summary>The field's value without surrounding blanks and line ends; folds inside it stay.</summary>
    public ReadOnlySpan<byte> Value(HeaderField field) =>
        Octets.Slice(field.Start, field.Length)[(field.NameLength + 1)..].Trim(" \t\r\n"u8);

    private static bool IsFieldOrContinuation(ReadOnlySpan<byte> line, bool first)
    {
        if (line.IsEmpty)
        {
            return false;
        }

        if (line[0] is (byte)' ' or (byte)'\t')
        {
            return !first;
        }

        int colon = line.IndexOf((byte)':');
        return colon > 0 && !line[..colon].TrimEnd(" \t"u8).ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }
}
