// Names as operators shorten them: a star stands for any run of characters, a question mark for one, case does not count. Pure.

namespace Godwit.Foundation;

/// <summary>Compares a text with a pattern.</summary>
public static class StarPattern
{
    /// <summary>
    /// Whether the whole text fits. On a mismatch only the last star takes one character more, for an earlier one could do no better: at most the product of
    /// both lengths, whatever the pattern.
    /// </summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int at = 0;
        int star = -1;
        int tried = 0;
        for (int i = 0; i < text.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, tried) = (at++, i);
            }
            else if (at < pattern.Length && (pattern[at] == '?' || char.ToUpperInvariant(pattern[at]) == char.ToUpperInvariant(text[i])))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                (at, i) = (star + 1, ++tried);
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }
}
