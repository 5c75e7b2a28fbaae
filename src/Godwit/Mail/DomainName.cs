// A domain in its one canonical form: lower case, no final dot, A-labels for international names; or an address literal in brackets.
// Everything that compares domains (queues, settings, caches) compares this.

using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Mail;

/// <summary>A canonical domain name or address literal (RFC 5321 section 4.1.2, 4.1.3). The default value is the absent domain.</summary>
public readonly record struct DomainName
{
    /// <summary>RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters of text.</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    private static readonly IdnMapping _idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    private readonly string? _text;

    private DomainName(string canonical) => _text = canonical;

    /// <summary>The canonical text; empty when absent.</summary>
    public string Text => _text ?? "";

    public bool IsEmpty => string.IsNullOrEmpty(_text);

    /// <summary>Whether this is <c>[192.0.2.1]</c> or <c>[IPv6:2001:db8::1]</c>.</summary>
    public bool IsLiteral => _text is ['[', ..];

    /// <summary>Reads a domain as people write it. Accepts a final dot, upper case, Unicode labels, underscores; refuses empty and overlong labels.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DomainName domain)
    {
        domain = default;
        if (text.Length > 1 && text[^1] == '.')
        {
            text = text[..^1];
        }

        if (text.IsEmpty || text.Length > MaxLength)
        {
            return false;
        }

        if (text[0] == '[')
        {
            return TryParseLiteral(text, out domain);
        }

        string ascii;
        if (Ascii.IsValid(text))
        {
            ascii = IsLower(text) ? text.ToString() : text.ToString().ToLowerInvariant();
        }
        else if (!TryToAscii(text, out ascii))
        {
            return false;
        }

        if (ascii.Length > MaxLength || !HasValidLabels(ascii))
        {
            return false;
        }

        domain = new DomainName(ascii);
        return true;
    }

    /// <summary>
    /// Reads a name that records may stand at although no host is called so: labels of visible ASCII characters and spaces (RFC 2181 section 11). The policies
    /// of senders ask for such names, because they put local parts into them. For questions to DNS only: no mail is for such a domain.
    /// </summary>
    public static bool TryParseRecordName(ReadOnlySpan<char> text, out DomainName name)
    {
        if (TryParse(text, out name))
        {
            return !name.IsLiteral;
        }

        text = text is [_, .., '.'] ? text[..^1] : text;
        if (text.IsEmpty || text.Length > MaxLength || text[0] == '[' || text.ContainsAnyExceptInRange(' ', '~'))
        {
            return false;
        }

        foreach (Range label in text.Split('.'))
        {
            if (text[label].Length is 0 or > MaxLabel)
            {
                return false;
            }
        }

        name = new DomainName(text.ToString().ToLowerInvariant());
        return true;
    }

    /// <summary>Reads a domain that the program itself wrote. Throws <see cref="FormatException"/> when it is none.</summary>
    public static DomainName Parse(string text) =>
        TryParse(text, out DomainName domain) ? domain : throw new FormatException($"'{text}' is not a domain name");

    /// <summary>The address inside a literal.</summary>
    public bool TryGetAddress([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (!IsLiteral)
        {
            return false;
        }

        ReadOnlySpan<char> inner = Text.AsSpan(1, Text.Length - 2);
        return IPAddress.TryParse(inner.StartsWith("ipv6:", StringComparison.Ordinal) ? inner[5..] : inner, out address);
    }

    /// <summary>Whether this is <paramref name="parent"/> or lies below it, at a label boundary.</summary>
    public bool IsWithin(DomainName parent) =>
        !parent.IsEmpty && Text.EndsWith(parent.Text, StringComparison.Ordinal)
        && (Text.Length == parent.Text.Length || Text[Text.Length - parent.Text.Length - 1] == '.');

    public override string ToString() => Text;

    private static bool TryParseLiteral(ReadOnlySpan<char> text, out DomainName domain)
    {
        domain = default;
        if (text.Length < 3 || text[^1] != ']')
        {
            return false;
        }

        ReadOnlySpan<char> inner = text[1..^1];
        bool sixth = inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
        if (!IPAddress.TryParse(sixth ? inner[5..] : inner, out IPAddress? address)
            || (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) != sixth
            || (!sixth && inner.Count('.') != 3))
        {
            return false;
        }

        domain = new DomainName(sixth ? $"[ipv6:{address}]" : $"[{address}]");
        return true;
    }

    private static bool TryToAscii(ReadOnlySpan<char> text, out string ascii)
    {
        try
        {
            ascii = _idn.GetAscii(text.ToString().ToLowerInvariant());
            return true;
        }
        catch (ArgumentException)
        {
            ascii = "";
            return false;
        }
    }

    private static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyInRange('A', 'Z');

    private static bool HasValidLabels(ReadOnlySpan<char> text)
    {
        int label = 0;
        foreach (char c in text)
        {
            if (c == '.')
            {
                if (label == 0)
                {
                    return false;
                }

                label = 0;
            }
            else if ((!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) || ++label > MaxLabel)
            {
                return false;
            }
        }

        return label > 0;
    }
}
