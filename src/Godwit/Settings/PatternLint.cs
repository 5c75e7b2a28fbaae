// Patterns that do not do what their line promises: those that an earlier line leaves nothing to, those that may take very long, and slips in the
// names of bounce categories. Static; every warning is proved, see PcreCover and PcreBacktracking.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>Looks at every list of patterns.</summary>
internal static class PatternLint
{
    /// <summary>Entries of one list that are compared with each other: the comparison is quadratic, and longer lists are made by machines.</summary>
    private const int MaxCompared = 1000;

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) => Check(root, problems);

    private static void Check(CheckedBlock block, ProblemList problems)
    {
        List<Entry>? entries = null;
        foreach (CheckedDirective line in block.Directives)
        {
            foreach (PcrePattern pattern in PatternsOf(line.Value))
            {
                CheckTime(pattern, line, problems);
            }

            if (line.Value is BounceCategoryRule { Category: var category })
            {
                CheckCategory(category, line, problems);
            }

            if ((entries is null || entries.Count < MaxCompared) && Entry.Of(line) is { } entry)
            {
                entries ??= [];
                CheckShadow(entry, entries, problems);
                entries.Add(entry);
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Check(inner, problems);
        }
    }

    private static IEnumerable<PcrePattern> PatternsOf(object? value) => value switch
    {
        ReplyRule rule => [rule.Pattern],
        ProviderReply rule => [rule.Pattern],
        BounceCategoryRule rule => [rule.Pattern],
        PatternRule { Pattern: { } pattern } => [pattern],
        AddressPattern { Pattern: { } pattern } => [pattern],
        IReadOnlyList<HeaderSelector> selectors => selectors.Select(s => s.Pattern).OfType<PcrePattern>(),
        _ => [],
    };

    private static void CheckTime(PcrePattern pattern, CheckedDirective line, ProblemList problems)
    {
        if (PcreBacktracking.Find(pattern.Pieces()) is { } loop)
        {
            string loopText = ValueParsers.Show(pattern.Text[loop.Source]);
            problems.Warn(line.ValueAt, $"{loopText} reads the same text in many ways, so a match can take very long and is given up after "
                + $"{PcrePattern.MatchTime.TotalMilliseconds} ms, which counts as no match; write it without a repetition in a repetition");
        }
    }

    private static void CheckCategory(string category, CheckedDirective line, ProblemList problems)
    {
        bool known = BounceCategoryRule.Known.Contains(category, StringComparer.OrdinalIgnoreCase);
        if (!known && Spelling.Hint(category, BounceCategoryRule.Known) is { Length: > 0 } hint)
        {
            problems.Once($"category {category}", line.ValueAt, ConfigSeverity.Warning, $"{ValueParsers.Show(category)} is none of the usual categories{hint}");
        }
    }

    private static void CheckShadow(Entry entry, List<Entry> before, ProblemList problems)
    {
        if (before.Find(earlier => earlier.LeavesNothingTo(entry)) is not { } shadow)
        {
            return;
        }

        string place = shadow.Line.At.File == entry.Line.At.File ? $"line {shadow.Line.At.Line}" : $"{shadow.Line.At.File}:{shadow.Line.At.Line}";
        problems.Warn(entry.Line.ValueAt, shadow.Text == entry.Text
            ? $"this line has no effect: the same pattern stands in {place}, and the first one counts"
            : $"this line has no effect: {ValueParsers.Show(shadow.Text)} in {place} matches whatever this pattern matches, and the first one counts");
    }

    /// <summary>A line of a list where the first match counts.</summary>
    /// <param name="Subject">What the pattern is tried on.</param>
    /// <param name="Cover">null for lines that match everything.</param>
    /// <param name="Actions">For replies.</param>
    /// <param name="Decides">Nothing is looked at behind a match.</param>
    private sealed record Entry(CheckedDirective Line, string Subject, string Text, PcreCover? Cover, ReplyActions Actions, bool Decides)
    {
        /// <summary>Of several matching rules the first with words of Godwit's own has its reaction.</summary>
        public bool Reacts { get; init; }

        public static Entry? Of(CheckedDirective line) => line.Value switch
        {
            // A rule with a threshold lets replies pass until it is reached.
            ReplyRule rule => Make(line, "", rule.Pattern, rule.Actions, rule.Reaction.Threshold.IsUnlimited) with { Reacts = !rule.Reaction.IsNone },
            ProviderReply rule => Make(line, "", rule.Pattern, ReplyActions.None, decides: true),
            BounceCategoryRule rule => Make(line, "", rule.Pattern, ReplyActions.None, decides: true),
            // What a nested or called list does when nothing in it matches is not known.
            PatternRule rule => Make(line, rule.Subject == PatternSubject.Header ? $"header {rule.Header}" : rule.Subject.ToString(), rule.Pattern,
                ReplyActions.None, rule.Result is { IsNested: false, CallTo: "" }),
            _ => null,
        };

        /// <summary>Whether this line has decided before <paramref name="later"/> could.</summary>
        public bool LeavesNothingTo(Entry later) =>
            Decides && (ReplyRule.Excluded(Actions) & later.Actions) == later.Actions && (Reacts || !later.Reacts)
            && (MatchesEverything || MatchesWherever(later));

        private bool MatchesWherever(Entry later) =>
            Subject.Equals(later.Subject, StringComparison.OrdinalIgnoreCase) && later.Cover is { } other && (Text == later.Text || Cover!.Covers(other));

        /// <summary>A message has a sender and a recipient, but perhaps not the header field.</summary>
        private bool MatchesEverything => Cover is null || (Cover.MatchesAll && !Subject.StartsWith("header ", StringComparison.Ordinal));

        private static Entry Make(CheckedDirective line, string subject, PcrePattern? pattern, ReplyActions actions, bool decides) =>
            new(line, subject, pattern?.ToString() ?? "*", pattern is null ? null : new PcreCover(pattern.Pieces()), actions, decides);
    }
}
