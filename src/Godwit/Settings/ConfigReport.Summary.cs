// The end of the report: whether the configuration can be used, and what becomes of its lines.

using System.Text;

namespace Godwit.Settings;

public static partial class ConfigReport
{
    /// <summary>Names listed; a machine-made file may have any number of wrong ones.</summary>
    private const int MaxListed = 100;

    /// <summary>How whoever wants all of a list gets it.</summary>
    private const string All = "--all lists them";

    private static void AddSummary(List<string> lines, ConfigLoad load, Ink ink, int most)
    {
        DirectiveTally tally = load.Tally;
        lines.Add(ink.Bold(Verdict(load)));
        lines.Add($"In effect: {Counted(tally.InEffect, "directive")}.");
        AddHeading(lines, "Accepted without effect", tally.NoEffect);
        int width = tally.WithoutEffect.Keys.Select(n => n.Length).DefaultIfEmpty().Max();
        lines.AddRange(tally.WithoutEffect.Take(most).Select(entry => $"{Indent}{entry.Key.PadRight(width)}  {entry.Value}"));
        AddHeading(lines, "Not supported yet", tally.NotYet);
        AddList(lines, "", tally.NotYetNames.Keys, tally.NotYetNames.Count, most, All);
        AddHeading(lines, "Unknown", tally.Unknown);
        AddList(lines, "", tally.UnknownNames, tally.UnknownNames.Count, most, All);
    }

    /// <summary>One sentence.</summary>
    internal static string Verdict(ConfigLoad load)
    {
        int Count(ConfigSeverity severity) => load.Problems.Count(p => p.Severity == severity);
        string counts = $"{Counted(Count(ConfigSeverity.Error), "error")}, {Counted(Count(ConfigSeverity.Warning), "warning")}, "
            + Counted(Count(ConfigSeverity.Note), "note");
        return $"The configuration {(load.Settings is null ? "cannot" : "can")} be used: {counts}.";
    }

    private static void AddHeading(List<string> lines, string what, int count) =>
        lines.Add(count == 0 ? $"{what}: none." : $"{what}: {Counted(count, "line")}.");

    private static string Counted(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Entries between commas on as many lines as they need, and how many there are beyond <paramref name="most"/>.</summary>
    private static void AddList(List<string> lines, string heading, IEnumerable<string> entries, int count, int most, string remedy)
    {
        var line = new StringBuilder(Indent + heading);
        foreach (string entry in entries.Take(most))
        {
            if (line.Length + entry.Length > MaxShown)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear().Append(Indent);
            }

            line.Append(entry).Append(", ");
        }

        if (count > 0)
        {
            string more = count > most ? $"and {count - most} more ({remedy})" : "";
            lines.Add((line + more).TrimEnd(' ', ','));
        }
    }

    /// <summary>Colours, or none.</summary>
    private readonly struct Ink(bool colour)
    {
        private const string Escape = "\u001b[";

        public string Bold(string text) => Paint(text, "1");

        public string Of(ConfigSeverity severity, string text) => Paint(text, severity switch
        {
            ConfigSeverity.Error => "1;31",
            ConfigSeverity.Warning => "1;33",
            _ => "1;36",
        });

        private string Paint(string text, string code) => colour ? $"{Escape}{code}m{text}{Escape}0m" : text;
    }
}
