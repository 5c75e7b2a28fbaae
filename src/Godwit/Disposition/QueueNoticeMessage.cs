// The mail about one change of a queue: what, why, until when, and what to type to undo it. Seven-bit whatever peers have said, so that every host takes it.

using System.Globalization;
using System.Security.Cryptography;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Writes one notice, for each of its recipients.</summary>
/// <param name="untold">Changes of the queue before this one that nobody was told of.</param>
internal sealed class QueueNoticeMessage(QueueChange change, ServerSettings settings, int untold, Instant now)
{
    /// <summary>Disabled addresses that are listed; the others are counted.</summary>
    private const int MaxListed = 50;

    private string Queue => change.Key.ToString();

    public BounceDraft For(EmailAddress recipient)
    {
        bool utf8 = recipient.NeedsSmtpUtf8;
        string from = settings.Postmaster is { NeedsSmtpUtf8: false } postmaster ? postmaster.WireText : $"postmaster@{settings.HostName}";
        var text = new MessageText();
        text.Field("Date", now.ToUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        text.Field("From", $"Godwit on {settings.HostName} <{from}>");
        text.Field("To", $"<{(utf8 ? recipient.Text : recipient.WireText)}>", utf8);
        text.Field("Subject", $"{Queue}: {Subject}");
        text.Field("Message-ID", $"<{RandomNumberGenerator.GetHexString(24, lowercase: true)}@{settings.HostName}>");
        text.Field("Auto-Submitted", "auto-generated").Field("MIME-Version", "1.0");
        text.Field("Content-Type", "text/plain; charset=us-ascii").Field("Content-Transfer-Encoding", "7bit").Line();
        WriteBody(text);
        return new BounceDraft(recipient, text.ToArray(), EightBit: false, utf8);
    }

    private string Subject => change.Kind switch
    {
        QueueChangeKind.Backoff => "backoff mode began",
        QueueChangeKind.Normal => "backoff mode ended",
        QueueChangeKind.SourceEnabled => "a source address is used again",
        QueueChangeKind.Alert => "a reply that needs somebody's attention",
        QueueChangeKind.AllSourcesDisabled => "all source addresses are disabled",
        _ => "a source address was disabled",
    };

    private void WriteBody(MessageText text)
    {
        Paragraph(text, $"Queue {Queue} on {settings.HostName}, {change.Time}: {Subject}.");
        Paragraph(text, $"Why: {change.Reason}");
        switch (change.Kind)
        {
            case QueueChangeKind.Backoff:
                WriteBackoff(text);
                break;
            case QueueChangeKind.SourceDisabled or QueueChangeKind.AllSourcesDisabled:
                WriteSources(text);
                break;
        }

        if (untold > 0)
        {
            Paragraph(text, $"Further changes of this queue since the last mail like this one, not told because they came too fast: {untold}.");
        }
    }

    private void WriteBackoff(MessageText text)
    {
        DeliverySettings delivery = settings.DeliveryFor(change.SettingsOf, change.Key.VirtualMta);
        string until = change.After.ModeUntil == Instant.Never ? "somebody or a reply ends it" : $"{change.After.ModeUntil}";
        string delivered = delivery.BackoffToNormalAfterDelivery ? ", or mail is delivered" : "";
        Paragraph(text, $"Until: {until}{delivered}. Meanwhile the backoff limits and retry times of the configuration hold.");
        Paragraph(text, "To end it now:");
        Line(text, $"    godwit set queue --mode=normal {Queue}");
    }

    private void WriteSources(MessageText text)
    {
        if (change.Kind == QueueChangeKind.AllSourcesDisabled)
        {
            Paragraph(text, "Nothing leaves this queue until one of them is used again.");
        }

        IReadOnlyList<DisabledSource> disabled = change.After.Disabled;
        Paragraph(text, $"Disabled now: {disabled.Count}. To use an address again at once:");
        foreach (DisabledSource source in disabled.Take(MaxListed))
        {
            string address = source.Address?.ToString() ?? "(chosen by the system)";
            string until = source.Until == Instant.Never ? "until somebody enables it" : $"until {source.Until}";
            Line(text, $"    godwit enable source {address} {Queue}    ({until})");
        }

        if (disabled.Count > MaxListed)
        {
            Line(text, $"    and {disabled.Count - MaxListed} more");
        }
    }

    private static void Paragraph(MessageText text, string words) => text.Paragraph("", Seven(words)).Line();

    private static void Line(MessageText text, string words) => text.Line(Seven(words));

    private static string Seven(string words) => string.Create(words.Length, words, static (target, source) =>
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = source[i] < 128 ? source[i] : '?';
        }
    });
}
