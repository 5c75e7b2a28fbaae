// Reads SPF records (RFC 7208 section 4.6, 5 and 12). A record is a stranger's text: it is read whole before any of it counts, and one error spoils
// it (section 4.6). Static; what it costs is bounded by the record's length.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Verification;

/// <summary>Text → terms.</summary>
internal static class SpfReader
{
    /// <summary>
    /// Octets of a record. Section 3.4 advises 450, so that an answer fits into 512; senders with many addresses pass that, none comes near this.
    /// </summary>
    public const int MaxRecord = 16 * 1024;

    private const string Version = "v=spf1";

    /// <summary>No brackets and no zone, which .NET reads too.</summary>
    private static readonly SearchValues<char> _ofSixth = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Whether a TXT record is an SPF record: the version, then a space or the end (section 4.5).</summary>
    public static bool IsRecord(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Reads a record that <see cref="IsRecord"/> has recognised. False with what is wrong.</summary>
    public static bool TryRead(string text, out SpfRecord record, out string problem)
    {
        record = new SpfRecord([], null, null);
        if (text.Length > MaxRecord)
        {
            problem = $"the record is longer than {MaxRecord} octets";
            return false;
        }

        if (text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            problem = "the record has control characters, or others that are not ASCII";
            return false;
        }

        var terms = new List<SpfTerm>();
        string? redirect = null;
        string? explanation = null;
        foreach (string word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int nameEnd = word.AsSpan().IndexOfAny(":/=");
            bool isModifier = nameEnd > 0 && word[nameEnd] == '=' && IsModifierName(word.AsSpan(0, nameEnd));
            if (!isModifier)
            {
                if (!TryReadMechanism(word, out SpfTerm term, out problem))
                {
                    return false;
                }

                terms.Add(term);
                continue;
            }

            string value = word[(nameEnd + 1)..];
            if (!TryReadModifier(word[..nameEnd], value, ref redirect, ref explanation, out problem))
            {
                return false;
            }
        }

        record = new SpfRecord(terms, redirect, explanation);
        problem = "";
        return true;
    }

    private static bool TryReadModifier(string name, string value, ref string? redirect, ref string? explanation, out string problem)
    {
        problem = "";
        if (name.Equals("redirect", StringComparison.OrdinalIgnoreCase))
        {
            // Section 6: each of the two at most once.
            problem = redirect is not null ? "redirect= stands twice" : SpfMacro.DomainSpecProblem(value);
            redirect = value;
        }
        else if (name.Equals("exp", StringComparison.OrdinalIgnoreCase))
        {
            problem = explanation is not null ? "exp= stands twice" : SpfMacro.DomainSpecProblem(value);
            explanation = value;
        }
        else
        {
            // Section 6: unknown modifiers are ignored, whatever their well-formed value.
            problem = SpfMacro.Problem(value, forExplanation: false);
        }

        problem = problem.Length == 0 ? "" : $"{name}={value}: {problem}";
        return problem.Length == 0;
    }

    private static bool IsModifierName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(name[0]);
    }

    private static bool TryReadMechanism(string word, out SpfTerm term, out string problem)
    {
        SpfResult means = word[0] switch
        {
            '-' => SpfResult.Fail,
            '~' => SpfResult.SoftFail,
            '?' => SpfResult.Neutral,
            _ => SpfResult.Pass,
        };
        string bare = word[0] is '+' or '-' or '~' or '?' ? word[1..] : word;
        int nameEnd = bare.AsSpan().IndexOfAny(":/");
        string name = nameEnd < 0 ? bare : bare[..nameEnd];
        string rest = nameEnd < 0 ? "" : bare[nameEnd..];
        term = null!;
        if (!TryName(name, out SpfMechanism mechanism))
        {
            problem = $"unknown mechanism {word}";
            return false;
        }

        problem = mechanism switch
        {
            SpfMechanism.All => rest.Length > 0 ? "all takes no argument" : "",
            SpfMechanism.Ip4 or SpfMechanism.Ip6 => ReadNetwork(word, means, mechanism, rest, out term),
            _ => ReadDomain(word, means, mechanism, rest, out term),
        };
        term ??= new SpfTerm(word, means, mechanism, "", null, 32, 128);
        problem = problem.Length == 0 ? "" : $"{word}: {problem}";
        return problem.Length == 0;
    }

    private static bool TryName(string name, out SpfMechanism mechanism)
    {
        mechanism = name.ToLowerInvariant() switch
        {
            "all" => SpfMechanism.All,
            "include" => SpfMechanism.Include,
            "a" => SpfMechanism.A,
            "mx" => SpfMechanism.Mx,
            "ptr" => SpfMechanism.Ptr,
            "ip4" => SpfMechanism.Ip4,
            "ip6" => SpfMechanism.Ip6,
            "exists" => SpfMechanism.Exists,
            _ => (SpfMechanism)byte.MaxValue,
        };
        return mechanism != (SpfMechanism)byte.MaxValue;
    }

    private static string ReadNetwork(string word, SpfResult means, SpfMechanism mechanism, string rest, out SpfTerm term)
    {
        term = null!;
        if (rest.Length < 2 || rest[0] != ':')
        {
            return "an address is missing";
        }

        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? rest[1..] : rest[1..slash];
        bool fourth = mechanism == SpfMechanism.Ip4;
        int most = fourth ? 32 : 128;
        int prefix = most;
        if (slash >= 0 && !TryPrefix(rest[(slash + 1)..], most, out prefix))
        {
            return $"the prefix length must be a number up to {most}";
        }

        if (!(fourth ? TryFour(address, out IPAddress? network) : TrySix(address, out network)))
        {
            return "no such address";
        }

        term = new SpfTerm(word, means, mechanism, "", network, fourth ? prefix : 32, fourth ? 128 : prefix);
        return "";
    }

    /// <summary>include, exists, a, mx, ptr: a domain-spec, which a, mx and ptr may leave out; a and mx with prefix lengths behind it.</summary>
    private static string ReadDomain(string word, SpfResult means, SpfMechanism mechanism, string rest, out SpfTerm term)
    {
        term = null!;
        int prefix4 = 32;
        int prefix6 = 128;
        if (mechanism is SpfMechanism.A or SpfMechanism.Mx)
        {
            // A domain-spec may hold slashes too, so the prefix lengths are what digits at the end say.
            int sixth = rest.LastIndexOf("//", StringComparison.Ordinal);
            if (sixth >= 0 && IsDigits(rest.AsSpan(sixth + 2)))
            {
                if (!TryPrefix(rest[(sixth + 2)..], 128, out prefix6))
                {
                    return "the prefix length for IPv6 must be a number up to 128";
                }

                rest = rest[..sixth];
            }

            int fourth = rest.LastIndexOf('/');
            if (fourth >= 0 && IsDigits(rest.AsSpan(fourth + 1)))
            {
                if (!TryPrefix(rest[(fourth + 1)..], 32, out prefix4))
                {
                    return "the prefix length for IPv4 must be a number up to 32";
                }

                rest = rest[..fourth];
            }
        }

        string domain = rest.Length > 0 ? rest[1..] : "";
        bool mayLack = mechanism is SpfMechanism.A or SpfMechanism.Mx or SpfMechanism.Ptr;
        if (rest.Length == 0 ? !mayLack : rest[0] != ':' || domain.Length == 0)
        {
            return rest.Length > 0 && rest[0] == '/' ? "a prefix length that is no number" : "a domain is missing";
        }

        string fault = rest.Length == 0 ? "" : SpfMacro.DomainSpecProblem(domain);
        term = new SpfTerm(word, means, mechanism, domain, null, prefix4, prefix6);
        return fault;
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>Section 5.6: no leading zeros.</summary>
    private static bool TryPrefix(string text, int most, out int prefix)
    {
        prefix = 0;
        return text.Length is > 0 and <= 3 && IsDigits(text) && (text.Length == 1 || text[0] != '0')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= most;
    }

    private static bool TryFour(string text, out IPAddress? address)
    {
        address = null;
        string[] parts = text.Split('.');
        return parts.Length == 4 && Array.TrueForAll(parts, part => TryPrefix(part, 255, out _)) && IPAddress.TryParse(text, out address);
    }

    private static bool TrySix(string text, out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6
        && !text.AsSpan().ContainsAnyExcept(_ofSixth);
}
