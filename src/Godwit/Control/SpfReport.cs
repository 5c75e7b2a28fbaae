// "check spf": what a receiver's SPF check says of an address and a sender, and the way there.

using System.Text;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>The verdict with the records that were visited.</summary>
internal sealed class SpfReport(SpfVerdict verdict, IReadOnlyList<string> steps) : OperatorReport
{
    /// <summary>
    /// Refused where the record does not let this client send (fail, softfail), and where there is no verdict to rely on (permerror, temperror). Without a
    /// record, or with one that says nothing about the client, nobody has objected.
    /// </summary>
    public override ReportOutcome Outcome =>
        verdict.Result is SpfResult.Pass or SpfResult.Neutral or SpfResult.None ? ReportOutcome.Done : ReportOutcome.Refused;

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
