// Which header fields a signature covers, and in which order: the h= tag (RFC 6376 section 3.5 and 5.4). Static.

using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Chooses header fields.</summary>
internal static class SignedFields
{
    /// <summary>
    /// Fields signed wherever they stand: what says who, to whom, about what and how to read it, and what belongs to lists and resent mail
    /// (RFC 6376 section 5.4.1, RFC 8058 section 4 for List-Unsubscribe-Post).
    /// </summary>
    private static readonly HashSet<string> _usual = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
        "Content-ID", "Content-Description", "Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID",
        "In-Reply-To", "References", "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner",
        "List-Archive",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _usualSpans = _usual.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A name longer than this is no field that anybody signs.</summary>
    private const int MaxName = 200;

    /// <summary>
    /// The fields in the order in which they are hashed: from the last in the message to the first, because a verifier takes the last of a name first
    /// (section 5.4.2); then the names that nobody may add, which hash nothing.
    /// </summary>
    /// <param name="more">Fields signed beyond the usual ones: <c>dkim-headers</c>.</param>
    /// <param name="sealedNames"><c>dkim-disallow-adding-headers</c>: said once more than they stand.</param>
    public static List<SignedField> Choose(HeaderBlock header, IReadOnlyList<HeaderSelector> more, IReadOnlyList<string> sealedNames)
    {
        var chosen = new List<SignedField>();
        Span<char> letters = stackalloc char[MaxName];
        int position = 0;
        while (header.TryNext(position, out HeaderField field))
        {
            position = field.End;
            ReadOnlySpan<byte> name = header.Octets.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8);
            // In h= a name with a semicolon would end the tag.
            if (name.IsEmpty || name.Length > MaxName || name.Contains((byte)';'))
            {
                continue;
            }

            Span<char> text = letters[..System.Text.Encoding.ASCII.GetChars(name, letters)];
            if (IsWanted(text, more, sealedNames))
            {
                chosen.Add(new SignedField(text.ToString(), field));
            }
        }

        chosen.Reverse();
        foreach (string name in sealedNames)
        {
            chosen.Add(new SignedField(name, default));
        }

        // Section 5.4: a signature covers From, also the lack of it.
        if (!chosen.Exists(field => field.Name.Equals("From", StringComparison.OrdinalIgnoreCase)))
        {
            chosen.Add(new SignedField("From", default));
        }

        return chosen;
    }

    private static bool IsWanted(ReadOnlySpan<char> name, IReadOnlyList<HeaderSelector> more, IReadOnlyList<string> sealedNames)
    {
        if (_usualSpans.Contains(name))
        {
            return true;
        }

        foreach (string each in sealedNames)
        {
            if (name.Equals(each, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (HeaderSelector selector in more)
        {
            if (selector.Pattern is null ? name.Equals(selector.Name, StringComparison.OrdinalIgnoreCase) : selector.Pattern.IsMatch(name, out _))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One name in <c>h=</c>.</summary>
/// <param name="Field">Empty where no such field stands: signing that says that none may be added.</param>
internal readonly record struct SignedField(string Name, HeaderField Field);
