// privacy-policy: what stands in a file instead of local parts. The domain stays, so figures by provider stay right; with a keyed digest the same address
// has the same cover everywhere, and whoever has the key can ask for it (godwit digest). Immutable; holds a key, so it is never printed.

using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Accounting;

/// <summary>Covers the local parts of addresses.</summary>
internal sealed class LocalPartCover
{
    /// <summary>What <c>redact</c> writes when no text stands behind it.</summary>
    private const string UsualRedaction = "redacted";

    private readonly KeyedDigest? _digest;
    private readonly string _redaction;

    private LocalPartCover(KeyedDigest? digest, string redaction) => (_digest, _redaction) = (digest, redaction);

    /// <summary>Null where local parts stay.</summary>
    public static LocalPartCover? Of(PrivacyPolicy policy)
    {
        string key = policy.Key.Reveal();
        byte[] Octets() => policy.IsHexadecimal ? Convert.FromHexString(key) : Encoding.UTF8.GetBytes(key);
        return policy.Method switch
        {
            PrivacyMethod.Redact => new LocalPartCover(null, key.Length > 0 ? key : UsualRedaction),
            PrivacyMethod.SipHash => new LocalPartCover(KeyedDigest.SipHash(Octets()), ""),
            PrivacyMethod.HmacSha256 => new LocalPartCover(KeyedDigest.HmacSha256(Octets()), ""),
            _ => null,
        };
    }

    /// <summary>An address; one without a domain, which nobody should have, is covered whole. Empty stays empty.</summary>
    public string Address(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return "";
        }

        int at = address.LastIndexOf('@');
        return at < 0 ? Cover(address) : string.Concat(Cover(address[..at]), address.AsSpan(at));
    }

    /// <summary>RFC 3461 ORCPT: an address behind its type.</summary>
    public string Original(string? original)
    {
        int type = original?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return type < 0 ? Address(original) : string.Concat(original.AsSpan(0, type + 1), Address(original![(type + 1)..]));
    }

    /// <summary>A text that may repeat the record's own addresses, as replies of hosts do.</summary>
    public string Text(string? text, AccountingRecord record)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        string covered = Replace(text, record.Recipient?.Address ?? EmailAddress.Null);
        covered = Replace(covered, record.Envelope?.Sender ?? EmailAddress.Null);
        string original = record.Recipient?.OriginalRecipient ?? "";
        return EmailAddress.TryParse(original.AsSpan((original.IndexOf(';', StringComparison.Ordinal) + 1)), out EmailAddress first)
            ? Replace(covered, first)
            : covered;
    }

    private string Replace(string text, EmailAddress address) =>
        address.IsNull || address.LocalPart.Length == 0 ? text : text.Replace(address.Text, Address(address.Text), StringComparison.OrdinalIgnoreCase);

    private string Cover(string localPart) => _digest?.Of(localPart.ToLowerInvariant()) ?? _redaction;
}
