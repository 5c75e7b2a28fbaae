// The value of `command` as words. There is no shell: blanks separate, quotes hold together, a backslash takes the meaning from a blank, a quote, a $ or
// another backslash. Variables are put in after the words are cut, so what stands in an address never makes a word.

namespace Godwit.Settings;

/// <summary>Reads command lines. Pure.</summary>
public static class ProgramLine
{
    /// <summary>More words than a program of this kind takes; a longer line is a mistake.</summary>
    private const int MaxWords = 256;

    /// <summary>
    /// The words of a command as written. Quotes around the whole are the value's own and are taken off first. Null, with the reason in <paramref
    /// name="problem"/>, for no word at all, too many, or an open quote.
    /// </summary>
    public static IReadOnlyList<MacroText>? Read(string written, out string problem)
    {
        string line = Unwrap(written);
        var words = new List<MacroText>();
        var word = new MacroPieces();
        bool isQuoted = false;
        bool isOpen = false;
        for (int at = 0; at < line.Length;)
        {
            char c = line[at];
            if (c is ' ' or '\t' && !isQuoted)
            {
                End();
                at++;
                continue;
            }

            isOpen = true;
            if (c == '"')
            {
                isQuoted = !isQuoted;
                at++;
            }
            else if (c == '\\' && at + 1 < line.Length && line[at + 1] is ' ' or '"' or '$' or '\\')
            {
                word.Add(line[at + 1]);
                at += 2;
            }
            else
            {
                at = word.AddAt(line, at);
            }
        }

        End();
        problem = isQuoted ? "a quote is not closed" : words.Count == 0 ? "it names no program" : words.Count > MaxWords ? "it has too many words" : "";
        return problem.Length == 0 ? words : null;

        void End()
        {
            if (isOpen)
            {
                words.Add(word.Take());
                isOpen = false;
            }
        }
    }

    /// <summary>Takes quotes off that enclose the whole line, with the backslashes before the quotes and backslashes inside.</summary>
    private static string Unwrap(string line)
    {
        if (line is not ['"', ..] || Quoting.EndOfQuoted(line) != line.Length || !Quoting.TryUnquote(line, out string plain))
        {
            return line;
        }

        return plain;
    }
}
