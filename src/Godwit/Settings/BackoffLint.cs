// Limits for backoff mode that can never come into force: no reply rule for these domains switches backoff on.
// Patterns meet when one domain can match both; a block that stands in another virtual MTA's block never meets.

namespace Godwit.Settings;

/// <summary>Backoff that nothing begins.</summary>
internal sealed class BackoffLint
{
    /// <summary>The switches of one virtual MTA or pool; the global ones under the root.</summary>
    private readonly Dictionary<CheckedBlock, PatternSet> _switches = new(ReferenceEqualityComparer.Instance);

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        List<WrittenDomain> limits = WrittenDomain.Of(root, b => FirstLimit(b) is not null);
        if (limits.Count == 0)
        {
            return;
        }

        var lint = new BackoffLint();
        HashSet<string> idle = ListsWithoutBackoff(root);
        foreach (WrittenDomain domain in WrittenDomain.Of(root, b => CanBegin(b, idle)))
        {
            lint.SwitchesOf(domain.Parent).Add(domain.Patterns);
        }

        foreach (WrittenDomain domain in limits)
        {
            CheckedDirective line = FirstLimit(domain.Block)!;
            if (domain.Patterns.Count > 0 && !domain.Patterns.Any(p => lint.CanBegin(p, domain.Parent)))
            {
                problems.WarnFew("backoff", line.At, () => $"nothing switches {domain.Block.Argument} to backoff mode but the command \"set queue\", so "
                    + $"{line.Directive.Name} has no effect; name an <smtp-pattern-list> with a rule that has {ReplyRule.Words(ReplyActions.Backoff)}");
            }
        }
    }

    private PatternSet SwitchesOf(CheckedBlock parent)
    {
        if (!_switches.TryGetValue(parent, out PatternSet? known))
        {
            _switches[parent] = known = new PatternSet();
        }

        return known;
    }

    private bool CanBegin(DomainPattern pattern, CheckedBlock level) => _switches.Any(s => SharesMail(s.Key, level) && s.Value.Meets(pattern));

    /// <summary>Global blocks apply everywhere, a pool's to its members; two virtual MTAs never share, two pools hardly.</summary>
    private static bool SharesMail(CheckedBlock one, CheckedBlock other) =>
        one.Kind != other.Kind || one.Kind == BlockKind.Global || one.Argument.Equals(other.Argument, StringComparison.OrdinalIgnoreCase);

    private static CheckedDirective? FirstLimit(CheckedBlock domain) =>
        domain.Directives.Find(static d => d.Directive.Name.StartsWith("backoff-", StringComparison.Ordinal) && d.Value is not null
            && d.Directive.Name != "backoff-upon-all-sources-disabled");

    private static bool CanBegin(CheckedBlock domain, HashSet<string> idle)
    {
        foreach (CheckedDirective line in domain.Directives)
        {
            bool begins = line.Directive.Name switch
            {
                "backoff-upon-all-sources-disabled" => line.Value is true,
                "smtp-pattern-list" => line.Value is string list && !idle.Contains(list),
                "reply" => Begins(line),
                _ => false,
            };
            if (begins)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lists that are written here and have no rule that begins backoff. Of a list that is not, nothing is known.</summary>
    private static HashSet<string> ListsWithoutBackoff(CheckedBlock root) =>
    [
        .. root.BlocksOf(BlockKind.SmtpPatternList).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase)
            .Where(blocks => !blocks.SelectMany(b => b.All("reply")).Any(Begins)).Select(blocks => blocks.Key),
    ];

    private static bool Begins(CheckedDirective rule) => rule.Value is ReplyRule { Actions: var actions } && actions.HasFlag(ReplyActions.Backoff);

    /// <summary>Patterns, asked whether any of them has a domain in common with another.</summary>
    private sealed class PatternSet
    {
        private readonly HashSet<string> _names = [];
        private readonly HashSet<string> _wild = [];
        private readonly HashSet<string> _above = [];
        private bool _all;
        private bool _any;

        public void Add(IEnumerable<DomainPattern> patterns)
        {
            foreach (DomainPattern pattern in patterns)
            {
                _any = true;
                if (pattern.Kind is not (DomainPatternKind.Exact or DomainPatternKind.Both or DomainPatternKind.Below))
                {
                    _all = true;
                    continue;
                }

                _names.Add(pattern.Name);
                _above.UnionWith(SelfAndParents(pattern.Name));
                if (pattern.Kind is DomainPatternKind.Both or DomainPatternKind.Below)
                {
                    _wild.Add(pattern.Name);
                }
            }
        }

        public bool Meets(DomainPattern pattern) => _all || pattern.Kind switch
        {
            DomainPatternKind.Exact => _names.Contains(pattern.Name) || SelfAndParents(pattern.Name).Any(_wild.Contains),
            DomainPatternKind.Both or DomainPatternKind.Below => _above.Contains(pattern.Name) || SelfAndParents(pattern.Name).Any(_wild.Contains),
            _ => _any,
        };

        private static IEnumerable<string> SelfAndParents(string name)
        {
            yield return name;
            for (int dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
            {
                yield return name[(dot + 1)..];
            }
        }
    }
}
