// A rollup by pattern says which MX hosts belong together, not which hosts mail goes to: unless the hosts are told by their addresses, the rollup's own
// <domain> has to name them. A warning and no error: each domain keeps its own hosts then and shares the limits only, so nothing is delivered wrongly.

namespace Godwit.Settings;

/// <summary>Rollup queues without hosts.</summary>
internal static class RollupLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        foreach (CheckedDirective line in root.BlocksOf(BlockKind.RollupList).SelectMany(b => b.All("mx")))
        {
            if (line.Value is MxRollupRule { ByAddress: false, Host.Kind: not DomainPatternKind.Exact } rule && !HasHosts(root, rule.Rollup.Text))
            {
                problems.Once($"rollup {rule.Rollup.Text}", line.ValueAt, ConfigSeverity.Warning,
                    $"mx: a pattern names no hosts to deliver to; add rollup-by-ip to the line, or <domain {rule.Rollup.Text}> with smtp-hosts");
            }
        }
    }

    /// <summary>Whether some block that may apply to the queue names hosts, wherever it stands.</summary>
    private static bool HasHosts(CheckedBlock block, string rollup) =>
        (block.Kind == BlockKind.Domain && (block.IsUnread("smtp-hosts") || block.Last("smtp-hosts")?.Value is not null) && MayMean(block.Argument, rollup))
        || block.Blocks.Any(inner => HasHosts(inner, rollup));

    /// <summary>Whether a <c>&lt;domain&gt;</c> may be for that domain; what cannot be told, such as a macro, may be.</summary>
    private static bool MayMean(string argument, string domain)
    {
        if (!DomainPattern.TryParse(argument, out DomainPattern pattern, out _))
        {
            return true;
        }

        bool below = domain.EndsWith("." + pattern.Name, StringComparison.OrdinalIgnoreCase);
        bool same = domain.Equals(pattern.Name, StringComparison.OrdinalIgnoreCase);
        return pattern.Kind switch
        {
            DomainPatternKind.All => true,
            DomainPatternKind.Both => same || below,
            DomainPatternKind.Below => below,
            DomainPatternKind.Exact => same,
            _ => false,
        };
    }
}
