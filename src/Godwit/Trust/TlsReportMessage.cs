// A report as a message (RFC 8460 section 5.3): a few words for people, the compressed report for tools.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>Writes the message. Pure.</summary>
public static class TlsReportMessage
{
    /// <summary>What the envelope id of a report begins with, for whoever reads records.</summary>
    internal const string EnvelopeMark = "tlsrpt-";

    private const int LineLength = 76;

    /// <param name="report">The compressed report.</param>
    /// <param name="id">Without a domain.</param>
    /// <param name="hostName">Of this server.</param>
    internal static byte[] Write(DomainDay day, byte[] report, string id, EmailAddress from, EmailAddress to, string hostName, Instant now)
    {
        string submitter = from.Domain.Text;
        string boundary = $"=_{id}";
        string date = day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var start = new DateTimeOffset(day.Day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        string span = string.Create(CultureInfo.InvariantCulture, $"{start.ToUnixTimeSeconds()}!{start.AddDays(1).ToUnixTimeSeconds() - 1}");
        string file = $"{submitter}!{day.Domain.Text}!{span}!{id}.json.gz";
        var text = new StringBuilder();
        Line($"Date: {now.ToUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)}");
        Line($"From: <{from.WireText}>");
        Line($"To: <{to.WireText}>");
        Line($"Subject: Report Domain: {day.Domain.Text}");
        Line($" Submitter: {submitter}");
        Line($" Report-ID: <{id}@{submitter}>");
        Line($"Message-ID: <{id}@{hostName}>");
        Line($"TLS-Report-Domain: {day.Domain.Text}");
        Line($"TLS-Report-Submitter: {submitter}");

        // RFC 8689 section 3: also hosts behind the first are not to insist on TLS.
        Line("TLS-Required: No");
        Line("Auto-Submitted: auto-generated");
        Line("MIME-Version: 1.0");
        Line("Content-Type: multipart/report; report-type=\"tlsrpt\";");
        Line($" boundary=\"{boundary}\"");
        Line("");
        Line($"--{boundary}");
        Line("Content-Type: text/plain; charset=us-ascii");
        Line("");
        Line("This is an aggregate report about TLS with mail hosts");
        Line($"of {day.Domain.Text}, for {date} (UTC).");
        Line("");
        Line($"--{boundary}");
        Line("Content-Type: application/tlsrpt+gzip");
        Line("Content-Transfer-Encoding: base64");
        Line("Content-Disposition: attachment;");
        Line($" filename=\"{file}\"");
        Line("");
        string encoded = Convert.ToBase64String(report);
        for (int i = 0; i < encoded.Length; i += LineLength)
        {
            Line(encoded.Substring(i, Math.Min(LineLength, encoded.Length - i)));
        }

        Line("");
        Line($"--{boundary}--");
        return Encoding.ASCII.GetBytes(text.ToString());

        void Line(string line) => text.Append(line).Append("\r\n");
    }
}
