// Two macros with a domain in common, and two <domain> blocks that use them and disagree. The later block counts, which nobody can see in the file.

namespace Godwit.Settings;

/// <summary>Domains that two macros fight for, in one level: the global blocks, or those of one virtual MTA or pool.</summary>
internal sealed class MacroLint
{
    /// <summary>Domains named in one sentence.</summary>
    private const int MaxNamed = 3;

    private readonly Dictionary<DomainPattern, WrittenDomain> _owners = [];
    private readonly Dictionary<(WrittenDomain First, WrittenDomain Second), List<DomainPattern>> _shared = [];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        List<WrittenDomain> all = WrittenDomain.Of(root, b => b.Argument.Contains('$', StringComparison.Ordinal));
        foreach (IGrouping<CheckedBlock, WrittenDomain> level in all.GroupBy<WrittenDomain, CheckedBlock>(d => d.Parent, ReferenceEqualityComparer.Instance))
        {
            var lint = new MacroLint();
            foreach (WrittenDomain domain in level)
            {
                lint.Add(domain);
            }

            lint.Report(level.Key, problems);
        }
    }

    private void Add(WrittenDomain domain)
    {
        foreach (DomainPattern pattern in domain.Patterns)
        {
            if (_owners.TryGetValue(pattern, out WrittenDomain? before)
                && !before.Block.Argument.Equals(domain.Block.Argument, StringComparison.OrdinalIgnoreCase))
            {
                _shared.TryAdd((before, domain), []);
                _shared[(before, domain)].Add(pattern);
            }

            _owners[pattern] = domain;
        }
    }

    private void Report(CheckedBlock level, ProblemList problems)
    {
        HashSet<(DomainPattern Pattern, string Directive)> settled = _shared.Count == 0 ? [] : Literals(level);
        foreach (((WrittenDomain first, WrittenDomain second), List<DomainPattern> patterns) in _shared)
        {
            foreach (string directive in Disagreements(first.Block, second.Block))
            {
                List<DomainPattern> contested = patterns.FindAll(p => !settled.Contains((p, directive)));
                if (contested.Count > 0)
                {
                    problems.WarnFew("macros", second.Block.ArgumentAt, () => Sentence(first.Block, second.Block, contested, directive));
                    break;
                }
            }
        }
    }

    private static string Sentence(CheckedBlock first, CheckedBlock second, List<DomainPattern> contested, string directive)
    {
        (string are, string them) = contested.Count == 1 ? ("is", "it") : ("are", "them");
        string names = string.Join(", ", contested.Take(MaxNamed));
        string more = contested.Count > MaxNamed ? $" and {contested.Count - MaxNamed} more" : "";
        return $"{names}{more} {are} in {first.Argument} of line {first.At.Line} too, and both blocks set {directive}; "
            + $"the later one counts: take {them} out of one macro, or write a <domain> that names {them}";
    }

    /// <summary>Directives that both set, to different values.</summary>
    private static IEnumerable<string> Disagreements(CheckedBlock first, CheckedBlock second) =>
        from name in second.Directives.Where(d => !d.Directive.Repeatable).Select(d => d.Directive.Name).Distinct()
        let other = first.Last(name)
        where other is not null && Shown(other) != Shown(second.Last(name)!)
        select name;

    private static string Shown(CheckedDirective line) => line.Value is null ? "" : line.Directive.Form.Print(line.Value);

    /// <summary>What blocks that name a contested domain literally say about it: they are laid over every macro's.</summary>
    private HashSet<(DomainPattern Pattern, string Directive)> Literals(CheckedBlock level)
    {
        HashSet<DomainPattern> contested = [.. _shared.Values.SelectMany(p => p)];
        var settled = new HashSet<(DomainPattern Pattern, string Directive)>();
        foreach (CheckedBlock block in level.BlocksOf(BlockKind.Domain))
        {
            if (DomainPattern.TryParse(block.Argument, out DomainPattern pattern, out _) && contested.Contains(pattern))
            {
                settled.UnionWith(block.Directives.Select(d => (pattern, d.Directive.Name)));
            }
        }

        return settled;
    }
}
