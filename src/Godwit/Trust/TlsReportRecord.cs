using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>One place that wants reports.</summary>
/// <param name="Text">As it stands in DNS.</param>
/// <param name="Mailbox">For mail; the null path for HTTPS.</param>
/// <param name="Address">For HTTPS; null for mail.</param>
internal sealed record TlsReportTarget(string Text, EmailAddress Mailbox, Uri? Address);

/// <summary>The TXT record that asks for reports (RFC 8460 section 3). Pure.</summary>
internal static class TlsReportRecord
{
    /// <summary>Places that are reported to; a domain that names more makes others receive what it wants.</summary>
    public const int MaxTargets = 4;

    private const string Version = "v=TLSRPTv1";

    /// <summary>Where the domain wants its report; empty unless exactly one record says it.</summary>
    public static IReadOnlyList<TlsReportTarget> TargetsOf(IReadOnlyList<DnsRecord> records)
    {
        string[] found = [.. records.OfType<TextRecord>().Select(record => record.Text).Where(IsOurs)];
        return found is [string only] ? Read(only) : [];
    }

    private static bool IsOurs(string text) =>
        text.StartsWith(Version, StringComparison.Ordinal) && text.AsSpan(Version.Length).TrimStart(" \t") is [';', ..];

    private static List<TlsReportTarget> Read(string text)
    {
        var targets = new List<TlsReportTarget>();
        foreach (string field in text.Split(';', StringSplitOptions.TrimEntries))
        {
            if (!field.StartsWith("rua=", StringComparison.Ordinal))
            {
                continue;
            }

            // Commas, exclamation marks and semicolons inside an address are percent-encoded.
            foreach (string written in field[4..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (targets.Count < MaxTargets && TryRead(written) is { } target)
                {
                    targets.Add(target);
                }
            }

            break;
        }

        return targets;
    }

    private static TlsReportTarget? TryRead(string written)
    {
        if (written.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
        {
            string mailbox = Uri.UnescapeDataString(written["mailto:".Length..].Split('?')[0]);
            return EmailAddress.TryParse(mailbox, out EmailAddress address) && address is { Domain.IsEmpty: false, NeedsSmtpUtf8: false }
                ? new TlsReportTarget(written, address, null)
                : null;
        }

        // The port of HTTPS alone: a stranger's record must not make us knock at whatever door of whichever host.
        return Uri.TryCreate(written, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "https", IsDefaultPort: true, UserInfo: "" }
            ? new TlsReportTarget(written, EmailAddress.Null, uri)
            : null;
    }
}
