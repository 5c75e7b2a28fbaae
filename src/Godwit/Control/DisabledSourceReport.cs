using System.Text;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary><c>show disabled sources</c>: which source address which queue does not use, until when, and why.</summary>
internal sealed class DisabledSourceReport(IReadOnlyList<(QueueKey Key, DisabledSource Source)> disabled, int matching) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "source", new ReportList([.. disabled.Select(Describe)]) },
        { "total", (long)matching },
    };

    public override void WriteText(StringBuilder text)
    {
        text.Append("source address                          until                queue, reason\n");
        foreach ((QueueKey key, DisabledSource source) in disabled)
        {
            text.Append($"{Name(source),-39} {Until(source),-20} {key} {source.Reason}\n");
        }

        text.Append($"{disabled.Count} of {matching} disabled sources.\n");
    }

    private static ReportGroup Describe((QueueKey Key, DisabledSource Source) each) => new()
    {
        { "ip", Name(each.Source) },
        { "queue", each.Key.ToString() },
        { "until", ReportNumbers.Time(each.Source.Until) },
        { "reason", each.Source.Reason },
    };

    private static string Name(DisabledSource source) => source.Address?.ToString() ?? "(any)";

    private static string Until(DisabledSource source) => ReportNumbers.Time(source.Until) is { Length: > 0 } time ? time : "by hand";
}
