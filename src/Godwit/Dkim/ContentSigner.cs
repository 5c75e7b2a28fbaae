// Signs one content with all the keys that are chosen for it: the header is read once, the body once, and hashed once for each canonical form.
// Static; runs on a signing thread. Hashes what delivery puts on the wire: a lone CR or LF counts as the CRLF that it becomes there.

using System.Buffers;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Content → signature fields.</summary>
internal static class ContentSigner
{
    /// <summary>The fields that stand before the content, the last one made first; empty when no key fits.</summary>
    public static byte[] Sign(SigningOrder order, Instant now)
    {
        // 1 The header, and what was read behind it.
        ReadOnlyMemory<byte> head = ReadHead(order.Pieces, out int headerLength);
        ReadOnlyMemory<byte> behind = head[headerLength..];
        if (HasLoneLineEnd(head.Span[..headerLength]))
        {
            byte[] canonical = WithCrlf(head.Span[..headerLength]);
            HeaderBlock.TryFindEnd(canonical, complete: true, out headerLength);
            behind = Join(canonical.AsSpan(headerLength), behind.Span);
            head = canonical;
        }

        // 2 Whose signature, and with which keys.
        var header = new HeaderBlock(head.Span[..headerLength]);
        var terms = new List<SignatureTerms>(2);
        if (order.First is { } first)
        {
            WishedSignature.Choose(terms, first, order, header);
        }

        if (order.Second is { } second && (!second.NeedsWishes || order.Wishes is not null))
        {
            SignatureTerms.Choose(terms, second, order.Keys, header);
        }

        if (terms.Count == 0)
        {
            order.Unsigned = (order.First ?? order.Second) is { } wanted && SignatureTerms.TryIdentity(wanted.Identity, header, out DomainName domain, out _)
                ? domain
                : default;
            return [];
        }

        // 3 The body, once for each form. The empty line before it belongs to neither.
        byte[] copy = head.Span[..headerLength].ToArray();
        ReadOnlyMemory<byte> body = behind.Span.StartsWith("\r\n"u8) ? behind[2..] : behind;
        (BodyHash? relaxed, BodyHash? simple) = HashBody(order.Pieces, body, terms);

        // 4 The signatures.
        var fields = new ArrayBufferWriter<byte>(1024);
        foreach (SignatureTerms each in terms)
        {
            BodyHash hash = (each.Settings.BodyForm == DkimCanonicalization.Simple ? simple : relaxed)!.Value;
            fields.Write(DkimSigner.Sign(each, new HeaderBlock(copy), hash, now));
        }

        return fields.WrittenSpan.ToArray();
    }

    /// <summary>Pieces up to the end of the header: the first one where it lies, for nearly every message.</summary>
    private static ReadOnlyMemory<byte> ReadHead(PieceReader pieces, out int headerLength)
    {
        if (!pieces(out ReadOnlyMemory<byte> piece))
        {
            headerLength = 0;
            return default;
        }

        if (HeaderBlock.TryFindEnd(piece.Span, complete: false, out headerLength))
        {
            return piece;
        }

        var gathered = new ArrayBufferWriter<byte>(piece.Length * 2);
        gathered.Write(piece.Span);
        while (pieces(out piece))
        {
            gathered.Write(piece.Span);
            if (HeaderBlock.TryFindEnd(gathered.WrittenSpan, complete: false, out headerLength))
            {
                return gathered.WrittenMemory;
            }
        }

        HeaderBlock.TryFindEnd(gathered.WrittenSpan, complete: true, out headerLength);
        return gathered.WrittenMemory;
    }

    private static (BodyHash? Relaxed, BodyHash? Simple) HashBody(PieceReader pieces, ReadOnlyMemory<byte> first, List<SignatureTerms> terms)
    {
        using BodyHasher? relaxed = HasherFor(DkimCanonicalization.Relaxed, terms);
        using BodyHasher? simple = HasherFor(DkimCanonicalization.Simple, terms);
        ReadOnlyMemory<byte> piece = first;
        do
        {
            relaxed?.Append(piece.Span);
            simple?.Append(piece.Span);
        }
        while (pieces(out piece));
        return (relaxed?.Finish(), simple?.Finish());
    }

    private static BodyHasher? HasherFor(DkimCanonicalization form, List<SignatureTerms> terms)
    {
        foreach (SignatureTerms each in terms)
        {
            if (each.Settings.BodyForm == form)
            {
                return new BodyHasher(form);
            }
        }

        return null;
    }

    private static bool HasLoneLineEnd(ReadOnlySpan<byte> octets)
    {
        while (octets.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var at)
        {
            if (octets[at] == '\n' || at + 1 == octets.Length || octets[at + 1] != '\n')
            {
                return true;
            }

            octets = octets[(at + 2)..];
        }

        return false;
    }

    /// <summary>Every line ended with CRLF.</summary>
    private static byte[] WithCrlf(ReadOnlySpan<byte> octets)
    {
        var canonical = new ArrayBufferWriter<byte>(octets.Length + 64);
        while (octets.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var at)
        {
            canonical.Write(octets[..at]);
            canonical.Write("\r\n"u8);
            octets = octets[(octets[at..].StartsWith("\r\n"u8) ? at + 2 : at + 1)..];
        }

        canonical.Write(octets);
        return canonical.WrittenSpan.ToArray();
    }

    private static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> then) => [.. first, .. then];
}
