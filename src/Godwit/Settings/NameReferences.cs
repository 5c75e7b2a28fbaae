// Names of blocks in values: every one must exist. The table says which directives name what; entries of pattern lists name in their results.
// Static; reads the checked tree once.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Checks references between blocks.</summary>
internal static class NameReferences
{
    /// <summary>Sources that exist without a block.</summary>
    private static readonly string[] _builtInSources = ["{auth}", "{pickup}", "{transmissions-api}"];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        ILookup<BlockKind, string> defined = root.Blocks.Where(b => b.Argument.Length > 0).ToLookup(b => b.Kind, b => b.Argument);
        Walk(root, defined, problems);
        CheckOrder(root, problems);
        PatternCalls.Check(root, problems);
        foreach (CheckedBlock list in root.Blocks.Where(b => b.Kind == BlockKind.PatternList))
        {
            PatternNesting.Check(list, problems);
        }
    }

    private static void Walk(CheckedBlock block, ILookup<BlockKind, string> defined, ProblemList problems)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            foreach ((BlockKind kinds, string name, int offset) in NamesIn(line))
            {
                Require(kinds, name, line, line.ValueAt.Right(offset), defined, problems);
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Walk(inner, defined, problems);
        }
    }

    /// <summary>Each name, and where in the value it stands.</summary>
    private static IEnumerable<(BlockKind Kinds, string Name, int Offset)> NamesIn(CheckedDirective line) => (line.Directive.Refers, line.Value) switch
    {
        (_, PatternRule { Result: var result }) =>
            [(BlockKind.VirtualMta | BlockKind.Pool, result.VirtualMta, result.NameOffset), (BlockKind.PatternList, result.CallTo, result.NameOffset)],
        (BlockKind.None, _) => [],
        (BlockKind kinds, string name) => [(kinds, name, 0)],
        (BlockKind kinds, NameList names) => names.Select((name, index) => (kinds, name, names.OffsetOf(index))),
        _ => [],
    };

    private static void Require(
        BlockKind kinds, string name, CheckedDirective line, ConfigPosition at, ILookup<BlockKind, string> defined, ProblemList problems)
    {
        bool builtIn = (kinds.HasFlag(BlockKind.VirtualMta) && name.Equals(EnvelopeRecipient.DefaultVirtualMta, StringComparison.OrdinalIgnoreCase))
            || (kinds.HasFlag(BlockKind.Source) && _builtInSources.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (name.Length == 0 || builtIn)
        {
            return;
        }

        IEnumerable<string> known = defined.Where(group => kinds.HasFlag(group.Key)).SelectMany(group => group);
        if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            string key = $"undefined {line.Directive.Name} {name}";
            if (!problems.Again(key, at))
            {
                string fault = $"{line.Directive.Name}: no {BlockTable.Describe(kinds)} is called {ValueParsers.Show(name)}{Hint(name, known, defined)}";
                problems.Once(key, at, ConfigSeverity.Error, fault);
            }
        }
    }

    private static string Hint(string name, IEnumerable<string> known, ILookup<BlockKind, string> defined)
    {
        IGrouping<BlockKind, string>? other = defined.FirstOrDefault(group => group.Contains(name, StringComparer.OrdinalIgnoreCase));
        return other is null ? Spelling.Hint(name, known) : $"; {BlockTable.Describe(other.Key)} has this name, but it is not meant here";
    }

    /// <summary>PowerMTA wants a list before the source that names it. Godwit reads everything first, so the file works here and not there.</summary>
    private static void CheckOrder(CheckedBlock root, ProblemList problems)
    {
        for (int i = 0; i < root.Blocks.Count; i++)
        {
            List<CheckedDirective> said = root.Blocks[i].Kind == BlockKind.Source ? root.Blocks[i].Directives : [];
            if (said.FindLast(d => d.Directive.Name == "pattern-list") is { Value: string name } line)
            {
                int list = root.Blocks.TakeWhile(b => b.Kind != BlockKind.PatternList || !b.Argument.Equals(name, StringComparison.OrdinalIgnoreCase)).Count();
                if (list > i && list < root.Blocks.Count)
                {
                    problems.Warn(line.ValueAt, $"<pattern-list {name}> stands behind the source that names it; PowerMTA wants it before");
                }
            }
        }
    }
}
