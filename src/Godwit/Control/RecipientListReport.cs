// "list": a line a recipient, with what keeps it.

using System.Text;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Control;

/// <summary>Waiting recipients, at most as many as were asked for.</summary>
/// <param name="isComplete">Nobody else matches.</param>
/// <param name="mostRead">After so many messages the search ended; 0 when it did not end before its time.</param>
internal sealed class RecipientListReport(IReadOnlyList<FoundRecipient> found, bool isComplete, Instant now, int mostRead = 0) : OperatorReport
{
    public int Count => found.Count;

    public override ReportGroup ToTree() => new()
    {
        { "recipient", new ReportList([.. found.Select(Describe)]) },
        { "complete", isComplete },
    };

    public override void WriteText(StringBuilder text)
    {
        text.Append("queued              att prio next try            queue, sender, recipient, job, envelope id\n");
        foreach (FoundRecipient each in found)
        {
            Envelope envelope = each.Envelope!;
            string next = each.IsPaused ? "paused" : NextTry(each);
            text.Append($"{ReportNumbers.Time(envelope.TimeQueued),-19}{each.Waiting.Attempts,4}{each.Waiting.Recipient.Priority,5} {next,-19} ");
            text.Append($"{each.Waiting.Queue} <{envelope.Sender.Text}> <{Address(each)}>");
            text.Append(envelope.JobId.Length > 0 ? $" job={envelope.JobId}" : "");
            text.Append(envelope.EnvelopeId.Length > 0 ? $" envid={envelope.EnvelopeId}" : "").Append('\n');
        }

        string more = isComplete ? ""
            : mostRead > 0 ? $"; the search ended after {mostRead} messages: narrow it down with --queue, --jobId or --older-than"
            : "; there are more: narrow it down, or ask for more with --maxitems";
        text.Append($"{found.Count} recipient(s){more}.\n");
    }

    private ReportGroup Describe(FoundRecipient each) => new()
    {
        { "rcpt", Address(each) },
        { "orig", each.Envelope!.Sender.Text },
        { "queue", each.Waiting.Queue.ToString() },
        { "jobId", each.Envelope.JobId },
        { "envId", each.Envelope.EnvelopeId },
        { "timeQueued", ReportNumbers.Time(each.Envelope.TimeQueued) },
        { "attempts", (long)each.Waiting.Attempts },
        { "nextTry", NextTry(each) },
        { "paused", each.IsPaused },
        { "priority", (long)each.Waiting.Recipient.Priority },
        { "kb", ReportNumbers.Kbytes(each.Waiting.Recipient.Message.ContentLength) },
    };

    private static string Address(FoundRecipient each) => each.Envelope!.Recipients[each.Waiting.Recipient.Index].Address.Text;

    /// <summary>Its own time or that of its queue, whichever is later; empty when neither lies ahead.</summary>
    private string NextTry(FoundRecipient each) => each.NextTry > now ? ReportNumbers.Time(each.NextTry) : "";
}
