// "check spf": what a receiver's SPF check says of an address and a sender, and the way there.

using System.Text;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>The verdict with the records that were visited.</summary>
internal sealed class SpfReport(SpfVerdict verdict, IReadOnlyList<string> steps) : OperatorReport
{
    public override string Message => $"{verdict.Word}: {verdict.Reason}";

    public override ReportGroup ToTree() => new()
    {
        { "result", verdict.Word },
        { "domain", verdict.Domain },
        { "reason", verdict.Reason },
        { "explanation", verdict.Explanation },
        { "step", new ReportList([.. steps.Select(step => (ReportValue)step)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (string step in steps)
        {
            text.Append(step).Append('\n');
        }

        text.Append("result = ").Append(verdict.Word).Append("; ").Append(verdict.Reason).Append('\n');
        if (verdict.Explanation.Length > 0)
        {
            text.Append("explanation = ").Append(verdict.Explanation).Append('\n');
        }
    }
}
