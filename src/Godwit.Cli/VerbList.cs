// The verbs, for when no server can be asked: the help's topics. A test compares them with the server's own table.

namespace Godwit.Cli;

/// <summary>Knows verbs by name, and the nearest one to a slip.</summary>
internal static class VerbList
{
    /// <summary>A slip is at most so many letters.</summary>
    private const int MaxSlip = 3;

    private static IEnumerable<string> All => HelpText.Topics.Select(topic => topic.Words);

    /// <summary>Why words can be no command of any server; null when they may be one.</summary>
    public static string? Fault(IReadOnlyList<string> words) =>
        HelpText.Topics.Any(topic => Begins(words, topic.Words)) ? null
        : $"unknown command \"{string.Join(' ', words.Take(3))}\"{Hint(words)}; \"godwit help\" lists what there is";

    /// <summary>What may stand behind a word that is no verb by itself, with what each is for; null when the words are more than such a word.</summary>
    public static string? Group(IReadOnlyList<string> words)
    {
        if (words.Count == 0 || words[0].Length == 0 || (words.Count > 1 && !words[1].StartsWith("--", StringComparison.Ordinal)))
        {
            return null;
        }

        HelpTopic[] begun = [.. HelpText.Topics.Where(topic => topic.Words.StartsWith(words[0], StringComparison.OrdinalIgnoreCase))];
        string[] first = [.. begun.Select(topic => topic.Words.Split(' ')[0]).Distinct(StringComparer.Ordinal)];
        return first.Length != 1 || !begun.All(topic => topic.Words.Contains(' ', StringComparison.Ordinal)) ? null
            : $"{first[0]} needs another word; there are:\n{string.Join('\n', begun.Select(topic => $"  {topic.Words,-22}{topic.Purpose}"))}"
                + $"\nMore about each: godwit help {first[0]}";
    }

    /// <summary>The tail of a sentence: <c>; did you mean "show status"?</c>, or nothing.</summary>
    public static string Hint(IReadOnlyList<string> words)
    {
        string? best = null;
        int least = MaxSlip + 1;
        foreach (string verb in All)
        {
            string typed = string.Join(' ', words.Take(verb.Split(' ').Length));
            int distance = Distance(typed, verb);
            if (distance < Math.Min(least, Math.Max(2, typed.Length / 3 + 1)))
            {
                (best, least) = (verb, distance);
            }
        }

        best ??= words.Count > 0 ? All.FirstOrDefault(verb => verb.Split(' ').Contains(words[0], StringComparer.OrdinalIgnoreCase)) : null;
        return best is null ? "" : $"; did you mean \"{best}\"?";
    }

    /// <summary>Whether the words begin with the verb, each in full or shortened.</summary>
    private static bool Begins(IReadOnlyList<string> words, string verb)
    {
        string[] parts = verb.Split(' ');
        return words.Count >= parts.Length
            && parts.Zip(words).All(pair => pair.Second.Length > 0 && pair.First.StartsWith(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Letters changed, added or dropped, ignoring case (Levenshtein).</summary>
    private static int Distance(string typed, string verb)
    {
        if (Math.Abs(typed.Length - verb.Length) > MaxSlip)
        {
            return int.MaxValue;
        }

        int[] last = [.. Enumerable.Range(0, verb.Length + 1)];
        foreach (char letter in typed)
        {
            int[] row = new int[last.Length];
            row[0] = last[0] + 1;
            for (int j = 1; j < row.Length; j++)
            {
                int change = char.ToLowerInvariant(letter) == verb[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + change);
            }

            last = row;
        }

        return last[^1];
    }
}
