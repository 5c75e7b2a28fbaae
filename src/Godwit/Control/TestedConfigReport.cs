// "test config": whether the running server could take its configuration file as it is now. Errors are told as PowerMTA tells them.

using System.Text;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>What the checker said of the file.</summary>
internal sealed class TestedConfigReport(ConfigLoad load, string file) : OperatorReport
{
    private readonly ConfigProblem[] _errors = [.. load.Problems.Where(problem => problem.Severity == ConfigSeverity.Error)];

    private readonly int _warnings = load.Problems.Count(problem => problem.Severity == ConfigSeverity.Warning);

    private bool IsUsable => load.Settings is not null;

    /// <summary>A file that cannot be used was not understood: the exit code is that of "check config".</summary>
    public override ReportOutcome Outcome => IsUsable ? ReportOutcome.Done : ReportOutcome.Usage;

    public override string Message => IsUsable ? "Configuration is valid." : $"Configuration is not valid: {_errors.Length} error(s).";

    public override ReportGroup ToTree() => new()
    {
        { "file", file },
        { "valid", IsUsable },
        { "problem", new ReportList([.. load.Problems.Select(ReloadReport.Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (ConfigProblem error in _errors)
        {
            text.Append(error.Line > 0 ? $"Error in line {error.Line} of {error.File}: {error.Message}\n" : $"Error in {error.File}: {error.Message}\n");
        }

        text.Append(Message).Append('\n');
        if (_warnings > 0)
        {
            text.Append($"{_warnings} warning(s): \"godwit check config {file}\" shows what they are.\n");
        }
    }
}
