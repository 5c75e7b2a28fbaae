// What of a reply is the same for every recipient: everything that differs from mail to mail is replaced by a word for it. Pure.
// Codes of providers (OFR_104, BL000001, IB110) stay: they are what an operator looks for.

using System.Net;
using System.Text.RegularExpressions;
using Godwit.Mail;

namespace Godwit.Disposition;

/// <summary>Makes equal replies equal.</summary>
internal static class ReplyMask
{
    /// <summary>What identifies a reply stands in its first lines.</summary>
    public const int MaxLength = 400;

    /// <summary>Linear in the length of the reply, whatever a peer writes; the time is for a machine that is busy elsewhere.</summary>
    private static readonly Regex _differing = new(
        """
        (?<url>\bhttps?://[^\s>"]+)
        |(?<address>[^\s<>,;:"'()\[\]]+@[^\s<>,;:"'()\[\]]+)
        |(?<ip>\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?\b)
        |(?<time>\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\b)
        |(?<ip6>[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]*)
        |(?<id>\b[0-9a-z]*[0-9][0-9a-z]*(?:-[0-9a-z]+)*\b)
        """,
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
            | RegexOptions.IgnorePatternWhitespace,
        TimeSpan.FromSeconds(1));

    /// <summary>The reply without what differs, at most <see cref="MaxLength"/> characters of it.</summary>
    /// <param name="ours">Domains of the message: its sender's, its recipient's. Absent ones are passed over.</param>
    public static string Of(string reply, ReadOnlySpan<DomainName> ours)
    {
        string text = _differing.Replace(Cut(reply), Word);
        foreach (DomainName domain in ours)
        {
            text = domain.IsEmpty ? text : WithoutDomain(text, domain.Text);
        }

        return text;
    }

    /// <summary>What of a reply is looked at. A word that the cut goes through would make a kind of its own; it is dropped.</summary>
    public static string Cut(string reply) =>
        reply.Length <= MaxLength ? reply : reply[..(reply.LastIndexOf(' ', MaxLength) is var blank and > 0 ? blank : MaxLength)];

    private static string Word(Match match)
    {
        if (match.Groups["url"].Success)
        {
            return "<url>";
        }

        if (match.Groups["address"].Success)
        {
            return "<address>";
        }

        if (match.Groups["ip"].Success)
        {
            return "<ip>";
        }

        if (match.Groups["time"].Success)
        {
            return "<time>";
        }

        return match.Groups["ip6"].Success ? IPAddress.TryParse(match.ValueSpan.TrimEnd(".:"), out _) ? "<ip>" : match.Value
            : IsId(match.ValueSpan) ? "<id>" : match.Value;
    }

    /// <summary>A number of more than four digits, or letters and digits as programs count their messages.</summary>
    private static bool IsId(ReadOnlySpan<char> token)
    {
        int digits = 0;
        int hex = 0;
        int turns = 0;
        for (int i = 0; i < token.Length; i++)
        {
            digits += char.IsAsciiDigit(token[i]) ? 1 : 0;
            hex += char.IsAsciiHexDigit(token[i]) ? 1 : 0;
            turns += i > 0 && char.IsAsciiDigit(token[i]) != char.IsAsciiDigit(token[i - 1]) ? 1 : 0;
        }

        // A provider's code is letters and then digits: it turns once. An id goes back and forth.
        return (digits == token.Length && digits > 4) || (hex == token.Length && token.Length >= 8) || (token.Length >= 10 && turns >= 3);
    }

    /// <summary>A domain where it stands alone, or behind further labels, which are dropped with it.</summary>
    private static string WithoutDomain(string text, string domain)
    {
        for (int at = 0; (at = text.IndexOf(domain, at, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            int end = at + domain.Length;
            int start = at;
            while (start > 0 && IsName(text[start - 1]))
            {
                start--;
            }

            // A full stop behind it ends a sentence; a dot with a letter behind it makes it a longer name.
            bool ends = end == text.Length || !IsName(text[end]) || (text[end] == '.' && (end + 1 == text.Length || !IsName(text[end + 1])));
            if (ends && (start == at || text[at - 1] == '.'))
            {
                text = $"{text[..start]}<domain>{text[end..]}";
                end = start + "<domain>".Length;
            }

            at = end;
        }

        return text;

        static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
    }
}
