// Seals a message that is passed on: what was found of it here, a signature over it as it leaves, and a seal over the chain (RFC 8617 section 5.1).
// Static; costs two signatures, so it runs on the threads that sign.

using System.Buffers;
using System.Globalization;
using System.Text;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>What one set is made of.</summary>
/// <param name="Chain">What was found of the chain that the message came with.</param>
/// <param name="Verdicts">What stands in the results field, without a number: the host and its findings.</param>
/// <param name="Body">The hash of the body in relaxed form.</param>
internal sealed record SealOrder(ArcFinding Chain, string Verdicts, BodyHash Body, DkimKey Key, string Selector, DomainName Domain);

/// <summary>Makes sets.</summary>
internal static class ArcSealer
{
    private static readonly HeaderSelector[] _signatures = [new("DKIM-Signature", null)];

    /// <summary>
    /// Whether a set may be added: the chain has room, no seal of it says that it is broken, and what is wrong with it is not a passing trouble of DNS.
    /// </summary>
    public static bool MaySeal(ArcFinding chain) =>
        chain is { Instance: < ArcSet.MaxInstance, IsTemporary: false, IsSealedAsFailed: false };

    /// <summary>The three fields, the seal first, to stand before the header.</summary>
    /// <param name="header">The header as it leaves.</param>
    public static byte[] Seal(SealOrder order, ReadOnlyMemory<byte> header, Instant now)
    {
        string instance = (order.Chain.Instance + 1).ToString(CultureInfo.InvariantCulture);
        long seconds = now.UnixMilliseconds / 1000;
        byte[] results = Encoding.ASCII.GetBytes($"{ArcSet.ResultsName}: i={instance}; {order.Verdicts}\r\n");
        byte[] message = SignMessage(order, new HeaderBlock(header.Span), instance, seconds);
        byte[] seal = SignChain(order, new HeaderIndex(header), results, message, instance, seconds);
        return [.. seal, .. message, .. results];
    }

    /// <summary>Section 4.1.2.</summary>
    private static byte[] SignMessage(SealOrder order, HeaderBlock header, string instance, long seconds)
    {
        List<SignedField> fields = SignedFields.Choose(header, _signatures, []);
        SignatureText text = Begin(ArcSet.MessageName, order, instance, seconds);
        text.Tag("c", "relaxed/relaxed");
        text.List("h", fields.ConvertAll(field => field.Name));
        text.Tag("bh", Convert.ToBase64String(order.Body.Hash));
        var canonical = new ArrayBufferWriter<byte>(4096);
        foreach (SignedField field in fields)
        {
            if (field.Field.Length > 0)
            {
                CanonicalHeader.Write(canonical, header.Octets.Slice(field.Field.Start, field.Field.Length), DkimCanonicalization.Relaxed);
            }
        }

        return Sign(order, text, canonical);
    }

    /// <summary>Section 5.1.1; section 5.1.2: over a broken chain only the set itself.</summary>
    private static byte[] SignChain(SealOrder order, HeaderIndex header, byte[] results, byte[] message, string instance, long seconds)
    {
        SignatureText text = Begin(ArcSet.SealName, order, instance, seconds);
        text.Tag("cv", order.Chain.Word);
        var canonical = new ArrayBufferWriter<byte>(8192);
        if (order.Chain.Result == ArcResult.Pass)
        {
            foreach (ArcSet set in ArcSet.Find(header, out _, out _))
            {
                CanonicalHeader.Write(canonical, header.Octets(set.Results), DkimCanonicalization.Relaxed);
                CanonicalHeader.Write(canonical, set.Message.Octets, DkimCanonicalization.Relaxed);
                CanonicalHeader.Write(canonical, set.Seal.Octets, DkimCanonicalization.Relaxed);
            }
        }

        CanonicalHeader.Write(canonical, results, DkimCanonicalization.Relaxed);
        CanonicalHeader.Write(canonical, message, DkimCanonicalization.Relaxed);
        return Sign(order, text, canonical);
    }

    private static SignatureText Begin(string name, SealOrder order, string instance, long seconds)
    {
        var text = new SignatureText(name);
        text.Tag("i", instance);
        text.Tag("a", order.Key.AlgorithmName);
        text.Tag("d", order.Domain.Text);
        text.Tag("s", order.Selector);
        text.Tag("t", seconds);
        return text;
    }

    private static byte[] Sign(SealOrder order, SignatureText text, ArrayBufferWriter<byte> canonical)
    {
        CanonicalHeader.WriteLast(canonical, Encoding.ASCII.GetBytes(text.Unsigned()), DkimCanonicalization.Relaxed);
        return text.Signed(Convert.ToBase64String(order.Key.Sign(canonical.WrittenSpan)));
    }
}
