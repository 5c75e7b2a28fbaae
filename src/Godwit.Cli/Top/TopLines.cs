// Lines of the live view that stay whole on a narrow terminal: they go on below themselves, or leave out what matters least. Stateless.

namespace Godwit.Cli.Top;

internal static class TopLines
{
    /// <summary>Between two parts of a line.</summary>
    private const string Gap = "  ";

    /// <summary>In the order of the line. The higher the rank, the sooner it is left out where there is no room: ? tells all of them.</summary>
    private static readonly (string Key, int Rank)[] _keys =
    [
        ("↑↓ choose", 3), ("Enter why", 1), ("p pause", 1), ("r resume", 1), ("b backoff", 2), ("n normal", 2), ("s schedule", 2), ("/ filter", 3),
        ("o order", 4), ("space hold", 5), ("? keys", 0), ("q quit", 0),
    ];

    /// <summary>The keys that fit, in one line.</summary>
    public static string Keys(int columns)
    {
        int most = _keys.Max(key => key.Rank);
        string line = Line(most);
        while (line.Length > columns && most > 0)
        {
            line = Line(--most);
        }

        return line;

        static string Line(int most) => string.Join(Gap, _keys.Where(key => key.Rank <= most).Select(key => key.Key));
    }

    /// <summary>The text between blanks, on as many lines as it needs; one that has no room ends with a sign that says so.</summary>
    public static List<string> Fold(string text, int columns, int most) =>
        Flow(text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), " ", columns, most);

    /// <summary>The parts on as many lines as they need, none of them broken.</summary>
    public static List<string> Flow(IEnumerable<string> parts, int columns, int most) => Flow(parts, Gap, columns, most);

    private static List<string> Flow(IEnumerable<string> parts, string gap, int columns, int most)
    {
        var lines = new List<string> { "" };
        foreach (string part in parts)
        {
            bool fits = lines[^1].Length == 0 || lines[^1].Length + gap.Length + part.Length <= columns || lines.Count == most;
            if (fits)
            {
                lines[^1] += lines[^1].Length == 0 ? part : gap + part;
            }
            else
            {
                lines.Add(part.TrimStart());
            }
        }

        return [.. lines.Select(line => TerminalTable.Fit(line, columns))];
    }
}
