// What "check config" says: every problem with the line it stands in and a caret below the place, then a summary.

using System.Globalization;

namespace Godwit.Settings;

/// <summary>A load as text for an operator.</summary>
public static partial class ConfigReport
{
    /// <summary>Longer lines are cut around the caret, to fit a terminal.</summary>
    private const int MaxShown = 120;

    /// <summary>Further places of one problem: one or two lines of a terminal.</summary>
    private const int MaxFurther = 20;

    private const string Indent = "    ";

    /// <summary>The report, line by line.</summary>
    /// <param name="colour">Whether a person reads it on a terminal.</param>
    /// <param name="all">Whether every place and every name is listed; without it the first ones are.</param>
    public static IReadOnlyList<string> Lines(ConfigLoad load, bool colour = false, bool all = false)
    {
        var lines = new List<string>();
        var ink = new Ink(colour);
        var sources = new Dictionary<string, SourceLines>();
        foreach (ConfigProblem problem in load.Problems)
        {
            lines.Add($"{ink.Bold(problem.Place)}: {ink.Of(problem.Severity, problem.SeverityWord)}: {problem.Message}");
            if (SourceOf(load, problem, sources) is { } source)
            {
                (string text, int column) = Cut(source.Line(problem.Line, problem.Column, out int at), at);
                lines.Add(Indent + text);
                if (problem.Column > 0)
                {
                    lines.Add($"{Indent}{Below(text, column)}{ink.Of(problem.Severity, "^")}");
                }
            }

            AddFurtherPlaces(lines, problem, all ? int.MaxValue : MaxFurther);
        }

        AddSummary(lines, load, ink, all ? int.MaxValue : MaxListed);
        return lines;
    }

    /// <summary>The line in which each problem stands, secrets masked; null for one that is about no line of a file.</summary>
    internal static IEnumerable<string?> Places(ConfigLoad load)
    {
        var sources = new Dictionary<string, SourceLines>();
        foreach (ConfigProblem problem in load.Problems)
        {
            yield return SourceOf(load, problem, sources)?.Line(problem.Line, problem.Column, out _);
        }
    }

    /// <summary>Lines by number, in another file by its name too.</summary>
    private static void AddFurtherPlaces(List<string> lines, ConfigProblem problem, int most)
    {
        IEnumerable<string> places = problem.Also.Select(place => place.File == problem.File
            ? place.Line.ToString(CultureInfo.InvariantCulture)
            : $"{place.File}:{place.Line}");
        AddList(lines, problem.Also.Count == 1 ? "also in line " : "also in lines ", places, problem.Also.Count, most, All);
    }

    private static SourceLines? SourceOf(ConfigLoad load, ConfigProblem problem, Dictionary<string, SourceLines> sources)
    {
        if (!sources.TryGetValue(problem.File, out SourceLines? source) && load.Texts.TryGetValue(problem.File, out string? text))
        {
            sources[problem.File] = source = new SourceLines(text);
        }

        return problem.Line > 0 && problem.Line <= source?.Count ? source : null;
    }

    private static (string Text, int Column) Cut(string line, int column)
    {
        int cut = column > MaxShown ? column - MaxShown / 2 : 0;
        return (Printable(line[cut..Math.Min(line.Length, cut + MaxShown)]), column - 1 - cut);
    }

    private static string Printable(string text) => string.Create(text.Length, text, static (shown, from) =>
    {
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(from[i]) && from[i] != '\t' ? '?' : from[i];
        }
    });

    /// <summary>Blanks as wide as the text before the caret: tabs stay tabs.</summary>
    private static string Below(string text, int length) => string.Concat(text.Take(length).Select(c => c == '\t' ? '\t' : ' ')).PadRight(length);

    /// <summary>The lines of one file, fit to be shown.</summary>
    private sealed class SourceLines(string text)
    {
        /// <summary>A value that slipped further down than this did not slip.</summary>
        private const int MaxBlankLines = 10;

        private readonly string[] _lines = text.Split('\n');

        public int Count => _lines.Length;

        /// <summary>A line without what must stay secret, and where the place at <paramref name="column"/> stands in it.</summary>
        public string Line(int number, int column, out int at)
        {
            string line = _lines[number - 1].TrimStart('\uFEFF').TrimEnd('\r', ' ', '\t');
            string shown = HidesNext(number - 2) && line.TrimStart() is not ['<', ..] ? SecretValue.Mask : SecretText.Line(line);
            // In a line that was changed the caret stands behind what is still as it was.
            at = shown == line ? Math.Clamp(column, 1, line.Length + 1) : Math.Clamp(column, 1, line.AsSpan().CommonPrefixLength(shown) + 1);
            return shown;
        }

        /// <summary>Whether what the line before says, blank lines and comments aside, lets a secret be expected.</summary>
        private bool HidesNext(int index)
        {
            for (int steps = 0; index >= 0 && steps < MaxBlankLines; steps++)
            {
                string said = _lines[index].Split('#')[0].Trim();
                if (said.Length > 0)
                {
                    string[] words = said.Split([' ', '\t'], 2);
                    return SecretText.HidesNext(words[0], words.Length > 1 ? words[1] : "");
                }

                index--;
            }

            return false;
        }
    }
}
