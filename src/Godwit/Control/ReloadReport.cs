using System.Text;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary><c>reload</c>: whether the new configuration is in force, and what the checker had to say.</summary>
public sealed class ReloadReport(bool reloaded, IReadOnlyList<ConfigProblem> problems) : OperatorReport
{
    public bool Reloaded => reloaded;

    public IReadOnlyList<ConfigProblem> Problems => problems;

    public override ReportOutcome Outcome => reloaded ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => reloaded
        ? "Configuration reloaded."
        : "Configuration not reloaded: it has errors. The configuration before it stays in force.";

    public override ReportGroup ToTree() => new()
    {
        { "reloaded", reloaded },
        { "problem", new ReportList([.. problems.Select(Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (ConfigProblem problem in problems)
        {
            text.Append(problem).Append('\n');
        }

        text.Append(Message).Append('\n');
    }

    private static ReportGroup Describe(ConfigProblem problem) => new()
    {
        { "file", problem.File },
        { "line", (long)problem.Line },
        { "column", (long)problem.Column },
        { "severity", problem.SeverityWord },
        { "message", problem.Message },
    };
}
