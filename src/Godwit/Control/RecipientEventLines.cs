// Recent recipient events below a queue: a line that counts them, then a line each, its fields between upright strokes. Stateless.

using System.Text;

namespace Godwit.Control;

internal static class RecipientEventLines
{
    public static void Write(StringBuilder text, IReadOnlyList<RecipientEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        text.Append($"    Recipient Events (deliveries:{Count(events, RecentOutcome.Delivered)}, bounces:{Count(events, RecentOutcome.Bounced)}");
        text.Append($", deferrals:{Count(events, RecentOutcome.Deferred)})\n");
        foreach (RecipientEvent each in events)
        {
            text.Append($"    {Word(each.Outcome)} | {ReportNumbers.Time(each.Time)} | {each.Source} | {each.Recipient} | {each.Job} | ");
            text.Append(each.Host.Length > 0 || each.HostAddress is not null ? $"[{each.Host}] ({each.HostAddress})" : "").Append(" | ");
            text.Append(each.Text.ReplaceLineEndings(" ")).Append('\n');
        }
    }

    public static ReportGroup Describe(RecipientEvent each) => new()
    {
        { "type", Word(each.Outcome) },
        { "time", ReportNumbers.Time(each.Time) },
        { "sourceIp", each.Source?.ToString() ?? "" },
        { "rcpt", each.Recipient },
        { "jobId", each.Job },
        { "host", each.Host },
        { "ip", each.HostAddress?.ToString() ?? "" },
        { "text", each.Text },
    };

    private static int Count(IReadOnlyList<RecipientEvent> events, RecentOutcome outcome) => events.Count(each => each.Outcome == outcome);

    private static string Word(RecentOutcome outcome) => outcome switch
    {
        RecentOutcome.Delivered => "delivered",
        RecentOutcome.Bounced => "bounced",
        _ => "deferred",
    };
}
