// Codes of providers whose last digits are bits, one for each list that a source address stands on. Pure.

using System.Text.RegularExpressions;

namespace Godwit.Disposition;

/// <summary>Says which lists a reply means.</summary>
public static partial class BlockListCodes
{
    /// <summary>Comcast's <c>BL00</c> and Cox's <c>IPBL</c>, and the names of their bits from the last digit on.</summary>
    private static readonly (string Letters, string[] Lists)[] _codes =
    [
        ("BL00", ["Spamhaus", "Cloudmark", "SenderScore", "Trend Micro"]),
        ("IPBL", ["Spamhaus Zen", "Return Path", "Invaluement", "Cloudmark"]),
    ];

    /// <summary>For an explanation: <c>BL000011 means Spamhaus, Cloudmark</c>. Empty when the reply has no such code, or the code names no list.</summary>
    public static string Explain(string reply)
    {
        Match match = Code().Match(reply);
        if (!match.Success)
        {
            return "";
        }

        (_, string[] lists) = Array.Find(_codes, c => match.Groups["letters"].ValueSpan.Equals(c.Letters, StringComparison.OrdinalIgnoreCase));
        string bits = match.Groups["bits"].Value;
        string[] named = [.. lists.Where((_, bit) => bits[^(bit + 1)] == '1')];
        return named.Length == 0 ? "" : $"{match.Value.ToUpperInvariant()} means {string.Join(", ", named)}";
    }

    [GeneratedRegex(@"\b(?<letters>BL00|IPBL)(?<bits>[01]{4})\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
