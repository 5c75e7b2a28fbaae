// How a /pattern/ stands in a line: between slashes, with \/ for a slash inside. What stands between them is the Patterns room's.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>Takes a pattern out of a value.</summary>
internal static class PatternLiteral
{
    /// <summary>Reads the pattern that starts at <paramref name="at"/>; <paramref name="end"/> is behind its closing slash.</summary>
    public static bool TryTake(string text, int at, ValueReading reading, out PcrePattern pattern, out int end)
    {
        pattern = null!;
        end = EndOf(text, at);
        if (end <= 0)
        {
            return reading.Fail(
                end == 0 && text[at] == '"' ? "a pattern stands between slashes, without quotes"
                : end == 0 ? $"{ValueParsers.Show(text[at..])} does not start with /"
                : "the pattern is never closed by / (a # starts a comment also inside a pattern; write \\x23)", at);
        }

        if (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != ',')
        {
            return reading.Fail("the pattern ends here; a / inside it is written \\/, and flags such as i are not written (patterns ignore case anyway)", end);
        }

        PcreReading read = PcrePattern.Read(text[(at + 1)..(end - 1)]);
        if (read.Pattern is null)
        {
            return reading.Fail(read.Fault, at + 1 + read.FaultOffset);
        }

        reading.Caution = read.Caution.Length > 0 ? read.Caution : reading.Caution;
        pattern = read.Pattern;
        return true;
    }

    /// <summary>Behind the closing slash; 0 when no pattern starts here, -1 when it is not closed.</summary>
    private static int EndOf(string text, int at)
    {
        if (at >= text.Length || text[at] != '/')
        {
            return 0;
        }

        for (int i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '/')
            {
                return i + 1;
            }
        }

        return -1;
    }
}
