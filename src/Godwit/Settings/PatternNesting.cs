// <pattern-list> blocks inside <pattern-list> blocks: which entry each of them is the result of. The tree keeps directives and blocks apart,
// so the two are brought together by where they stand; a block ends in the file it began in, and so does the entry before it.

namespace Godwit.Settings;

/// <summary>Brings entries and the lists behind them together.</summary>
internal static class PatternNesting
{
    /// <summary>The list behind each entry whose result is a list; null where it is missing.</summary>
    public static IEnumerable<(CheckedDirective Entry, CheckedBlock? List)> Pairs(CheckedBlock list)
    {
        List<CheckedDirective> entries = [.. list.Directives.Where(d => d.Value is PatternRule)];
        ILookup<CheckedDirective?, CheckedBlock> behind = list.Blocks.ToLookup(block => entries.FindLast(entry => IsBefore(entry.At, block.At)));
        return entries.Where(IsOpen).Select(entry => (entry, behind[entry].FirstOrDefault()));
    }

    /// <summary>Says where a result or an entry is missing.</summary>
    public static void Check(CheckedBlock list, ProblemList problems)
    {
        var used = new HashSet<CheckedBlock>(ReferenceEqualityComparer.Instance);
        foreach ((CheckedDirective entry, CheckedBlock? inner) in Pairs(list))
        {
            if (inner is null)
            {
                problems.Error(entry.ValueAt, $"{entry.Directive.Name}: the result is missing; write {PatternRule.ResultShape}");
            }
            else
            {
                used.Add(inner);
            }
        }

        foreach (CheckedBlock inner in list.Blocks.Where(b => b.Kind == BlockKind.PatternList))
        {
            if (!used.Contains(inner))
            {
                problems.Once("nested list", inner.At, ConfigSeverity.Error, "this <pattern-list> belongs behind an entry that has no other result");
            }

            Check(inner, problems);
        }
    }

    private static bool IsOpen(CheckedDirective entry) => entry.Value is PatternRule { Result.IsNested: true };

    private static bool IsBefore(ConfigPosition a, ConfigPosition b) => a.File == b.File && (a.Line, a.Column).CompareTo((b.Line, b.Column)) < 0;
}
