// The author's domain: what DMARC judges by (RFC 7489 section 6.6.1). Static. A header that names several has none, and so has one that holds anything
// that is no address: what a reader makes of that is anybody's guess, and a forger's choice.

using Godwit.Mail;

namespace Godwit.Verification;

/// <summary>Reads From.</summary>
internal static class FromField
{
    /// <summary>Authors of one message that are compared.</summary>
    private const int MaxAuthors = 16;

    public static bool TryRead(ReadOnlySpan<byte> header, out DomainName domain, out string problem)
    {
        domain = default;
        var block = new HeaderBlock(header);
        int count = block.Count("from"u8, 2);
        problem = count == 1 ? "" : count == 0 ? "there is no From" : "there is more than one From";
        if (problem.Length > 0 || !block.TryFind("from"u8, out HeaderField field))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = block.Value(field);
        for (int i = 0; !rest.IsEmpty && problem.Length == 0; i++)
        {
            FromPart part = FromPart.First(rest);
            if (!part.IsBlank)
            {
                problem = Take(rest[..part.AddressEnd], part, isTooMany: i >= MaxAuthors, ref domain);
            }

            rest = rest[Math.Min(part.End + 1, rest.Length)..];
        }

        problem = problem.Length > 0 ? problem : domain.IsEmpty ? "From has no address" : "";
        return problem.Length == 0;
    }

    private static string Take(ReadOnlySpan<byte> text, in FromPart part, bool isTooMany, ref DomainName domain)
    {
        if (part.IsBroken || !HeaderAddress.TryFindFirst(text, out EmailAddress author) || author.Domain.IsEmpty)
        {
            return "From holds what is no address";
        }

        if (author.Domain.IsLiteral)
        {
            return "From has no domain";
        }

        if (isTooMany || (!domain.IsEmpty && author.Domain != domain))
        {
            return "From names authors of several domains";
        }

        domain = author.Domain;
        return "";
    }
}
