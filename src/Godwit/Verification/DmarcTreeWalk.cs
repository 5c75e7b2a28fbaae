// Finds the DMARC record of a domain and the organizational domain by asking upwards, as draft-ietf-dmarc-dmarcbis section 4.10 has it: DNS itself says where
// an organization ends, and no list of public suffixes has to be kept. Static; at most eight questions a domain.

using Godwit.Dns;

namespace Godwit.Verification;

/// <summary>Where a walk led.</summary>
/// <param name="Record">The record that holds for the domain; null when there is none.</param>
/// <param name="RecordDomain">Where it stands.</param>
/// <param name="Organization">The organizational domain; the domain itself when no record says more.</param>
/// <param name="IsUnanswered">DNS failed on the way: nothing above is to be believed.</param>
internal sealed record DmarcPlace(DmarcRecord? Record, string RecordDomain, string Organization, bool IsUnanswered);

/// <summary>Walks.</summary>
internal static class DmarcTreeWalk
{
    /// <summary>Labels that are asked about: what is deeper is asked about itself, and then from here on.</summary>
    public const int MaxLabels = 8;

    /// <summary>Records at one name that are read to find the DMARC records among them.</summary>
    private const int MaxRecords = 100;

    public static async ValueTask<DmarcPlace> FindAsync(SenderLookup lookup, string domain, CancellationToken cancellation)
    {
        DmarcRecord? record = null;
        string recordDomain = "";
        string organization = domain;
        string below = domain;
        for (string name = domain; name.Length > 0; name = Above(name))
        {
            (DmarcRecord? found, bool unanswered) = await AskAsync(lookup, name, cancellation);
            if (unanswered)
            {
                return new DmarcPlace(null, "", domain, IsUnanswered: true);
            }

            if (found is not null)
            {
                // The record of the domain itself counts first, else the one of the organization: the last that is found on the way up. A public
                // suffix ends the organization below it, and its own record holds where nothing nearer does.
                bool suffix = found.IsPublicSuffix == true && name != domain;
                organization = suffix ? below : name;
                if (recordDomain != domain && (!suffix || record is null))
                {
                    (record, recordDomain) = (found, name);
                }

                if (found.IsPublicSuffix is not null)
                {
                    break;
                }
            }

            below = name;
        }

        return new DmarcPlace(record, recordDomain, organization, IsUnanswered: false);
    }

    private static string Above(string name)
    {
        int labels = name.AsSpan().Count('.') + 1;
        do
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            name = dot < 0 ? "" : name[(dot + 1)..];
        }
        while (--labels >= MaxLabels);
        return name;
    }

    private static async ValueTask<(DmarcRecord? Record, bool Unanswered)> AskAsync(SenderLookup lookup, string name, CancellationToken cancellation)
    {
        NameAnswer answer = await lookup($"_dmarc.{name}", DnsType.TXT, cancellation);
        DmarcRecord? record = null;
        int count = 0;
        for (int i = 0; i < answer.Records.Count && i < MaxRecords; i++)
        {
            if (answer.Records[i] is TextRecord text && DmarcRecord.IsRecord(text.Text))
            {
                count++;
                record = DmarcRecord.TryRead(text.Text, out DmarcRecord read) ? read : null;
            }
        }

        // RFC 7489 section 6.6.3: several are none.
        return (count == 1 ? record : null, answer.Status == DnsStatus.Failure);
    }
}
