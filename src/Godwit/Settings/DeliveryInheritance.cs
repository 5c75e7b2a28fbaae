// Which <domain> blocks apply to a queue, and in which order: global ones, then those of the virtual MTA's pool, then its own;
// within a level from the general pattern to the specific one. Below all of them lies what is known about the provider whose domain it is: where to begin,
// until somebody says otherwise. Built once per configuration, then only read; thread safe.

using System.Collections.Concurrent;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Answers what applies to (destination, virtual MTA).</summary>
/// <param name="providers">What is known about providers; null when nothing is.</param>
internal sealed class DeliveryInheritance(
    DomainPatternMap<SettingOverlay> global, IReadOnlyDictionary<string, VirtualMtaLevels> levels, Func<ProviderTable>? providers = null)
{
    /// <summary>One for each provider that names a limit.</summary>
    private readonly ConcurrentDictionary<ProviderProfile, InheritanceTree<DeliverySettings>.Node> _beginnings = new(ReferenceEqualityComparer.Instance);
    private readonly InheritanceTree<DeliverySettings> _tree = new(new DeliverySettings(), static (below, _) => below with { });

    public DeliverySettings For(DomainName destination, string virtualMta)
    {
        if (Beginning(destination) is not { } provider)
        {
            return From(_tree.Root, destination, virtualMta);
        }

        DeliverySettings settings = From(_beginnings.GetOrAdd(provider, Begin), destination, virtualMta);
        return settings.MxRollupProviders ? settings : From(_tree.Root, destination, virtualMta);
    }

    /// <summary>The provider whose limits a queue begins with, because the destination is a domain of its own; null when none.</summary>
    public ProviderProfile? BeginsWith(DomainName destination, string virtualMta) =>
        For(destination, virtualMta).MxRollupProviders ? Beginning(destination) : null;

    /// <summary>Whether a block other than those for <c>*</c> applies.</summary>
    public bool IsNamed(DomainName destination, string virtualMta)
    {
        levels.TryGetValue(virtualMta, out VirtualMtaLevels? own);
        return global.IsNamed(destination) || own?.Pool?.IsNamed(destination) == true || own?.Own?.IsNamed(destination) == true;
    }

    private ProviderProfile? Beginning(DomainName destination) =>
        providers?.Invoke().ByDomain(destination) is { HasLimits: true } known ? known : null;

    private static InheritanceTree<DeliverySettings>.Node Begin(ProviderProfile provider)
    {
        var plain = new DeliverySettings();
        return new InheritanceTree<DeliverySettings>.Node(plain with
        {
            MaxSmtpOut = provider.MaxSmtpOut ?? plain.MaxSmtpOut,
            MaxMsgPerConnection = provider.MaxMsgPerConnection ?? plain.MaxMsgPerConnection,
            MaxMsgRate = provider.MaxMsgRate ?? plain.MaxMsgRate,
            RequireStartTls = provider.RequireStartTls ? true : null,
        });
    }

    private DeliverySettings From(InheritanceTree<DeliverySettings>.Node beginning, DomainName destination, string virtualMta)
    {
        InheritanceTree<DeliverySettings>.Node node = Walk(beginning, global, destination);
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
