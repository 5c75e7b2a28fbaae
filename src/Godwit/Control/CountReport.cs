using System.Text;

namespace Godwit.Control;

/// <summary>Something was done to so many: a sentence, with the number for programs.</summary>
/// <param name="name">What was counted, as the tree names it.</param>
/// <param name="more">A second line, about what the first one does not say; empty when there is nothing.</param>
internal sealed class CountReport(string message, string name, long count, string more = "") : OperatorReport
{
    public override string Message => message;

    public override ReportGroup ToTree() => more.Length == 0 ? new() { { name, count } } : new() { { name, count }, { "note", more } };

    public override void WriteText(StringBuilder text)
    {
        text.Append(message).Append('\n');
        if (more.Length > 0)
        {
            text.Append(more).Append('\n');
        }
    }
}
