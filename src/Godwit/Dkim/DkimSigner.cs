// Signs one content with one key: chooses the fields, writes the signature field, hashes and signs (RFC 6376 section 5).
// Static; what it costs is the RSA operation. Everything that varies comes in as a value, so it is called from any thread.

using System.Buffers;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Makes signature fields.</summary>
internal static class DkimSigner
{
    /// <summary>The DKIM-Signature field with its line end, to stand before the content.</summary>
    public static byte[] Sign(SignatureTerms terms, HeaderBlock header, BodyHash body, Instant now)
    {
        DkimSettings settings = terms.Settings;
        List<SignedField> fields = SignedFields.Choose(header, settings.MoreHeaders, settings.SealedHeaders);

        // 1 The field with an empty b=.
        var text = new SignatureText("DKIM-Signature");
        text.Tag("v", "1");
        text.Tag("a", terms.Key.AlgorithmName);
        text.Tag("c", $"{NameOf(settings.HeaderForm)}/{NameOf(settings.BodyForm)}");
        text.Tag("d", terms.Domain);
        text.Tag("s", terms.Selector);
        text.Tag("i", SignatureText.Quoted(terms.Identity));
        if (settings.QueryMethod.Length > 0)
        {
            text.Tag("q", settings.QueryMethod);
        }

        AddTimes(text, settings, now);
        if (settings.AddBodyLimit)
        {
            text.Tag("l", body.Length);
        }

        text.List("h", fields.ConvertAll(field => field.Name));
        text.Tag("bh", Convert.ToBase64String(body.Hash));

        // 2 Section 3.7: the fields in the order of h=, and the signature field itself last.
        var canonical = new ArrayBufferWriter<byte>(header.Octets.Length + 1024);
        foreach (SignedField field in fields)
        {
            if (field.Field.Length > 0)
            {
                CanonicalHeader.Write(canonical, header.Octets.Slice(field.Field.Start, field.Field.Length), settings.HeaderForm);
            }
        }

        CanonicalHeader.WriteLast(canonical, Encoding.ASCII.GetBytes(text.Unsigned()), settings.HeaderForm);

        // 3 Sign.
        return text.Signed(Convert.ToBase64String(terms.Key.Sign(canonical.WrittenSpan)));
    }

    private static string NameOf(DkimCanonicalization form) => form == DkimCanonicalization.Simple ? "simple" : "relaxed";

    private static void AddTimes(SignatureText text, DkimSettings settings, Instant now)
    {
        long seconds = now.UnixMilliseconds / 1000;
        bool expires = settings.ExpireAfter != Timeout.InfiniteTimeSpan;
        if (settings.AddTimestamp || expires)
        {
            text.Tag("t", seconds);
        }

        if (expires)
        {
            // Section 3.5: later than t=, which has whole seconds.
            text.Tag("x", seconds + Math.Max(1, (long)settings.ExpireAfter.TotalSeconds));
        }
    }
}
