// "check spf": what a receiver's SPF check says of an address and a sender, and the way there.

using System.Text;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>The verdict with the records that were visited.</summary>
internal sealed class SpfReport(SpfExplanation found) : OperatorReport
{
    /// <summary>
    /// Refused where the record does not let this client send (fail, softfail), and where there is no verdict to rely on (permerror, temperror). Without a
    /// record, or with one that says nothing about the client, nobody has objected.
    /// </summary>
    public override ReportOutcome Outcome =>
        Verdict.Result is SpfResult.Pass or SpfResult.Neutral or SpfResult.None ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => $"{Verdict.Word}: {Verdict.Reason}";

    private SpfVerdict Verdict => found.Verdict;

    public override ReportGroup ToTree() => new()
    {
        { "result", Verdict.Word },
        { "domain", Verdict.Domain },
        { "reason", Verdict.Reason },
        { "explanation", Verdict.Explanation },
        { "step", new ReportList([.. found.Steps.Select(step => (ReportValue)step)]) },
        { "packet", new ReportList([.. found.Packets.Select(line => (ReportValue)line)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (string step in found.Packets.Concat(found.Steps))
        {
            text.Append(step).Append('\n');
        }

        text.Append("result = ").Append(Verdict.Word).Append("; ").Append(Verdict.Reason).Append('\n');
        if (Verdict.Explanation.Length > 0)
        {
            text.Append("explanation = ").Append(Verdict.Explanation).Append('\n');
        }
    }
}
