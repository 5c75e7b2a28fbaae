// Seals messages as a server does, without one: what was found of the chain, then a set more. Stateless.

using System.Text;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

/// <summary>Seals.</summary>
internal static class SealingDesk
{
    private static readonly SigningDesk _keys = new("domain-key s1, relay.example, /rsa\n");

    public static string? Record(string name) => name == "s1._domainkey.relay.example" ? DkimKeys.RsaRecord : null;

    /// <summary>The message with one set more; the same when nothing may be added.</summary>
    public static async Task<string> SealAsync(string message)
    {
        ContentFindings found = await ContentDesk.CheckAsync(message, Record, wantsBody: true);
        if (!ArcSealer.MaySeal(found.Arc))
        {
            return message;
        }

        byte[] octets = Encoding.Latin1.GetBytes(message);
        HeaderBlock.TryFindEnd(octets, complete: true, out int end);
        DomainName domain = DomainName.Parse("relay.example");
        SigningKey key = _keys.Keys.Of(EnvelopeRecipient.DefaultVirtualMta).Find(domain, DkimAlgorithm.RsaSha256)!;
        string verdicts = ResultsText.Verdicts("mx.relay.example", new SenderFindings { Signatures = found.Signatures, Arc = found.Arc });
        byte[] set = ArcSealer.Seal(
            new SealOrder(found.Arc, verdicts, found.Body!.Value, key.Key, key.Selector, domain), octets.AsMemory(0, end), Instant.FromUnixMilliseconds(ContentDesk.Now * 1000));
        return Encoding.Latin1.GetString(set) + message;
    }
}
