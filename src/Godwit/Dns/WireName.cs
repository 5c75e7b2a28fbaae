// Domain names on the wire (RFC 1035 section 3.1 and 4.1.4). Everything read here was chosen by a stranger:
// a pointer must point backwards and only so many are followed, so reading ends whatever the bytes are.

using Godwit.Mail;

namespace Godwit.Dns;

/// <summary>Writes, compares and reads names of DNS messages. Pure.</summary>
internal static class WireName
{
    /// <summary>Octets of the longest name, its final zero included (RFC 1035 section 2.3.4).</summary>
    public const int MaxLength = 255;

    private const int MaxLabel = 63;
    private const int PointerMark = 0xC0;

    /// <summary>A name has at most 127 labels, so an honest one never needs more pointers. Caps what a chain of bare pointers can cost.</summary>
    private const int MaxPointers = 127;

    /// <summary>Writes a name without compression; returns the octets written, at most <see cref="MaxLength"/>.</summary>
    public static int Write(DomainName name, Span<byte> to)
    {
        ReadOnlySpan<char> text = name.Text;
        int lengthAt = 0;
        int at = 1;
        foreach (char c in text)
        {
            if (c == '.')
            {
                to[lengthAt] = (byte)(at - lengthAt - 1);
                lengthAt = at;
            }
            else
            {
                to[at] = (byte)c;
            }

            at++;
        }

        to[lengthAt] = (byte)(at - lengthAt - 1);
        to[at] = 0;
        return at + 1;
    }

    /// <summary>
    /// Whether an uncompressed name stands at <paramref name="offset"/> that equals <paramref name="name"/> in any case; moves behind it when so.
    /// </summary>
    public static bool TryMatch(ReadOnlySpan<byte> message, ref int offset, DomainName name)
    {
        ReadOnlySpan<char> text = name.Text;
        int at = offset;
        int read = 0;
        while (at < message.Length)
        {
            int length = message[at++];
            if (length == 0)
            {
                offset = at;
                return read == text.Length;
            }

            int needed = length + (read == 0 ? 0 : 1);
            if (length > MaxLabel || length > message.Length - at || needed > text.Length - read || (read > 0 && text[read++] != '.'))
            {
                return false;
            }

            foreach (byte octet in message.Slice(at, length))
            {
                if (Lower(octet) != text[read++])
                {
                    return false;
                }
            }

            at += length;
        }

        return false;
    }

    /// <summary>Reads a name, compressed or not, and moves behind it. False when the bytes are no name.</summary>
    /// <param name="name">The canonical name; empty for the root, and when <paramref name="kind"/> says it is none a mail server could use.</param>
    /// <param name="likely">
    /// The name that is probably there; returned as it is when so, which saves making it anew. Usable even where no host is called so: somebody asked for it.
    /// </param>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, DomainName likely, out DomainName name, out WireNameKind kind)
    {
        name = default;
        Span<char> buffer = stackalloc char[MaxLength];
        if (!TryReadText(message, ref offset, buffer, out int length, out bool plain, out bool dotted))
        {
            kind = WireNameKind.Unusable;
            return false;
        }

        ReadOnlySpan<char> text = buffer[..length];
        if (length == 0)
        {
            kind = WireNameKind.Root;
        }
        else if (!dotted && text.SequenceEqual(likely.Text))
        {
            name = likely;
            kind = WireNameKind.Usable;
        }
        else
        {
            // Plain text only, so neither a literal's bracket nor a dot inside a label can pass for something else.
            kind = plain && DomainName.TryParse(text, out name) ? WireNameKind.Usable : WireNameKind.Unusable;
        }

        return true;
    }

    /// <param name="plain">Whether only characters of host names are in it.</param>
    /// <param name="dotted">Whether a dot is in one of its labels, which the text does not tell from the dots between them.</param>
    private static bool TryReadText(
        ReadOnlySpan<byte> message, ref int offset, Span<char> text, out int length, out bool plain, out bool dotted)
    {
        length = 0;
        plain = true;
        dotted = false;
        int at = offset;
        int segment = offset;
        int pointers = 0;
        while (at < message.Length)
        {
            int label = message[at++];
            if (label == 0)
            {
                offset = pointers == 0 ? at : offset;
                return true;
            }

            if ((label & PointerMark) == PointerMark)
            {
                if (at >= message.Length)
                {
                    return false;
                }

                int target = ((label & ~PointerMark) << 8) | message[at++];
                offset = pointers == 0 ? at : offset;

                // "A prior occurrence of the same name" (RFC 1035 section 4.1.4): forwards or to itself is an attack.
                if (target >= segment || ++pointers > MaxPointers)
                {
                    return false;
                }

                at = segment = target;
                continue;
            }

            // A label costs its length octet too, and the final zero needs one more: that is the 255 of the wire.
            int separator = length == 0 ? 0 : 1;
            if (label > MaxLabel || label > message.Length - at || length + separator + label > MaxLength - 2)
            {
                return false;
            }

            if (separator != 0)
            {
                text[length++] = '.';
            }

            foreach (byte octet in message.Slice(at, label))
            {
                dotted |= octet == (byte)'.';
                plain &= char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_';
                text[length++] = Lower(octet);
            }

            at += label;
        }

        return false;
    }

    private static char Lower(byte octet) => (char)(octet is >= (byte)'A' and <= (byte)'Z' ? octet | 0x20 : octet);
}

internal enum WireNameKind : byte
{
    Usable,
    Root,

    /// <summary>Well-formed, but with octets no host name has.</summary>
    Unusable,
}
