// X-DKIM-Options and X-DKIM-Key: what they hold, read once, on the way in. Static. A value that cannot be used refuses the message: it would be signed
// otherwise than its sender wants. A refusal never quotes a key.

using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>Reads a message's wishes for its signature.</summary>
internal static class SigningFields
{
    public static bool IsOptions(HeaderBlock header, HeaderField field) => header.IsNamed(field, "x-dkim-options"u8);

    public static bool IsKey(HeaderBlock header, HeaderField field) => header.IsNamed(field, "x-dkim-key"u8);

    /// <summary>What is wrong with the fields that the source processes; null when nothing is.</summary>
    /// <param name="wishes">null when the message has none of them.</param>
    public static string? Read(HeaderBlock header, SourceSettings source, ServerSettings server, out SigningWishes? wishes)
    {
        wishes = null;
        if (source.ProcessXDkimOptions && header.TryFind("x-dkim-options"u8, out HeaderField field))
        {
            string? problem = ReadOptions(Encoding.UTF8.GetString(header.Value(field)), server, out wishes);
            if (problem is not null)
            {
                return $"x-dkim-options: {problem}";
            }
        }

        return source.ProcessXDkimKey && header.TryFind("x-dkim-key"u8, out field)
            ? ReadKey(Encoding.UTF8.GetString(header.Value(field)), ref wishes)
            : null;
    }

    private static string? ReadOptions(string text, ServerSettings server, out SigningWishes? wishes)
    {
        var read = new SigningWishes();
        wishes = read;
        if (text.Length > SigningWishes.MaxOptions)
        {
            return $"longer than {SigningWishes.MaxOptions} characters";
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = part[..Math.Max(equals, 0)].TrimEnd();
            string value = part[(equals + 1)..].Trim();
            if (equals <= 0 || value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                return "takes s=SELECTOR; d=DOMAIN; i=IDENTITY; q=METHOD; key-list=NAME, each with a value of printable ASCII characters";
            }

            if (!seen.Add(name))
            {
                return $"{name}= stands twice";
            }

            if (Take(name.ToLowerInvariant(), value, server, ref read) is { } problem)
            {
                return problem;
            }
        }

        wishes = read;
        return read is { Identity.Length: > 0, Domain.IsEmpty: false } && !DomainOf(read.Identity).IsWithin(read.Domain)
            ? "the domain of i= is neither that of d= nor below it (RFC 6376 section 3.5)"
            : null;
    }

    private static string? Take(string name, string value, ServerSettings server, ref SigningWishes wishes)
    {
        switch (name)
        {
            case "s":
                wishes = wishes with { Selector = value };
                return DkimRules.IsSelector(value)
                    ? null
                    : "s= is no selector: letters, digits, hyphens, and dots between them";
            case "d":
                bool isDomain = DomainName.TryParse(value, out DomainName domain) && !domain.IsLiteral;
                wishes = wishes with { Domain = domain };
                return isDomain ? null : "d= is no domain";
            case "i":
                wishes = wishes with { Identity = value };
                return !DomainOf(value).IsEmpty ? null : "i= takes an address, or @ and a domain";
            case "q":
                wishes = wishes with { QueryMethod = value };
                return null;
            case "key-list":
                wishes = wishes with { KeyList = value };
                return server.DomainKeyLists.ContainsKey(value) ? null : $"there is no <domain-key-list {value}>";
            default:
                return "knows s=, d=, i=, q= and key-list= only";
        }
    }

    private static DomainName DomainOf(string identity) =>
        identity is ['@', ..] ? DomainName.TryParse(identity.AsSpan(1), out DomainName domain) ? domain : default
        : EmailAddress.TryParse(identity, out EmailAddress address) ? address.Domain
        : default;

    private static string? ReadKey(string text, ref SigningWishes? wishes)
    {
        if (wishes is not { Selector.Length: > 0 })
        {
            return "x-dkim-key needs x-dkim-options with s=SELECTOR beside it";
        }

        if (text.Length > SigningWishes.MaxKey)
        {
            return $"x-dkim-key is longer than {SigningWishes.MaxKey} characters";
        }

        string pem = Unfold(text);
        bool isKey = PrivateKeyText.TryRead(pem, out _, out byte[] octets, out string fault);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(octets);
        wishes = wishes with { PrivateKey = pem };
        return isKey ? null : $"x-dkim-key {fault}";
    }

    /// <summary>A folded key has blanks where its lines ended; those inside the words of its first and last line stay.</summary>
    private static string Unfold(string text)
    {
        string[] lines = text.Replace("-----BEGIN", "\n-----BEGIN", StringComparison.Ordinal).Replace("-----END", "\n-----END", StringComparison.Ordinal)
            .Replace("KEY-----", "KEY-----\n", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return string.Join('\n', lines);
    }
}
