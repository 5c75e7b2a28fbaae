// "show domains" and "show topdomains": a line a domain over all virtual MTAs.

using System.Text;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Domains that have mail, at most as many as were asked for.</summary>
/// <param name="shown">With the errors of their queues, the oldest first.</param>
/// <param name="matching">How many match, shown or not.</param>
/// <param name="withEvents">Whether all recorded errors are shown.</param>
internal sealed class DomainListReport(
    IReadOnlyList<(QueueSum Domain, IReadOnlyList<QueueEvent> Events)> shown, int matching, bool withEvents) : OperatorReport
{
    /// <summary>The name column grows with the names, up to here.</summary>
    private const int WidestName = 48;

    public override bool IsEmptyList => matching == 0;

    public override ReportGroup ToTree() => new()
    {
        { "domain", new ReportList([.. shown.Select(Describe)]) },
        { "total", (long)matching },
    };

    public override void WriteText(StringBuilder text)
    {
        int width = Math.Min(WidestName, shown.Select(each => each.Domain.Name.Length).DefaultIfEmpty(0).Max());
        width = Math.Max(width, 24);
        text.Append("domain".PadLeft(width, '-')).Append(" ----#rcpt ----kbytes conn last error").Append('-', 30).Append('\n');
        foreach ((QueueSum domain, IReadOnlyList<QueueEvent> events) in shown)
        {
            text.Append($"{domain.Name.PadLeft(width)} {domain.Recipients,9} {ReportNumbers.KbytesText(domain.Bytes),10} {domain.Connections,4} ");
            text.Append(events.Count > 0 ? events[^1].Text : "").Append('\n');
            foreach (QueueEvent recorded in withEvents ? events : [])
            {
                text.Append("    ").Append(ReportNumbers.Time(recorded.Time)).Append(' ').Append(recorded.Text).Append('\n');
            }
        }

        text.Append($"{shown.Count} of {matching} domains shown.\n");
    }

    private ReportGroup Describe((QueueSum Domain, IReadOnlyList<QueueEvent> Events) each)
    {
        var group = new ReportGroup
        {
            { "name", each.Domain.Name },
            { "rcp", each.Domain.Recipients },
            { "kb", ReportNumbers.Kbytes(each.Domain.Bytes) },
            { "conn", each.Domain.Connections },
        };
        if (withEvents)
        {
            group.Add("event", new ReportList([.. each.Events.Select(QueueListReport.Describe)]));
        }

        group.Add("lastError", each.Events.Count > 0 ? each.Events[^1].Text : "");
        return group;
    }
}
