using System.Text;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary><c>reload</c>: whether the new configuration is in force, and what the checker had to say.</summary>
/// <param name="problems">What the checker said, and what the machine refused or needs a restart for.</param>
/// <param name="version">Of the configuration that is in force now: the new one, or the one that stays.</param>
/// <param name="loaded">When that one came into force.</param>
public sealed class ReloadReport(bool reloaded, IReadOnlyList<ConfigProblem> problems, int version, Instant loaded) : OperatorReport
{
    /// <summary>Waiting queues that are named.</summary>
    private const int MostShown = 100;

    public bool Reloaded => reloaded;

    /// <summary>Virtual MTAs that the new configuration has not any more, and how many recipients still wait for each.</summary>
    public IReadOnlyList<(string VirtualMta, long Recipients)> Lost { get; init; } = [];

    /// <summary>Queues that wait for their next try, and whose terms of TLS, authentication or hosts are other ones now.</summary>
    public IReadOnlyList<QueueKey> Waiting { get; init; } = [];

    /// <summary>The configuration file that was read; empty when nobody knows.</summary>
    public string File { get; init; } = "";

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
        { "lostVmta", new ReportList([.. Lost.Select(lost => new ReportGroup { { "name", lost.VirtualMta }, { "rcp", lost.Recipients } })]) },
        { "waiting", new ReportList([.. Waiting.Take(MostShown).Select(key => (ReportValue)key.ToString())]) },
        { "problem", new ReportList([.. problems.Select(Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        // What has a line in a file is "check config"'s to tell at length; a refused reload says what refused it.
        foreach (ConfigProblem problem in problems.Where(problem => reloaded ? problem.Line == 0 : problem.Severity == ConfigSeverity.Error))
        {
            text.Append(problem).Append('\n');
        }

        text.Append(Message).Append('\n');
        foreach ((string virtualMta, long recipients) in Lost)
        {
            text.Append($"The virtual MTA {virtualMta} is gone and {recipients} recipient(s) still wait for it: they bounce when their turn comes. ");
            text.Append($"To keep them: \"pause queue */{virtualMta}\", then put it back and reload.\n");
        }

        if (Waiting.Count > 0)
        {
            string which = Waiting.Count == 1 ? $"\"schedule {Waiting[0]}\" tries now" : $"\"schedule */*\" tries all that wait; {Waiting[0]} is one of them";
            text.Append($"{Waiting.Count} queue(s) wait for their next try, and what it is made with has changed (TLS, authentication or hosts): {which}.\n");
        }

        int warnings = problems.Count(problem => problem.Severity == ConfigSeverity.Warning);
        if (warnings > 0)
        {
            string command = $"godwit check config {File}".TrimEnd();
            text.Append($"{warnings} warning{(warnings == 1 ? "" : "s")}: \"{command}\" shows {(warnings == 1 ? "it" : "them")}.\n");
        }

        text.Append($"Version {version} is in force since {ReportNumbers.Time(loaded)}.\n");
    }

    internal static ReportGroup Describe(ConfigProblem problem) => new()
    {
        { "file", problem.File },
        { "line", (long)problem.Line },
        { "column", (long)problem.Column },
        { "severity", problem.SeverityWord },
        { "message", problem.Message },
    };
}
