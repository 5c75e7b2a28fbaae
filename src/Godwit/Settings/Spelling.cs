// "Did you mean": the nearest known word to an unknown one.

namespace Godwit.Settings;

/// <summary>Finds slips of the keyboard.</summary>
internal static class Spelling
{
    /// <summary>Longer words are no slips, and the comparison is quadratic.</summary>
    private const int MaxLength = 64;

    /// <summary>Shorter parts, such as "smtp", are parts of everything.</summary>
    private const int LeastAkin = 6;

    /// <summary>More than anyone reads in one sentence.</summary>
    private const int MaxAkin = 4;

    /// <summary>The tail of a sentence: <c>; did you mean "x"?</c>, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) => Nearest(word, known) is { } near ? $"; did you mean \"{near}\"?" : "";

    /// <summary>The same, and where nothing is near, what there is: <c>; they are a, b, c</c>.</summary>
    public static string HintOrAll(string word, IReadOnlyCollection<string> known) =>
        Hint(word, known) is { Length: > 0 } hint ? hint : $"; they are {string.Join(", ", known)}";

    /// <summary>The nearest word at most a third of its letters away, and never more than three; null when there is none.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Min(3, Math.Max(1, word.Length / 3)) + 1;
        if (word.Length is 0 or > MaxLength)
        {
            return null;
        }

        foreach (string candidate in known)
        {
            if (candidate.Length <= MaxLength && Math.Abs(candidate.Length - word.Length) < least)
            {
                int distance = Distance(word, candidate);
                if (distance < least || (distance == least && best is not null && string.CompareOrdinal(candidate, best) < 0))
                {
                    (best, least) = (candidate, distance);
                }
            }
        }

        return best;
    }

    /// <summary>
    /// Known words of which the word is a part, or that are a part of it, from hyphen to hyphen: those that are not much longer or shorter, the nearest in
    /// length first. None when there are so many that the word means nothing in particular.
    /// </summary>
    public static IReadOnlyList<string> Akin(string word, IEnumerable<string> known)
    {
        List<string> akin = [.. known.Where(candidate => IsAkin(word, candidate)).Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(candidate => Math.Abs(candidate.Length - word.Length)).ThenBy(candidate => candidate, StringComparer.Ordinal)];
        return akin.Count <= MaxAkin ? akin : [];
    }

    private static bool IsAkin(string word, string candidate)
    {
        (string shorter, string longer) = word.Length <= candidate.Length ? (word, candidate) : (candidate, word);
        return longer.Length <= MaxLength && shorter.Length >= LeastAkin && shorter.Length * 2 >= longer.Length
            && $"-{longer}-".Contains($"-{shorter}-", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Letters changed, added, dropped or swapped with a neighbour (optimal string alignment), ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        Span<int> before = stackalloc int[MaxLength + 1];
        Span<int> last = stackalloc int[MaxLength + 1];
        Span<int> row = stackalloc int[MaxLength + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + change);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            last.CopyTo(before);
            row.CopyTo(last);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
