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

        int close = end - 1;
        if (!TryTakeFlags(text, ref end, reading, out string caution))
        {
            return false;
        }

        PcreReading read = PcrePattern.Read(text[(at + 1)..close]);
        if (read.Pattern is null)
        {
            return reading.Fail(read.Fault, at + 1 + read.FaultOffset);
        }

        reading.Caution = string.Join("; ", ((string[])[reading.Caution, read.Caution, caution]).Where(said => said.Length > 0));
        pattern = read.Pattern;
        return true;
    }

    /// <summary>
    /// Letters directly behind the closing slash, as other languages have them: <c>i</c> is what patterns do anyway, any other is an error that says
    /// what to write.
    /// </summary>
    private static bool TryTakeFlags(string text, ref int end, ValueReading reading, out string caution)
    {
        caution = "";
        int behind = end;
        while (behind < text.Length && char.IsAsciiLetter(text[behind]))
        {
            behind++;
        }

        if (behind < text.Length && !char.IsWhiteSpace(text[behind]) && text[behind] != ',')
        {
            return reading.Fail("the pattern ends here; a / inside it is written \\/", end);
        }

        for (int i = end; i < behind; i++)
        {
            if (char.ToLowerInvariant(text[i]) != 'i')
            {
                return reading.Fail(Refusal(text[end..behind], char.ToLowerInvariant(text[i])), i);
            }
        }

        caution = behind > end ? "the flag i behind the pattern is not needed: patterns ignore case anyway" : "";
        end = behind;
        return true;
    }

    /// <summary>What to write instead of a flag of other languages.</summary>
    private static string Refusal(string flags, char flag) => flag switch
    {
        'm' or 's' or 'x' => $"flags are not written behind a pattern; begin it with (?{flag}) instead",
        'g' => "flags are not written behind a pattern; leave g out, one match is enough",
        _ => $"{ValueParsers.Show(flags)} stands directly behind the pattern, which ends at the /; leave it out, or write \\/ for a / inside the pattern",
    };

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
