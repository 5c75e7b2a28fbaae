// A key of ours beside what DNS publishes for it: what a receiver would make of our signature. Immutable.

using System.Security.Cryptography;
using Godwit.Dkim;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>One key and its published half.</summary>
/// <param name="RecordName">Where receivers look: <c>s1._domainkey.example.com</c>.</param>
/// <param name="File">Where the private half is.</param>
/// <param name="Algorithm">As <c>a=</c> calls it; empty when the key cannot be had.</param>
/// <param name="Fault">What is wrong; empty when receivers find this key.</param>
/// <param name="Expected">What should be published; empty when the key cannot be had.</param>
/// <param name="Remark">What is worth knowing although it works; mostly empty.</param>
public sealed record KeyComparison(string RecordName, string File, string Algorithm, string Fault, string Expected, string Remark)
{
    private const int AdvisedRsaBits = 2048;

    /// <summary>Asks for each key in turn; a server that does not answer is a fault of the key's line.</summary>
    internal static async Task<IReadOnlyList<KeyComparison>> AskAsync(
        IReadOnlyList<SigningKey> keys, DomainName domain, SenderLookup lookup, CancellationToken cancellation)
    {
        var compared = new List<KeyComparison>(keys.Count);
        foreach (SigningKey key in keys)
        {
            string name = $"{key.Selector}._domainkey.{key.DomainFor(domain).Text}";
            DkimKey own;
            try
            {
                own = await key.FindKeyAsync();
            }
            catch (DkimKeyException unknown)
            {
                compared.Add(new KeyComparison(name, key.Source, "", unknown.Message.Replace($"{key.Source}: ", "", StringComparison.Ordinal), "", ""));
                continue;
            }

            KeyAnswer answer = await KeyAnswer.AskAsync(lookup, name, cancellation);
            cancellation.ThrowIfCancellationRequested();
            (string fault, string remark) = answer.Key is { } published ? Compare(own, published) : (answer.Reason, "");
            compared.Add(new KeyComparison(name, key.Source, own.AlgorithmName, fault, own.PublicRecord(), remark));
        }

        return compared;
    }

    /// <summary>Two halves belong together when one verifies what the other signs.</summary>
    private static (string Fault, string Remark) Compare(DkimKey key, KeyRecord published)
    {
        using DkimPublicKey? other = DkimPublicKey.TryRead(published.Algorithm, published.Key);
        if (other is null)
        {
            return ("what is published is no key", "");
        }

        byte[] sample = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        if (published.Algorithm != key.Algorithm || !other.Verify(sample, key.Sign(sample)))
        {
            return ("another key is published", "");
        }

        bool isRsa = published.Algorithm == DkimAlgorithm.RsaSha256;
        return isRsa && other.Bits < DkimRules.MinRsaBits ? ($"a key of {other.Bits} bits is not accepted by receivers (RFC 8301)", "")
            : published.IsTesting ? ("", "published with t=y: receivers are told that the domain only tries DKIM")
            : isRsa && other.Bits < AdvisedRsaBits ? ("", $"{other.Bits} bits; RFC 8301 advises {AdvisedRsaBits}")
            : ("", "");
    }
}
