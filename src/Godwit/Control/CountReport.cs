using System.Text;

namespace Godwit.Control;

/// <summary>Something was done to so many: a sentence, with the number for programs.</summary>
/// <param name="name">What was counted, as the tree names it.</param>
internal sealed class CountReport(string message, string name, long count) : OperatorReport
{
    public override string Message => message;

    public override ReportGroup ToTree() => new() { { name, count } };

    public override void WriteText(StringBuilder text) => text.Append(message).Append('\n');
}
