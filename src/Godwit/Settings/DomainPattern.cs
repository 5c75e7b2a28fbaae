// A set of domains as <domain> and relay-domain name it: *, a.b, *.a.b, [*.]a.b, [10/8], and the reserved names.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The kinds of pattern.</summary>
public enum DomainPatternKind : byte
{
    /// <summary><c>*</c></summary>
    All,

    /// <summary><c>[*.]a.b</c></summary>
    Both,

    /// <summary><c>*.a.b</c></summary>
    Below,

    /// <summary><c>a.b</c>, and address literals without a mask.</summary>
    Exact,

    /// <summary><c>[10.0.0.0/8]</c>: address literals in a block.</summary>
    Network,

    /// <summary><c>local</c>: every name of this host.</summary>
    LocalHosts,

    /// <summary><c>{bounce}</c> and its like: internal queues.</summary>
    Reserved,
}

/// <summary>One pattern, macros already put in.</summary>
/// <param name="Name">The canonical domain, without a wildcard; empty for the kinds that have none.</param>
public readonly record struct DomainPattern(DomainPatternKind Kind, string Name, IPNetwork Network)
{
    private static readonly string[] _reserved = ["{sparkpost}", "{bounce}", "{feedbackLoop}", "{bounceProcessor}", "{gmImprinter}"];

    /// <summary>Reads a pattern; <paramref name="fault"/> is a sentence when it is none.</summary>
    public static bool TryParse(string text, out DomainPattern pattern, out string fault)
    {
        fault = "";
        pattern = default;
        if (text == "*")
        {
            return true;
        }

        if (text.Equals("local", StringComparison.OrdinalIgnoreCase))
        {
            pattern = new DomainPattern(DomainPatternKind.LocalHosts, "", default);
            return true;
        }

        if (text is ['{', ..])
        {
            string name = text;
            pattern = new DomainPattern(DomainPatternKind.Reserved, text, default);
            fault = Array.Exists(_reserved, r => r.Equals(name, StringComparison.OrdinalIgnoreCase))
                ? ""
                : $"{ValueParsers.Show(text)} is not one of {string.Join(", ", _reserved)}";
            return fault.Length == 0;
        }

        if (text is ['[', .., ']'] && text.Contains('/', StringComparison.Ordinal))
        {
            bool block = ValueParsers.TryNetwork(text.AsSpan(1, text.Length - 2), out IPNetwork network);
            pattern = new DomainPattern(DomainPatternKind.Network, "", network);
            fault = block ? "" : $"{ValueParsers.Show(text)} is not a block of addresses in brackets, such as [10.0.0.0/8]";
            return block;
        }

        return TryParseName(text, out pattern, out fault);
    }

    /// <summary>Whether a host's name is one of these. Not for address literals and reserved names.</summary>
    public bool Matches(DomainName host) => Kind switch
    {
        DomainPatternKind.All => true,
        DomainPatternKind.Exact => host.Text == Name,
        DomainPatternKind.Both => host.Text == Name || IsBelow(host.Text),
        DomainPatternKind.Below => IsBelow(host.Text),
        _ => false,
    };

    private bool IsBelow(string host) =>
        host.Length > Name.Length + 1 && host[^(Name.Length + 1)] == '.' && host.EndsWith(Name, StringComparison.Ordinal);

    /// <summary>As it is written in a configuration.</summary>
    public override string ToString() => Kind switch
    {
        DomainPatternKind.All => "*",
        DomainPatternKind.Both => $"[*.]{Name}",
        DomainPatternKind.Below => $"*.{Name}",
        DomainPatternKind.Network => $"[{Network}]",
        DomainPatternKind.LocalHosts => "local",
        _ => Name,
    };

    private static bool TryParseName(string text, out DomainPattern pattern, out string fault)
    {
        (DomainPatternKind kind, int prefix) = text.StartsWith("[*.]", StringComparison.Ordinal) ? (DomainPatternKind.Both, 4)
            : text.StartsWith("*.", StringComparison.Ordinal) ? (DomainPatternKind.Below, 2)
            : (DomainPatternKind.Exact, 0);
        bool read = DomainName.TryParse(text.AsSpan(prefix), out DomainName name) && !(kind != DomainPatternKind.Exact && name.IsLiteral);
        // Nearly always the text as it stands: one string is enough for both.
        pattern = new DomainPattern(kind, name.Text == text ? text : name.Text, default);
        fault = read ? "" : $"{ValueParsers.Show(text)} is not a domain or a pattern such as *.example.com or [*.]example.com"
            + (text.Contains(',', StringComparison.Ordinal) ? "; several domains are one domain-macro" : "");
        return read;
    }
}
