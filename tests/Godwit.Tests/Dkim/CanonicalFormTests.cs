using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Godwit.Dkim;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dkim;

/// <summary>Bodies and fields made of what canonical forms are about, against a reading of the standard that is as plain as can be.</summary>
public sealed class CanonicalFormTests
{
    private static readonly Gen<string> _body = OneOf("a", "bc", " ", "  ", "\t", "\r\n", "\r\n\r\n", ".", "\u00e4").List[0, 30].Select(string.Concat);

    [Fact]
    public void A_body_has_the_canonical_form_of_the_standard_however_it_is_cut()
    {
        Gen.Select(_body, Gen.Bool, Gen.Int[1, 7]).Sample(
            (body, relaxed, piece) =>
            {
                string canonical = PlainDkim.CanonicalBody(body, relaxed);
                using var hasher = new BodyHasher(relaxed ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple);
                byte[] octets = Encoding.Latin1.GetBytes(body);
                for (int at = 0; at < octets.Length; at += piece)
                {
                    hasher.Append(octets.AsSpan(at, Math.Min(piece, octets.Length - at)));
                }

                BodyHash hash = hasher.Finish();

                Assert.Equal(canonical.Length, hash.Length);
                Assert.Equal(SHA256.HashData(Encoding.Latin1.GetBytes(canonical)), hash.Hash);
            },
            iter: 20_000);
    }

    [Fact]
    public void A_lone_cr_or_lf_counts_as_the_line_end_that_it_becomes_on_the_wire()
    {
        Gen.Select(OneOf("a", " ", "\r", "\n", "\r\n").List[0, 12].Select(string.Concat), Gen.Bool, Gen.Int[1, 4]).Sample(
            (body, relaxed, piece) =>
            {
                string sent = body.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);
                using var hasher = new BodyHasher(relaxed ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple);
                for (int at = 0; at < body.Length; at += piece)
                {
                    hasher.Append(Encoding.ASCII.GetBytes(body.Substring(at, Math.Min(piece, body.Length - at))));
                }

                Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(PlainDkim.CanonicalBody(sent, relaxed))), hasher.Finish().Hash);
            },
            iter: 20_000);
    }

    [Fact]
    public void A_field_has_the_canonical_form_of_the_standard()
    {
        Gen<string> value = OneOf("a", "B", " ", "\t", "\r\n ", "\r\n\t", ":", "\u00e4").List[0, 15].Select(string.Concat);
        Gen.Select(OneOf("Subject", "x-A", "FROM \t"), value, Gen.Bool).Sample(
            (name, text, relaxed) =>
            {
                string field = $"{name}:{text}\r\n";
                var output = new ArrayBufferWriter<byte>();

                CanonicalHeader.Write(output, Encoding.Latin1.GetBytes(field), relaxed ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple);

                Assert.Equal(PlainDkim.CanonicalField(field, relaxed), Encoding.Latin1.GetString(output.WrittenSpan));
            },
            iter: 20_000);
    }

    [Fact]
    public void A_signature_is_the_same_however_the_content_is_cut()
    {
        var desk = new SigningDesk("domain-key ed, brand.example, /ed\n<domain *>\n  dkim-body-canon simple\n</domain>\n");
        string message = "From: a@brand.example\r\nSubject: folded\r\n over lines\r\n\r\n" + string.Concat(Enumerable.Repeat("a line \t of text \r\n\r\n", 20));
        string whole = desk.Sign(message);

        for (int piece = 1; piece < message.Length; piece++)
        {
            Assert.Equal(whole, desk.Sign(message, piece: piece));
        }
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
