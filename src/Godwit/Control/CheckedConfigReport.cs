// "check config" for programs: everything that a person is told, in the envelope that all verbs have. The text is ConfigReport's, which knows colours too.

using System.Text;
using Godwit.Settings;

namespace Godwit.Control;

/// <param name="strict">Warnings count as a refusal.</param>
internal sealed class CheckedConfigReport(ConfigLoad load, bool strict = false) : OperatorReport
{
    /// <summary>A line may be a whole file of another system.</summary>
    private const int MaxText = 1000;

    public override ReportOutcome Outcome =>
        load.Settings is null ? ReportOutcome.Usage : strict && load.HasWarnings ? ReportOutcome.Refused : ReportOutcome.Done;

    public override string Message => ConfigReport.Verdict(load);

    public override ReportGroup ToTree()
    {
        DirectiveTally tally = load.Tally;
        return new ReportGroup
        {
            { "usable", load.Settings is not null },
            { "problems", new ReportList([.. load.Problems.Zip(ConfigReport.Places(load), Describe)]) },
            { "inEffect", (long)tally.InEffect },
            { "withoutEffect", Reasons(tally.WithoutEffect) },
            { "notYet", Reasons(tally.NotYetNames) },
            { "unknown", new ReportList([.. tally.UnknownNames.Select(name => (ReportValue)name)]) },
        };
    }

    public override void WriteText(StringBuilder text)
    {
        foreach (string line in ConfigReport.Lines(load))
        {
            text.Append(line).Append('\n');
        }
    }

    /// <param name="line">What stands at the place; null where that is no line of a file.</param>
    private static ReportGroup Describe(ConfigProblem problem, string? line)
    {
        ReportGroup group = Describe(problem.At);
        group.Add("severity", problem.SeverityWord);
        group.Add("message", problem.Message);
        if (line is not null)
        {
            group.Add("text", line[..Math.Min(line.Length, MaxText)]);
        }

        if (problem.Also.Count > 0)
        {
            group.Add("also", new ReportList([.. problem.Also.Select(Describe)]));
        }

        return group;
    }

    private static ReportGroup Describe(ConfigPlace place) => new() { { "file", place.File }, { "line", (long)place.Line }, { "column", (long)place.Column } };

    private static ReportList Reasons(IReadOnlyDictionary<string, string> reasons) =>
        new([.. reasons.Select(entry => (ReportValue)new ReportGroup { { "name", entry.Key }, { "reason", entry.Value } })]);
}
