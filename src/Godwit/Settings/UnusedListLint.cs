// Lists of patterns that nothing names: rules that look as if they were in force.

namespace Godwit.Settings;

/// <summary><c>&lt;smtp-pattern-list&gt;</c> and <c>&lt;pattern-list&gt;</c> without effect.</summary>
internal static class UnusedListLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return; // A misspelt name is told as what it is, and must not be told twice.
        }

        var named = new HashSet<(BlockKind, string)>();
        Gather(root, named);
        foreach (CheckedBlock list in root.Blocks)
        {
            if (list.Kind is BlockKind.SmtpPatternList or BlockKind.PatternList && list.Argument.Length > 0
                && list.Directives.Exists(static d => d.Value is ReplyRule or PatternRule)
                && named.Add((list.Kind, list.Argument.ToUpperInvariant())) && !IsUnread(root, list.Kind))
            {
                (string directive, string place) = list.Kind == BlockKind.SmtpPatternList ? ("smtp-pattern-list", "<domain>") : ("pattern-list", "<source>");
                problems.WarnFew("unused list", list.At, () => $"nothing names <{directive} {list.Argument}>, so its rules have no effect; "
                    + $"write \"{directive} {list.Argument}\" into the {place} that they are for");
            }
        }
    }

    private static void Gather(CheckedBlock block, HashSet<(BlockKind, string)> named)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is PatternRule { Result.CallTo: { Length: > 0 } called })
            {
                named.Add((BlockKind.PatternList, called.ToUpperInvariant()));
            }
            else if (line is { Value: string name, Directive.Refers: BlockKind.SmtpPatternList or BlockKind.PatternList })
            {
                named.Add((line.Directive.Refers, name.ToUpperInvariant()));
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Gather(inner, named);
        }
    }

    /// <summary>Whether a line that might name one could not be read.</summary>
    private static bool IsUnread(CheckedBlock block, BlockKind kind) =>
        block.IsUnread(kind == BlockKind.SmtpPatternList ? "smtp-pattern-list" : "pattern-list") || block.Blocks.Any(inner => IsUnread(inner, kind));
}
