// Every <domain> block with the patterns it stands for, for the checks. Macros are put in anew; what is wrong with them the builder has said.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>One <c>&lt;domain&gt;</c>.</summary>
/// <param name="Parent">The root, or the virtual MTA or pool it stands in.</param>
internal sealed record WrittenDomain(CheckedBlock Parent, CheckedBlock Block, IReadOnlyList<DomainPattern> Patterns)
{
    /// <summary>The blocks for which <paramref name="matters"/>.</summary>
    public static List<WrittenDomain> Of(CheckedBlock root, Func<CheckedBlock, bool> matters)
    {
        var domains = new List<WrittenDomain>();
        DomainMacros? macros = null;
        IEnumerable<CheckedBlock> parents = root.Blocks.Where(b => b.Kind is BlockKind.Pool or BlockKind.VirtualMta).Prepend(root);
        foreach ((CheckedBlock parent, CheckedBlock block) in parents.SelectMany(p => p.BlocksOf(BlockKind.Domain).Where(matters).Select(b => (p, b))))
        {
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

    /// <summary>What a block says about a property of <see cref="DeliverySettings"/>, under whichever name: the line that counts, values only.</summary>
    public static CheckedDirective? Line(CheckedBlock block, string member) =>
        block.Directives.FindLast(d => d.Value is not null && d.Directive.Member == member);

    /// <summary>Every value of a property in any <c>&lt;domain&gt;</c>.</summary>
    public static IEnumerable<T> Values<T>(CheckedBlock root, string member) =>
        root.Blocks.Prepend(root).SelectMany(b => b.BlocksOf(BlockKind.Domain)).Select(b => Line(b, member)?.Value).OfType<T>();

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
}
