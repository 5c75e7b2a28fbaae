// The mailbox in a From or Sender field: the first address, as far as a signature or an alignment needs it (RFC 5322 section 3.4).
// Static. Comments, quoted names, groups and folds are passed over; what is no address gives none.

using System.Buffers;
using System.Text;

namespace Godwit.Mail;

/// <summary>Finds addresses in header fields.</summary>
public static class HeaderAddress
{
    /// <summary>No address is longer; what comes behind so many octets is not looked at.</summary>
    private const int MaxField = 64 * 1024;

    private static readonly SearchValues<byte> _special = SearchValues.Create("()\"<>:;, \t\r\n"u8);
    private static readonly SearchValues<byte> _specialInBrackets = SearchValues.Create("(\"> \t\r\n"u8);

    /// <summary>The first mailbox of an address list.</summary>
    /// <param name="value">A field's value, folds included.</param>
    public static bool TryFindFirst(ReadOnlySpan<byte> value, out EmailAddress address)
    {
        address = default;
        value = value[..Math.Min(value.Length, MaxField)];
        var bare = new StringBuilder();
        int at = 0;
        while (at < value.Length)
        {
            switch (value[at])
            {
                case (byte)'(':
                    at = PassComment(value, at);
                    break;
                case (byte)'"':
                    int end = PassQuoted(value, at);
                    bare.Append(Encoding.UTF8.GetString(value[at..end]));
                    at = end;
                    break;
                case (byte)'<':
                    return TryInBrackets(value[(at + 1)..], out address);
                case (byte)':' or (byte)';':
                    // A group's name, or its end: what was gathered is no address.
                    bare.Clear();
                    at++;
                    break;
                case (byte)',' when EmailAddress.TryParse(bare.ToString(), out address):
                    return true;
                case (byte)',':
                    bare.Clear();
                    at++;
                    break;
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    at++;
                    break;
                default:
                    int word = value[at..].IndexOfAny(_special);
                    word = word < 0 ? value.Length - at : Math.Max(word, 1);
                    bare.Append(Encoding.UTF8.GetString(value.Slice(at, word)));
                    at += word;
                    break;
            }
        }

        return EmailAddress.TryParse(bare.ToString(), out address);
    }

    private static bool TryInBrackets(ReadOnlySpan<byte> rest, out EmailAddress address)
    {
        address = default;
        var text = new StringBuilder();
        int at = 0;
        while (at < rest.Length && rest[at] != '>')
        {
            if (rest[at] == '"')
            {
                int end = PassQuoted(rest, at);
                text.Append(Encoding.UTF8.GetString(rest[at..end]));
                at = end;
            }
            else if (rest[at] == '(')
            {
                at = PassComment(rest, at);
            }
            else
            {
                if (rest[at] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                {
                    int next = rest[(at + 1)..].IndexOfAny(_specialInBrackets);
                    int length = next < 0 ? rest.Length - at : next + 1;
                    text.Append(Encoding.UTF8.GetString(rest.Slice(at, length)));
                    at += length;
                    continue;
                }

                at++;
            }
        }

        string found = text.ToString();

        // RFC 5322 section 4.4: an old route stands before a colon.
        int route = found is ['@', ..] ? found.IndexOf(':', StringComparison.Ordinal) : -1;
        return EmailAddress.TryParse(found.AsSpan(route + 1), out address);
    }

    /// <summary>Comments nest; a backslash takes the next octet along.</summary>
    private static int PassComment(ReadOnlySpan<byte> value, int at)
    {
        int depth = 0;
        for (; at < value.Length; at++)
        {
            switch (value[at])
            {
                case (byte)'\\':
                    at++;
                    break;
                case (byte)'(':
                    depth++;
                    break;
                case (byte)')' when --depth == 0:
                    return at + 1;
            }
        }

        return value.Length;
    }

    private static int PassQuoted(ReadOnlySpan<byte> value, int at)
    {
        for (at++; at < value.Length; at++)
        {
            if (value[at] == '\\')
            {
                at++;
            }
            else if (value[at] == '"')
            {
                return at + 1;
            }
        }

        return value.Length;
    }
}
