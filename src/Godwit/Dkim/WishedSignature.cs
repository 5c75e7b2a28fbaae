// The first signature of a message, which the message itself may have wishes for: X-DKIM-Options and X-DKIM-Key. Pure. Without wishes the configuration
// decides alone (SignatureTerms). A wish that no key fulfils leaves the message unsigned, as a sender without a key is.

using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Chooses whom and with what, as the message asks.</summary>
internal static class WishedSignature
{
    /// <exception cref="DkimKeyException">The message brought a key that this machine cannot use.</exception>
    public static void Choose(List<SignatureTerms> chosen, DkimSettings settings, SigningOrder order, HeaderBlock header)
    {
        if (order.Wishes is not { } wishes)
        {
            if (!settings.NeedsWishes)
            {
                SignatureTerms.Choose(chosen, settings, order.Keys, header);
            }

            return;
        }

        if (wishes.QueryMethod.Length > 0)
        {
            settings = settings with { QueryMethod = wishes.QueryMethod };
        }

        KeyRing keys = order.WishedKeys ?? order.Keys;
        if (wishes is { Selector: "", Domain.IsEmpty: true, Identity: "" })
        {
            SignatureTerms.Choose(chosen, settings, keys, header);
            return;
        }

        if (!TryIdentity(wishes, settings, header, out DomainName domain, out string identity))
        {
            return;
        }

        if (wishes.PrivateKey.Length > 0)
        {
            var exactly = new DomainPattern(DomainPatternKind.Exact, domain.Text, default);
            var own = new SigningKey(wishes.Selector, exactly, DkimKey.Read(wishes.PrivateKey, "x-dkim-key"));
            SignatureTerms.Add(chosen, settings, own, domain, identity);
            return;
        }

        // A selector names one key, of whatever kind; else both kinds sign, as always.
        if (wishes.Selector.Length == 0)
        {
            SignatureTerms.TryAdd(chosen, settings, keys, domain, identity, wishes.Domain);
        }
        else if ((keys.Find(domain, settings.Algorithm, wishes.Domain, wishes.Selector)
            ?? keys.Find(domain, DkimAlgorithm.Ed25519Sha256, wishes.Domain, wishes.Selector)
            ?? keys.Find(domain, DkimAlgorithm.RsaSha256, wishes.Domain, wishes.Selector)) is { } key)
        {
            SignatureTerms.Add(chosen, settings, key, domain, identity);
        }
    }

    /// <summary><c>i=</c> as wished; else what the configuration finds, if it lies within the wished <c>d=</c>; else nobody of that domain.</summary>
    private static bool TryIdentity(SigningWishes wishes, DkimSettings settings, HeaderBlock header, out DomainName domain, out string identity)
    {
        identity = wishes.Identity;
        if (identity.Length > 0)
        {
            domain = identity[0] == '@' ? DomainName.Parse(identity[1..]) : EmailAddress.Parse(identity).Domain;
        }
        else if (!SignatureTerms.TryIdentity(settings.Identity, header, out domain, out identity) || !(wishes.Domain.IsEmpty || domain.IsWithin(wishes.Domain)))
        {
            domain = wishes.Domain;
            identity = $"@{domain.Text}";
        }

        domain = wishes.Domain.IsEmpty ? domain : wishes.Domain;
        return !domain.IsEmpty;
    }
}
