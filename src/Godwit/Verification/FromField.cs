// The author's domain: what DMARC judges by (RFC 7489 section 6.6.1). Static. A header that names several has none.

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
        for (int i = 0; !rest.IsEmpty; i++)
        {
            int end = EndOfFirst(rest);
            if (HeaderAddress.TryFindFirst(rest[..end], out EmailAddress author) && !author.Domain.IsEmpty)
            {
                if ((!domain.IsEmpty && author.Domain != domain) || author.Domain.IsLiteral || i >= MaxAuthors)
                {
                    problem = author.Domain.IsLiteral ? "From has no domain" : "From names authors of several domains";
                    return false;
                }

                domain = author.Domain;
            }

            rest = rest[Math.Min(end + 1, rest.Length)..];
        }

        problem = domain.IsEmpty ? "From has no address" : "";
        return !domain.IsEmpty;
    }

    /// <summary>Where the next comma outside quotes and comments stands; the end when there is none.</summary>
    private static int EndOfFirst(ReadOnlySpan<byte> list)
    {
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i < list.Length; i++)
        {
            switch (list[i])
            {
                case (byte)'\\':
                    i++;
                    break;
                case (byte)'"' when depth == 0:
                    quoted = !quoted;
                    break;
                case (byte)'(' when !quoted:
                    depth++;
                    break;
                case (byte)')' when !quoted && depth > 0:
                    depth--;
                    break;
                case (byte)',' when !quoted && depth == 0:
                    return i;
            }
        }

        return list.Length;
    }
}
