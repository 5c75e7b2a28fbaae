using System.Text;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary><c>reload</c>: whether the new configuration is in force, and what the checker had to say.</summary>
/// <param name="problems">What the checker said, and what the machine refused or needs a restart for.</param>
/// <param name="version">Of the configuration that is in force now: the new one, or the one that stays.</param>
/// <param name="loaded">When that one came into force.</param>
public sealed class ReloadReport(bool reloaded, IReadOnlyList<ConfigProblem> problems, int version, Instant loaded) : OperatorReport
{
    public bool Reloaded => reloaded;

    public IReadOnlyList<ConfigProblem> Problems => problems;

    public int Version => version;

    public Instant Loaded => loaded;

    public override ReportOutcome Outcome => reloaded ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => reloaded
        ? "Configuration reloaded."
        : "Configuration not reloaded. The one before it stays in force.";

    public override ReportGroup ToTree() => new()
    {
        { "reloaded", reloaded },
        { "version", (long)version },
        { "loadTime", ReportNumbers.Time(loaded) },
        { "problem", new ReportList([.. problems.Select(Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (ConfigProblem problem in problems)
        {
            text.Append(problem).Append('\n');
        }

        text.Append(Message).Append('\n');
        text.Append($"Version {version} is in force since {ReportNumbers.Time(loaded)}.\n");
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
