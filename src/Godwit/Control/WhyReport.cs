// "why": what keeps mail here, the most binding reason first. One part for each queue, and a line for each recipient that was asked about.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Explanations of queues, and the recipients that led to them.</summary>
/// <param name="subject">What was asked about.</param>
/// <param name="recipients">Empty when a queue or a job was asked about.</param>
/// <param name="note">What else must be known, such as that the job is paused; empty when nothing.</param>
internal sealed class WhyReport(
    string subject, IReadOnlyList<FoundRecipient> recipients, IReadOnlyList<QueueExplanation> queues, string note, Instant now) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "subject", subject },
        { "note", note },
        { "recipient", new ReportList([.. recipients.Select(Describe)]) },
        { "queue", new ReportList([.. queues.Select(Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        if (note.Length > 0)
        {
            text.Append(note).Append('\n');
        }

        foreach (FoundRecipient each in recipients)
        {
            text.Append($"{Address(each)}: queued {ReportNumbers.Time(each.Waiting.Recipient.Message.Id.Time)}, {each.Waiting.Attempts} attempt(s)");
            text.Append(FailedTries(each) is > 0 and var tries ? $" of its own, {tries} of its queue without a host that served it" : "");
            text.Append(each.Waiting.NotBefore > now ? $", not tried again before {ReportNumbers.Time(each.Waiting.NotBefore)}" : "");
            text.Append($"; in queue {each.Waiting.Queue}\n");
        }

        foreach (QueueExplanation queue in queues)
        {
            Write(queue, text);
        }

        if (queues.Count == 0 && note.Length == 0)
        {
            text.Append($"Nothing waits for \"{subject}\".\n");
        }
    }

    private void Write(QueueExplanation queue, StringBuilder text)
    {
        string ofJob = queue.OfJob is { } count ? $"; {count} of this job here" : "";
        text.Append($"Queue {queue.Key}: {queue.Waiting} recipient(s) wait, {queue.UnderWay} on their way{ofJob}.\n");
        string tries = queue.FailedTries == 1 ? "try" : $"{queue.FailedTries} tries";
        text.Append(queue.FailedTries > 0 ? $"  Its last {tries} found no host that served it.\n" : "");
        for (int i = 0; i < queue.Reasons.Count; i++)
        {
            WaitReason reason = queue.Reasons[i];
            string until = reason.Until == Instant.Never || reason.Until <= now ? "" : $"; until {ReportNumbers.Time(reason.Until)}";
            text.Append($"  {i + 1}. {(reason.IsBinding ? "stops" : "slows")}: {reason.Text}{until}\n");
        }

        if (queue.Reasons.Count == 0 && queue.Waiting > 0)
        {
            text.Append("  Nothing holds it: connections are on their way to it.\n");
        }

        if (queue.Waiting > 0)
        {
            text.Append($"  Next attempt: {Next(queue)}\n");
            text.Append(queue.Backlog is { } backlog
                ? $"  At the present {queue.PerSecond.ToString("0.##", CultureInfo.InvariantCulture)}/s the backlog takes {Words(backlog)}.\n"
                : queue.IsStopped && queue.PerSecond > 0 ? "  How long the backlog takes cannot be told while it is stopped.\n"
                : "  Nothing has left this queue lately.\n");
        }

        foreach (QueueEvent error in queue.Events.Reverse())
        {
            text.Append($"  {ReportNumbers.Time(error.Time)} {error.Text}\n");
        }
    }

    private string Next(QueueExplanation queue) => queue.NextAttempt == Instant.Never ? "when what stops it has ended"
        : queue.NextAttempt <= now ? "now"
        : ReportNumbers.Time(queue.NextAttempt);

    private int FailedTries(FoundRecipient each)
    {
        foreach (QueueExplanation queue in queues)
        {
            if (queue.Key == each.Waiting.Queue)
            {
                return queue.FailedTries;
            }
        }

        return 0;
    }

    private ReportGroup Describe(FoundRecipient each) => new()
    {
        { "rcpt", Address(each) },
        { "queue", each.Waiting.Queue.ToString() },
        { "attempts", (long)each.Waiting.Attempts },
        { "queueAttempts", (long)FailedTries(each) },
        { "nextTry", each.Waiting.NotBefore > now ? ReportNumbers.Time(each.Waiting.NotBefore) : "" },
    };

    private ReportGroup Describe(QueueExplanation queue) => new()
    {
        { "name", queue.Key.ToString() },
        { "waiting", queue.Waiting },
        { "underWay", queue.UnderWay },
        { "ofJob", queue.OfJob is { } ofJob ? ofJob : -1L },
        { "nextAttempt", Next(queue) },
        { "failedTries", (long)queue.FailedTries },
        { "perSecond", (decimal)Math.Round(queue.PerSecond, 3) },
        { "backlogSeconds", queue.Backlog is { } backlog ? (long)backlog.TotalSeconds : -1 },
        { "reason", new ReportList([.. queue.Reasons.Select(Describe)]) },
        { "event", new ReportList([.. queue.Events.Select(Describe)]) },
    };

    private static ReportGroup Describe(WaitReason reason) => new()
    {
        { "text", reason.Text },
        { "binding", reason.IsBinding },
        { "until", reason.Until == Instant.Never ? "" : ReportNumbers.Time(reason.Until) },
    };

    private static ReportGroup Describe(QueueEvent error) => new() { { "time", ReportNumbers.Time(error.Time) }, { "text", error.Text } };

    private static string Address(FoundRecipient each) => each.Envelope is { } envelope ? AddressOf(envelope, each.Waiting.Recipient.Index) : "";

    private static string AddressOf(Envelope envelope, int index) => envelope.Recipients[index].Address.Text;

    private static string Words(TimeSpan time) => time.TotalDays >= 2 ? $"{time.TotalDays:0} days"
        : time.TotalHours >= 2 ? $"{time.TotalHours:0} hours"
        : time.TotalMinutes >= 2 ? $"{time.TotalMinutes:0} minutes"
        : time.TotalSeconds < 2 ? "a second or two"
        : $"{time.TotalSeconds:0} seconds";
}
