using System.Text;

namespace Godwit.Control;

/// <summary><c>trace</c>: the dialog of one delivery; <c>&lt;&lt;&lt;</c> is what we said, <c>&gt;&gt;&gt;</c> what the host said.</summary>
internal sealed class TraceReport(IReadOnlyList<string> lines) : OperatorReport
{
    public override string Message => $"{lines.Count} line(s) of dialog.";

    public override ReportGroup ToTree() => new() { { "line", new ReportList([.. lines.Select(line => (ReportValue)line)]) } };

    public override void WriteText(StringBuilder text)
    {
        foreach (string line in lines)
        {
            text.Append(line).Append('\n');
        }
    }
}
