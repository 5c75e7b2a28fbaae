// Whom a message is signed for and with which key: the rules of choosing. Pure.

using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Whom and with what: the outcome of choosing a key for a message.</summary>
/// <param name="Domain"><c>d=</c></param>
/// <param name="Identity"><c>i=</c>: an address, or @domain.</param>
/// <param name="Selector"><c>s=</c></param>
internal sealed record SignatureTerms(DkimSettings Settings, DkimKey Key, string Domain, string Identity, string Selector)
{
    /// <summary>
    /// Adds the signatures of one kind that a message gets: usually one, two where an Ed25519 key stands beside an RSA key, none without a key.
    /// </summary>
    public static void Choose(List<SignatureTerms> chosen, DkimSettings settings, KeyRing keys, HeaderBlock header)
    {
        if (!TryIdentity(settings.Identity, header, out DomainName domain, out string identity)
            || !TryAdd(chosen, settings, keys, domain, identity))
        {
            if (settings.Fallback is { } fallback && TryIdentity(fallback, header, out domain, out identity))
            {
                TryAdd(chosen, settings, keys, domain, identity);
            }
        }
    }

    /// <summary>Adds the signatures for an identity: with the key of the configured kind, and an Ed25519 key beside it. False without a key.</summary>
    /// <param name="under">Only keys that sign with this <c>d=</c>; absent for any.</param>
    public static bool TryAdd(
        List<SignatureTerms> chosen, DkimSettings settings, KeyRing keys, DomainName domain, string identity, DomainName under = default)
    {
        SigningKey? key = keys.Find(domain, settings.Algorithm, under);
        if (key is not null)
        {
            Add(chosen, settings, key, domain, identity);
        }

        if (settings.Algorithm == DkimAlgorithm.Ed25519Sha256)
        {
            return key is not null;
        }

        // RFC 8463 section 3: both, for receivers that do not know the newer one. Alone it signs where there is no RSA key.
        SigningKey? newer = keys.Find(domain, DkimAlgorithm.Ed25519Sha256, key?.DomainFor(domain) ?? under);
        if (newer is not null)
        {
            Add(chosen, settings, newer, domain, identity);
        }

        return key is not null || newer is not null;
    }

    public static void Add(List<SignatureTerms> chosen, DkimSettings settings, SigningKey key, DomainName domain, string identity)
    {
        var terms = new SignatureTerms(settings, key.Key, key.DomainFor(domain).Text, identity, key.Selector);
        if (!chosen.Contains(terms))
        {
            chosen.Add(terms);
        }
    }

    public static bool TryIdentity(DkimIdentity wanted, HeaderBlock header, out DomainName domain, out string identity)
    {
        EmailAddress address = default;
        bool found = wanted.Kind switch
        {
            DkimIdentityKind.SenderOrFrom => TryField(header, "sender"u8, out address) || TryField(header, "from"u8, out address),
            DkimIdentityKind.StrictFrom => TryField(header, "from"u8, out address),
            DkimIdentityKind.Address => EmailAddress.TryParse(wanted.Text, out address),
            _ => false,
        };
        domain = found ? address.Domain : wanted.Kind == DkimIdentityKind.Domain ? DomainName.Parse(wanted.Text) : default;
        identity = found ? $"{address.LocalPart}@{address.Domain.Text}" : $"@{domain.Text}";
        return !domain.IsEmpty;
    }

    private static bool TryField(HeaderBlock header, ReadOnlySpan<byte> name, out EmailAddress address)
    {
        address = default;
        return header.TryFind(name, out HeaderField field) && HeaderAddress.TryFindFirst(header.Value(field), out address) && !address.Domain.IsEmpty;
    }
}
