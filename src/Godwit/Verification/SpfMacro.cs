// Macro strings of SPF records (RFC 7208 section 7): checked when a record is read, expanded when a term needs it. Static; a text that was checked
// expands without a fault. Letters whose value needs DNS (p) are asked for by the caller before.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Godwit.Verification;

/// <summary>What the letters stand for.</summary>
/// <param name="Sender">With a local part always (section 4.3).</param>
/// <param name="Domain">The current domain.</param>
/// <param name="Address">Dotted, as %{i} wants it.</param>
/// <param name="ReadableAddress">As people write it: %{c}.</param>
/// <param name="IsSixth">Whether the client came over IPv6.</param>
/// <param name="ValidatedName">%{p}: "unknown" when there is none.</param>
/// <param name="Receiver">%{r}: this host.</param>
/// <param name="UnixSeconds">%{t}</param>
internal readonly record struct SpfMacroValues(
    string Sender, string Domain, string Helo, string Address, string ReadableAddress, bool IsSixth, string ValidatedName, string Receiver, long UnixSeconds);

/// <summary>Checks and expands.</summary>
internal static class SpfMacro
{
    /// <summary>Octets of a domain name; what is longer loses labels on the left (section 7.3).</summary>
    public const int MaxDomain = 253;

    /// <summary>Octets of an expanded explanation: a reply line has room for no more.</summary>
    public const int MaxExplanation = 400;

    private static readonly SearchValues<char> _delimiters = SearchValues.Create(".-+,/_=");

    /// <summary>What is wrong with a macro string; empty when nothing.</summary>
    /// <param name="forExplanation">Whether c, r and t may stand, and blanks.</param>
    public static string Problem(ReadOnlySpan<char> text, bool forExplanation)
    {
        for (int at = 0; at < text.Length;)
        {
            if (text[at] != '%')
            {
                if (text[at] is < '!' or > '~' && !(forExplanation && text[at] == ' '))
                {
                    return "a character that must not stand there";
                }

                at++;
                continue;
            }

            if (at + 1 < text.Length && text[at + 1] is '%' or '_' or '-')
            {
                at += 2;
                continue;
            }

            if (!TryReadExpansion(text[at..], forExplanation, out Expansion expansion))
            {
                return "a % that begins no macro";
            }

            at += expansion.Length;
        }

        return "";
    }

    /// <summary>The same for a domain-spec, which ends with a macro or a top-level label (section 12).</summary>
    public static string DomainSpecProblem(string text)
    {
        string problem = Problem(text, forExplanation: false);
        if (problem.Length > 0 || EndsWithMacro(text))
        {
            return problem;
        }

        ReadOnlySpan<char> name = text.EndsWith('.') ? text.AsSpan(0, text.Length - 1) : text;
        int dot = name.LastIndexOf('.');
        return dot < 0 || !IsTopLabel(name[(dot + 1)..]) ? "no domain name" : "";
    }

    /// <summary>Whether %{p} stands in it: the only letter whose value costs questions.</summary>
    public static bool UsesValidatedName(string text) =>
        text.Contains("%{p", StringComparison.OrdinalIgnoreCase);

    /// <summary>Expands a text that has no <see cref="Problem"/>. Cut at <paramref name="limit"/> characters on the right.</summary>
    public static string Expand(string text, in SpfMacroValues values, int limit)
    {
        var result = new StringBuilder(text.Length + 32);
        for (int at = 0; at < text.Length && result.Length < limit;)
        {
            if (text[at] != '%')
            {
                result.Append(text[at++]);
                continue;
            }

            char next = text[at + 1];
            if (next is '%' or '_' or '-')
            {
                result.Append(next switch { '%' => "%", '_' => " ", _ => "%20" });
                at += 2;
                continue;
            }

            TryReadExpansion(text.AsSpan(at), forExplanation: true, out Expansion expansion);
            result.Append(ValueOf(expansion, values));
            at += expansion.Length;
        }

        return result.Length > limit ? result.ToString(0, limit) : result.ToString();
    }

    /// <summary>A domain-spec as the name to ask for: without a final dot, and at most as long as a name may be.</summary>
    public static string ExpandDomain(string text, in SpfMacroValues values)
    {
        // A record may repeat a macro until it is full; labels are lost on the left, so the whole is needed, within what one record can make of it.
        string name = Expand(text, values, SpfReader.MaxRecord).TrimEnd('.');
        if (name.Length > MaxDomain)
        {
            int dot = name.IndexOf('.', name.Length - MaxDomain - 1);
            name = dot < 0 ? "" : name[(dot + 1)..];
        }

        return name;
    }

    private static bool EndsWithMacro(string text)
    {
        if (text.EndsWith("%%", StringComparison.Ordinal) || text.EndsWith("%_", StringComparison.Ordinal) || text.EndsWith("%-", StringComparison.Ordinal))
        {
            return true;
        }

        int open = text.LastIndexOf("%{", StringComparison.Ordinal);
        return text.EndsWith('}') && open >= 0 && TryReadExpansion(text.AsSpan(open), forExplanation: false, out Expansion last)
            && open + last.Length == text.Length;
    }

    /// <summary>Letters, digits and hyphens within, and not all digits.</summary>
    private static bool IsTopLabel(ReadOnlySpan<char> label)
    {
        bool some = false;
        foreach (char c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }

            some |= !char.IsAsciiDigit(c);
        }

        return some && label[0] != '-' && label[^1] != '-';
    }

    private static bool TryReadExpansion(ReadOnlySpan<char> text, bool forExplanation, out Expansion expansion)
    {
        expansion = default;
        int close = text.IndexOf('}');
        if (close < 3 || text[1] != '{')
        {
            return false;
        }

        char letter = char.ToLowerInvariant(text[2]);
        if (!"slodiphv".Contains(letter, StringComparison.Ordinal) && !(forExplanation && "crt".Contains(letter, StringComparison.Ordinal)))
        {
            return false;
        }

        int at = 3;
        int keep = 0;
        while (at < close && char.IsAsciiDigit(text[at]))
        {
            keep = Math.Min((keep * 10) + text[at] - '0', 1000);
            at++;
        }

        bool counted = at > 3;
        bool reversed = text[at] is 'r' or 'R';
        at += reversed ? 1 : 0;
        ReadOnlySpan<char> delimiters = text[at..close];
        expansion = new Expansion(letter, char.IsAsciiLetterUpper(text[2]), counted ? keep : int.MaxValue, reversed, delimiters.ToString(), close + 1);
        return !delimiters.ContainsAnyExcept(_delimiters) && (!counted || keep > 0);
    }

    private static string ValueOf(in Expansion expansion, in SpfMacroValues values)
    {
        int at = values.Sender.LastIndexOf('@');
        string value = expansion.Letter switch
        {
            's' => values.Sender,
            'l' => values.Sender[..at],
            'o' => values.Sender[(at + 1)..],
            'd' => values.Domain,
            'i' => values.Address,
            'p' => values.ValidatedName,
            'h' => values.Helo,
            'c' => values.ReadableAddress,
            'r' => values.Receiver,
            't' => values.UnixSeconds.ToString(CultureInfo.InvariantCulture),
            _ => values.IsSixth ? "ip6" : "in-addr",
        };
        if (expansion.Keep != int.MaxValue || expansion.Reversed || expansion.Delimiters.Length > 0)
        {
            string[] parts = value.Split((expansion.Delimiters.Length > 0 ? expansion.Delimiters : ".").ToCharArray());
            if (expansion.Reversed)
            {
                Array.Reverse(parts);
            }

            value = string.Join('.', parts[Math.Max(0, parts.Length - expansion.Keep)..]);
        }

        return expansion.Escaped ? Escape(value) : value;
    }

    /// <summary>Section 7.3: everything but RFC 3986's unreserved characters.</summary>
    private static string Escape(string value)
    {
        var escaped = new StringBuilder(value.Length + 16);
        foreach (byte octet in Encoding.UTF8.GetBytes(value))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
            {
                escaped.Append((char)octet);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return escaped.ToString();
    }

    /// <param name="Keep">Parts on the right that stay.</param>
    /// <param name="Length">Characters of the whole, from % to the closing brace.</param>
    private readonly record struct Expansion(char Letter, bool Escaped, int Keep, bool Reversed, string Delimiters, int Length);
}
