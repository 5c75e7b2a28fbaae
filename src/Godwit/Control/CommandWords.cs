// Splits a command line into words: blanks separate, double quotes hold together, a backslash takes the next character as it is.

using System.Text;

namespace Godwit.Control;

internal static class CommandWords
{
    /// <summary>More words than any verb takes; a longer line is refused.</summary>
    public const int MaxWords = 64;

    /// <summary>Octets of the longest command line: an address of 320 and some options, with room.</summary>
    public const int MaxLength = 4096;

    /// <summary>Null, with the reason in <paramref name="problem"/>, for an open quote, a control character or a line beyond the bounds.</summary>
    public static List<string>? Split(string line, out string problem)
    {
        problem = line.Length > MaxLength ? "the command is too long"
            : line.AsSpan().ContainsAnyInRange('\0', '\u001f') ? "the command holds a control character" : "";
        if (problem.Length > 0)
        {
            return null;
        }

        var words = new List<string>();
        var word = new StringBuilder();
        bool quoted = false;
        bool inWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == ' ' && !quoted)
            {
                End();
                continue;
            }

            inWord = true;
            if (c == '"')
            {
                quoted = !quoted;
            }
            else
            {
                word.Append(c == '\\' && i + 1 < line.Length ? line[++i] : c);
            }
        }

        End();
        problem = quoted ? "a double quote is not closed" : words.Count > MaxWords ? "the command has too many words" : "";
        return problem.Length > 0 ? null : words;

        void End()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
