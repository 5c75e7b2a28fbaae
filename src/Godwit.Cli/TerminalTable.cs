// A table of the server on the terminal of a person: no line is wider than the window, and colour says what a reader looks for first.
// What goes into a file or a pipe is left as the server wrote it: scripts read it.

using System.Text;

namespace Godwit.Cli;

/// <summary>Cuts and colours the text of verbs that print a table.</summary>
internal static class TerminalTable
{
    private const string Bold = "\e[1m";
    private const string Dim = "\e[2m";
    private const string Red = "\e[31m";
    private const string Yellow = "\e[33m";
    private const string Cyan = "\e[36m";
    private const string Plain = "\e[0m";

    /// <summary>Second words of <c>show</c> whose answers are tables with a line of headers.</summary>
    private static readonly string[] _tables = ["queues", "topqueues", "domains", "topdomains", "vmtas", "jobs", "disabled", "unclassified"];

    /// <summary>The text as the screen is to show it, without the newline at its end.</summary>
    public static string Dress(string text, IReadOnlyList<string> words, Screen screen)
    {
        text = text.TrimEnd('\n');
        if (!screen.IsTerminal || !IsTable(words))
        {
            return text;
        }

        int columns = screen.Size().Columns;
        string[] lines = text.Split('\n');
        int state = lines[0].IndexOf(" st ", StringComparison.Ordinal) + 1;
        var dressed = new StringBuilder(text.Length + 16 * lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = Fit(lines[i], columns);
            string shown = !screen.Colours ? line
                : i == 0 ? Bold + line + Plain
                : i == lines.Length - 1 ? Dim + line + Plain
                : state > 0 ? WithState(line, state) : line;
            dressed.Append(shown).Append(i == lines.Length - 1 ? "" : "\n");
        }

        return dressed.ToString();
    }

    /// <summary>At most so many columns; a cut line ends with a sign that says so.</summary>
    public static string Fit(string line, int columns) => line.Length <= columns ? line : line[..Math.Max(0, columns - 1)] + "…";

    private static bool IsTable(IReadOnlyList<string> words) => words.Count > 0
        && ("list".Equals(words[0], StringComparison.OrdinalIgnoreCase)
            || (words.Count > 1 && IsShort(words[0], "show") && _tables.Any(table => IsShort(words[1], table))));

    private static bool IsShort(string typed, string word) => typed.Length > 0 && word.StartsWith(typed, StringComparison.OrdinalIgnoreCase);

    /// <summary>The letters of the column "st": P is an operator's doing, B a provider's, R the usual wait. Lines about errors have none there.</summary>
    private static string WithState(string line, int at)
    {
        if (line.Length <= at || line[at] is not ('P' or 'B' or 'R' or 'J') || line[at - 1] != ' ')
        {
            return line;
        }

        int end = at;
        while (end < line.Length && line[end] is 'P' or 'B' or 'R' or 'J')
        {
            end++;
        }

        string colour = line[at] switch { 'P' => Yellow, 'B' => Red, _ => Cyan };
        return end < line.Length && line[end] != ' ' ? line : line[..at] + colour + line[at..end] + Plain + line[end..];
    }
}
