// Which <domain> blocks apply to a queue, and in which order: global ones, then those of the virtual MTA's pool, then its own;
// within a level from the general pattern to the specific one. Built once per configuration, then only read; thread safe.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Answers what applies to (destination, virtual MTA).</summary>
internal sealed class DeliveryInheritance(DomainPatternMap<SettingOverlay> global, IReadOnlyDictionary<string, VirtualMtaLevels> levels)
{
    private readonly InheritanceTree<DeliverySettings> _tree = new(new DeliverySettings(), static (below, _) => below with { });

    public DeliverySettings For(DomainName destination, string virtualMta)
    {
        InheritanceTree<DeliverySettings>.Node node = Walk(_tree.Root, global, destination);
        if (levels.TryGetValue(virtualMta, out VirtualMtaLevels? own))
        {
            node = Walk(node, own.Pool, destination);
            node = Walk(node, own.Own, destination);
        }

        return node.Settings;
    }

    /// <summary>Every block that applies, the general before the specific: what <see cref="For"/> lays one over the other.</summary>
    public IEnumerable<SaidBlock> Said(DomainName destination, string virtualMta)
    {
        levels.TryGetValue(virtualMta, out VirtualMtaLevels? own);
        foreach (DomainPatternMap<SettingOverlay>? map in (DomainPatternMap<SettingOverlay>?[])[global, own?.Pool, own?.Own])
        {
            if (map is not null)
            {
                foreach (SettingOverlay overlay in map.For(destination))
                {
                    foreach (SaidBlock block in overlay.Said)
                    {
                        yield return block;
                    }
                }
            }
        }
    }

    private InheritanceTree<DeliverySettings>.Node Walk(InheritanceTree<DeliverySettings>.Node node, DomainPatternMap<SettingOverlay>? map,
        DomainName destination)
    {
        if (map is not null)
        {
            foreach (SettingOverlay overlay in map.For(destination))
            {
                node = overlay.IsEmpty ? node : _tree.Step(node, overlay);
            }
        }

        return node;
    }
}

/// <summary>The <c>&lt;domain&gt;</c> blocks that only one virtual MTA has.</summary>
internal sealed record VirtualMtaLevels(DomainPatternMap<SettingOverlay>? Pool, DomainPatternMap<SettingOverlay>? Own);
