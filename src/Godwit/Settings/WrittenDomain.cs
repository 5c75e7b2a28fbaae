// Every <domain> block with the patterns it stands for, for the checks. Macros are put in anew; what is wrong with them the builder has said.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>One <c>&lt;domain&gt;</c>.</summary>
/// <param name="Parent">The root, or the virtual MTA or pool it stands in.</param>
internal sealed record WrittenDomain(CheckedBlock Parent, CheckedBlock Block, IReadOnlyList<DomainPattern> Patterns)
{
    /// <summary>Every block of every level, without its patterns: a file may have a hundred thousand, and few concern a check.</summary>
    public static IEnumerable<(CheckedBlock Parent, CheckedBlock Block)> Blocks(CheckedBlock root)
    {
        foreach (CheckedBlock block in root.Blocks)
        {
            if (block.Kind == BlockKind.Domain)
            {
                yield return (root, block);
            }
            else if (block.Kind is BlockKind.VirtualMta or BlockKind.Pool)
            {
                foreach (CheckedBlock inner in block.Blocks)
                {
                    yield return (block, inner);
                }
            }
        }
    }

    /// <summary>The blocks for which <paramref name="matters"/>.</summary>
    public static List<WrittenDomain> Of(CheckedBlock root, Func<CheckedBlock, bool> matters)
    {
        var domains = new List<WrittenDomain>();
        DomainMacros? macros = null;
        foreach ((CheckedBlock parent, CheckedBlock block) in Blocks(root))
        {
            if (!matters(block))
            {
                continue;
            }

            IReadOnlyList<string> texts = [block.Argument];
            if (block.Argument.Contains('$', StringComparison.Ordinal))
            {
                macros ??= DomainMacros.Of(root, new ProblemList());
                texts = macros.Expand(block.Argument, block.ArgumentAt);
            }

            domains.Add(new WrittenDomain(parent, block, [.. Read(texts)]));
        }

        return domains;
    }

    /// <summary>What applies to mail that this block is the last one to speak about; null where no such mail can be named.</summary>
    public DeliverySettings? Effective(DomainPattern pattern, ServerSettings settings)
    {
        string domain = pattern.Kind switch
        {
            // Reserved by RFC 2606, so no other block names it.
            DomainPatternKind.All => "any.invalid",
            DomainPatternKind.Exact or DomainPatternKind.Both => pattern.Name,
            DomainPatternKind.Below => $"any.{pattern.Name}",
            _ => "",
        };
        string virtualMta = Parent.Kind switch
        {
            BlockKind.VirtualMta => Parent.Argument,
            BlockKind.Pool when settings.Pools.TryGetValue(Parent.Argument, out PoolSettings? pool) && pool.Members.Count > 0 => pool.Members[0],
            _ => EnvelopeRecipient.DefaultVirtualMta,
        };
        return DomainName.TryParse(domain, out DomainName name) ? settings.DeliveryFor(name, virtualMta) : null;
    }

    private static IEnumerable<DomainPattern> Read(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            if (DomainPattern.TryParse(text, out DomainPattern pattern, out _))
            {
                yield return pattern;
            }
        }
    }
}
