// One <pattern-list> as the server runs on it: entries in the order of the file, lists inside lists already in their places. Immutable.

namespace Godwit.Settings;

/// <summary>A list whose first entry that matches and has a result decides.</summary>
/// <param name="Name">Empty for a list inside another.</param>
public sealed record PatternListSettings(string Name, IReadOnlyList<PatternEntry> Entries)
{
    internal static PatternListSettings Of(string name, IEnumerable<CheckedBlock> blocks, Func<PatternRule, PatternRule> canonical)
    {
        var entries = new List<PatternEntry>();
        foreach (CheckedBlock block in blocks)
        {
            var inner = new Dictionary<CheckedDirective, CheckedBlock?>(ReferenceEqualityComparer.Instance);
            foreach ((CheckedDirective entry, CheckedBlock? list) in PatternNesting.Pairs(block))
            {
                inner[entry] = list;
            }

            foreach (CheckedDirective line in block.Directives)
            {
                if (line.Value is PatternRule rule)
                {
                    entries.Add(new PatternEntry(canonical(rule), inner.GetValueOrDefault(line) is { } list ? Of("", [list], canonical) : null));
                }
            }
        }

        return new PatternListSettings(name, entries);
    }
}

/// <summary>One entry.</summary>
/// <param name="Inner">The list behind it that gives its result; null where the rule has a result of its own.</param>
public sealed record PatternEntry(PatternRule Rule, PatternListSettings? Inner);
