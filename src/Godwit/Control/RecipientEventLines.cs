// Recent recipient events below a queue: a line that counts them, then a line each, its fields between upright strokes. Stateless.

using System.Text;
using Godwit.Diagnostics;

namespace Godwit.Control;

internal static class RecipientEventLines
{
    public static void Write(StringBuilder text, IReadOnlyList<RecipientEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        text.Append($"    Recipient Events (deliveries:{Count(events, RecipientEventKind.Delivered)}, bounces:{Count(events, RecipientEventKind.Bounced)}");
        text.Append($", deferrals:{Count(events, RecipientEventKind.Deferred)})\n");
        foreach (RecipientEvent each in events)
        {
            text.Append($"    {Word(each.Kind)} | {ReportNumbers.Time(each.Time)} | {each.Source} | {each.Recipient} | {each.Job} | ");
            text.Append(each.Host.Length > 0 || each.HostAddress is not null ? $"[{NameOf(each)}] ({each.HostAddress})" : "").Append(" | ");
            text.Append(Diagnosis(each).ReplaceLineEndings(" ")).Append('\n');
        }
    }

    public static ReportGroup Describe(RecipientEvent each) => new()
    {
        { "type", Word(each.Kind) },
        { "time", ReportNumbers.Time(each.Time) },
        { "sourceIp", each.Source?.ToString() ?? "" },
        { "rcpt", each.Recipient },
        { "jobId", each.Job },
        { "host", NameOf(each) },
        { "ip", each.HostAddress?.ToString() ?? "" },
        { "text", Diagnosis(each) },
    };

    private static int Count(IReadOnlyList<RecipientEvent> events, RecipientEventKind kind) => events.Count(each => each.Kind == kind);

    /// <summary>The host without its address, which stands beside it.</summary>
    private static string NameOf(RecipientEvent each) => each.Host.Split(' ')[0];

    /// <summary>As the record says it (dsnDiag).</summary>
    private static string Diagnosis(RecipientEvent each) => each.Reply.Length == 0 ? "" : "smtp;" + each.Reply;

    private static string Word(RecipientEventKind kind) => kind switch
    {
        RecipientEventKind.Delivered => "delivered",
        RecipientEventKind.Bounced => "bounced",
        RecipientEventKind.Accepted => "accepted",
        _ => "deferred",
    };
}
