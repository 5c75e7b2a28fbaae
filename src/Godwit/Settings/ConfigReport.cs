// What "check config" says: every problem with the line it stands in and a caret below the place, then a summary.

using System.Collections.Frozen;

namespace Godwit.Settings;

/// <summary>A load as text for an operator.</summary>
public static partial class ConfigReport
{
    /// <summary>Longer lines are cut around the caret, to fit a terminal.</summary>
    private const int MaxShown = 120;

    private const string Indent = "    ";

    private static readonly FrozenSet<string> _secrets =
        DirectiveTable.All.Where(d => d.Secret).Select(d => d.Name).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The report, line by line.</summary>
    public static IReadOnlyList<string> Lines(ConfigLoad load)
    {
        var lines = new List<string>();
        var sources = new Dictionary<string, string[]>();
        foreach (ConfigProblem problem in load.Problems)
        {
            lines.Add(problem.ToString());
            if (problem.Line > 0 && load.Texts.TryGetValue(problem.File, out string? text))
            {
                if (!sources.TryGetValue(problem.File, out string[]? source))
                {
                    sources[problem.File] = source = text.Split('\n');
                }

                AddSource(lines, source, problem);
            }
        }

        lines.Add(Summary(load));
        lines.Add($"Directives: {load.Tally.InEffect} in effect, {load.Tally.NoEffect} accepted without effect, "
            + $"{load.Tally.NotYet} not supported yet, {load.Tally.Unknown} unknown.");
        return lines;
    }

    private static string Summary(ConfigLoad load)
    {
        int errors = load.Problems.Count(p => p.Severity == ConfigSeverity.Error);
        int warnings = load.Problems.Count(p => p.Severity == ConfigSeverity.Warning);
        string counts = $"{errors} error{(errors == 1 ? "" : "s")}, {warnings} warning{(warnings == 1 ? "" : "s")}.";
        return load.Settings is null ? $"The configuration cannot be used: {counts}" : $"The configuration can be used: {counts}";
    }

    private static void AddSource(List<string> lines, string[] source, ConfigProblem problem)
    {
        if (problem.Line > source.Length)
        {
            return;
        }

        string line = source[problem.Line - 1].TrimStart('\uFEFF').TrimEnd('\r', ' ', '\t');
        int column = Math.Clamp(problem.Column, 1, line.Length + 1);
        line = Mask(line, ref column);
        int cut = column > MaxShown ? column - MaxShown / 2 : 0;
        string shown = line[cut..Math.Min(line.Length, cut + MaxShown)];
        lines.Add(Indent + Printable(shown));
        if (problem.Column > 0)
        {
            lines.Add(Indent + Below(shown, column - 1 - cut) + "^");
        }
    }

    /// <summary>Hides the value of a line that holds, or may hold, a secret.</summary>
    private static string Mask(string line, ref int column)
    {
        string trimmed = line.TrimStart();
        int end = trimmed.AsSpan().IndexOfAny(' ', '\t');
        if (end < 0 || trimmed is ['#' or '<', ..] || !IsSecret(trimmed[..end]))
        {
            return line;
        }

        int start = line.Length - trimmed.Length + end;
        column = Math.Min(column, start + 2);
        return line[..start] + " ******";
    }

    private static bool IsSecret(string name) =>
        _secrets.Contains(name)
        || name.Contains("password", StringComparison.OrdinalIgnoreCase) || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || name.Contains("token", StringComparison.OrdinalIgnoreCase) || name.Contains("key", StringComparison.OrdinalIgnoreCase);

    private static string Printable(string text) => string.Create(text.Length, text, static (shown, from) =>
    {
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(from[i]) && from[i] != '\t' ? '?' : from[i];
        }
    });

    /// <summary>Blanks as wide as the text before the caret: tabs stay tabs.</summary>
    private static string Below(string text, int length) => string.Concat(text.Take(length).Select(c => c == '\t' ? '\t' : ' ')).PadRight(length);
}
