using System.Text;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Whether files of the configuration were written, and what the check says of them.</summary>
/// <param name="written">The files that were; none when something is wrong.</param>
/// <param name="problems">What the check of the whole configuration said, the new files in place of the old.</param>
public sealed class ConfigCommitReport(IReadOnlyList<string> written, IReadOnlyList<ConfigProblem> problems) : OperatorReport
{
    public IReadOnlyList<ConfigProblem> Problems => problems;

    public override ReportOutcome Outcome => written.Count > 0 ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => written.Count > 0
        ? $"Configuration written ({string.Join(", ", written)}). Reload to put it in force."
        : "Nothing was written: the configuration has errors.";

    public override ReportGroup ToTree() => new()
    {
        { "written", new ReportList([.. written.Select(name => (ReportValue)name)]) },
        {
            "problem", new ReportList(
            [
                .. problems.Select(problem => new ReportGroup
                {
                    { "file", problem.File }, { "line", (long)problem.Line }, { "column", (long)problem.Column },
                    { "severity", problem.SeverityWord }, { "message", problem.Message },
                }),
            ])
        },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (ConfigProblem problem in problems)
        {
            text.Append(problem).Append('\n');
        }

        text.Append(Message).Append('\n');
    }
}
