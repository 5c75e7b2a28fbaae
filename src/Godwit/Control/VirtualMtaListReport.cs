// "show vmtas". Its text is cut by scripts: two lines of headings, two lines at the end, and between them the name first and the recipients third.

using System.Text;

namespace Godwit.Control;

/// <summary>Virtual MTAs, at most as many as were asked for.</summary>
/// <param name="total">How many there are, shown or not.</param>
/// <param name="recipients">Over all of them, for the shares.</param>
internal sealed class VirtualMtaListReport(IReadOnlyList<QueueSum> shown, int total, long recipients) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "vmta", new ReportList([.. shown.Select(Describe)]) },
        { "total", (long)total },
    };

    public override void WriteText(StringBuilder text)
    {
        int width = Math.Max("name".Length, shown.Select(each => each.Name.Length).DefaultIfEmpty(0).Max());
        text.Append(' ', width).Append("                       % of\n");
        text.Append("name".PadRight(width)).Append("   domains     #rcpt  total     kbytes conn\n");
        foreach (QueueSum each in shown)
        {
            text.Append($"{each.Name.PadRight(width)} {each.Busy,9} {each.Recipients,9} {Share(each),6:0.0} {ReportNumbers.KbytesText(each.Bytes),10}");
            text.Append($" {each.Connections,4}\n");
        }

        text.Append($"\n{shown.Count} of {total} virtual MTAs.\n");
    }

    private ReportGroup Describe(QueueSum each) => new()
    {
        { "name", each.Name },
        { "dom", (long)each.Busy },
        { "rcp", each.Recipients },
        { "pct", Share(each) },
        { "kb", ReportNumbers.Kbytes(each.Bytes) },
        { "conn", each.Connections },
    };

    private decimal Share(QueueSum each) => ReportNumbers.OneDecimal(recipients == 0 ? 0 : 100m * each.Recipients / recipients);
}
