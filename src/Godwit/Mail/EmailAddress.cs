// An address as SMTP carries it: local part and domain, the text kept as it was written, the domain also in canonical form.
// This is the one gate for addresses: what passes TryParse holds no CR, LF, NUL, blank outside quotes or other control character.

using System.Text;

namespace Godwit.Mail;

/// <summary>A mailbox (RFC 5321 section 4.1.2, RFC 6531 section 3.3) or the null reverse-path. The default value is the null path.</summary>
public readonly record struct EmailAddress
{
    /// <summary>RFC 5321 section 4.5.3.1.3: a path is at most 256 octets with its brackets.</summary>
    public const int MaxOctets = 254;

    /// <summary>RFC 5321 section 4.5.3.1.1.</summary>
    public const int MaxLocalPartOctets = 64;

    private readonly string? _text;
    private readonly int _localLength;

    private EmailAddress(string text, int localLength, DomainName domain)
    {
        _text = text;
        _localLength = localLength;
        Domain = domain;
    }

    /// <summary>The null reverse-path <c>&lt;&gt;</c>.</summary>
    public static EmailAddress Null => default;

    public bool IsNull => _text is null;

    /// <summary>The address as written, without brackets; empty for the null path.</summary>
    public string Text => _text ?? "";

    /// <summary>What stands before the <c>@</c>, quotes included.</summary>
    public string LocalPart => _text is null ? "" : _text[.._localLength];

    /// <summary>The canonical domain; absent for the null path and for a bare <c>postmaster</c>.</summary>
    public DomainName Domain { get; }

    /// <summary>Whether it can only be sent with SMTPUTF8: the local part is not ASCII. A Unicode domain alone has an A-label form.</summary>
    public bool NeedsSmtpUtf8 => _text is not null && !Ascii.IsValid(_text.AsSpan(0, _localLength));

    /// <summary>The form to send to a peer: as written, but with the canonical ASCII domain where it was typed in Unicode.</summary>
    public string WireText => _text is null ? "" : Ascii.IsValid(_text.AsSpan(_localLength)) ? _text : $"{LocalPart}@{Domain.Text}";

    /// <summary>Reads an address without brackets. The empty text is refused here; the null path is the caller's case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EmailAddress address)
    {
        address = default;
        if (text.IsEmpty || Encoding.UTF8.GetByteCount(text) > MaxOctets)
        {
            return false;
        }

        int localLength = text[0] == '"' ? QuotedLength(text) : DotAtomLength(text);
        if (localLength <= 0 || Encoding.UTF8.GetByteCount(text[..localLength]) > MaxLocalPartOctets)
        {
            return false;
        }

        if (localLength == text.Length)
        {
            // RFC 5321 section 2.3.5: only postmaster may stand without a domain.
            bool postmaster = text.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
            address = postmaster ? new EmailAddress(text.ToString(), localLength, default) : default;
            return postmaster;
        }

        if (text[localLength] != '@' || !DomainName.TryParse(text[(localLength + 1)..], out DomainName domain))
        {
            return false;
        }

        address = new EmailAddress(text.ToString(), localLength, domain);
        return true;
    }

    /// <summary>Reads an address from the wire; the octets must be valid UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out EmailAddress address)
    {
        address = default;
        if (octets.Length > MaxOctets)
        {
            return false;
        }

        Span<char> chars = stackalloc char[MaxOctets];
        return System.Text.Unicode.Utf8.ToUtf16(octets, chars, out _, out int written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
            && TryParse(chars[..written], out address);
    }

    /// <summary>Reads an address that the program itself wrote; the empty text is the null path. Throws <see cref="FormatException"/>.</summary>
    public static EmailAddress Parse(string text) =>
        text.Length == 0 ? Null : TryParse(text, out EmailAddress address) ? address : throw new FormatException($"'{text}' is not an e-mail address");

    public override string ToString() => Text;

    /// <summary>Length of a dot-string local part, 0 when it is none. Real mail has leading, trailing and double dots, so dots are free.</summary>
    private static int DotAtomLength(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '@')
            {
                return i;
            }

            if (c <= ' ' || c == 0x7f || "()<>[]:;,\\\"".Contains(c, StringComparison.Ordinal) || char.IsControl(c) || char.IsWhiteSpace(c))
            {
                return 0;
            }
        }

        return text.Length;
    }

    /// <summary>Length of a quoted-string local part with its quotes, 0 when it is none (RFC 5321: qtextSMTP and quoted pairs, printable only).</summary>
    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (int i = 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"')
            {
                return i == 1 ? 0 : i + 1;
            }

            if (c == '\\')
            {
                i++;
                c = i < text.Length ? text[i] : '\0';
            }

            if (char.IsControl(c))
            {
                return 0;
            }
        }

        return 0;
    }
}
