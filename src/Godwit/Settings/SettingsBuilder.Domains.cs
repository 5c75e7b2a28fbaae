// <domain> blocks of every level, macros, relay domains.

using Godwit.Mail;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private readonly List<DomainPattern> _patterns = [];

    private DomainMacros Macros()
    {
        DomainMacros macros = DomainMacros.Of(root, problems);
        macros.CheckAll();
        return macros;
    }

    private DeliveryInheritance Domains(
        DomainMacros macros, List<DomainName> hostNames, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools,
        Func<ProviderTable> known)
    {
        var levels = new Dictionary<string, VirtualMtaLevels>(StringComparer.OrdinalIgnoreCase);
        foreach (IGrouping<string, CheckedBlock> blocks in WithDomains(BlockKind.Pool))
        {
            DomainPatternMap<SettingOverlay> map = Level(blocks, macros, hostNames);
            foreach (string member in pools.TryGetValue(blocks.Key, out PoolSettings? pool) ? pool.Members : [])
            {
                if (!levels.TryAdd(member, new VirtualMtaLevels(map, null)))
                {
                    problems.Error(
                        blocks.First().At, $"{member} is a member of two pools that both have <domain> blocks; which of them applies is not defined");
                }
            }
        }

        foreach (IGrouping<string, CheckedBlock> blocks in WithDomains(BlockKind.VirtualMta).Where(b => virtualMtas.ContainsKey(b.Key)))
        {
            DomainPatternMap<SettingOverlay> map = Level(blocks, macros, hostNames);
            levels[blocks.Key] = new VirtualMtaLevels(levels.GetValueOrDefault(blocks.Key)?.Pool, map);
        }

        return new DeliveryInheritance(Level([root], macros, hostNames), levels, known);
    }

    private IEnumerable<IGrouping<string, CheckedBlock>> WithDomains(BlockKind kind) =>
        root.Blocks.Where(b => b.Kind == kind && b.Blocks.Count > 0).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase);

    /// <summary>The patterns of one level. Where a macro and a literal name the same domain, the literal one is laid over.</summary>
    private DomainPatternMap<SettingOverlay> Level(IEnumerable<CheckedBlock> parents, DomainMacros macros, List<DomainName> hostNames)
    {
        var map = new DomainPatternMap<SettingOverlay>();
        int literal = 0;
        foreach (SaidBlock said in DomainsOf(parents))
        {
            NoteTwice(said.Block);
            if (NamesLiterally(said.Block.Argument))
            {
                literal++;
            }
            else
            {
                Lay(map, said, macros, hostNames);
            }
        }

        map.Expect(literal);
        foreach (SaidBlock said in DomainsOf(parents))
        {
            if (NamesLiterally(said.Block.Argument))
            {
                Lay(map, said, macros, hostNames);
            }
        }

        return map;
    }

    private static IEnumerable<SaidBlock> DomainsOf(IEnumerable<CheckedBlock> parents)
    {
        foreach (CheckedBlock parent in parents)
        {
            foreach (CheckedBlock block in parent.Blocks)
            {
                if (block.Kind == BlockKind.Domain)
                {
                    yield return new SaidBlock(block, parent);
                }
            }
        }
    }

    private void Lay(DomainPatternMap<SettingOverlay> map, SaidBlock said, DomainMacros macros, List<DomainName> hostNames)
    {
        _pace.Step();
        SettingOverlay? fresh = null;
        foreach (DomainPattern pattern in PatternsOf(said.Block.Argument, said.Block.ArgumentAt, macros, hostNames))
        {
            SettingOverlay? under = map.Find(pattern);
            if (said.Block.Directives.Count == 0 || (fresh is not null && under == fresh))
            {
                continue;
            }

            // Every pattern of one block that has nothing under it shares one overlay, and so its queues share their settings.
            fresh ??= SettingOverlay.Of(said.Block, said.Level);
            map.Set(pattern, under is null ? fresh : SettingOverlay.Lay(under, said.Block, said.Level));
        }
    }

    private DomainPatternMap<string> RelayDomains(DomainMacros macros, List<DomainName> hostNames)
    {
        var relay = new DomainPatternMap<string>();
        foreach (DomainName name in hostNames)
        {
            relay.Set(new DomainPattern(DomainPatternKind.Exact, name.Text, default), name.Text);
        }

        foreach (CheckedDirective line in All(root, "relay-domain"))
        {
            if (line.Value is not string text)
            {
                continue;
            }

            foreach (DomainPattern pattern in PatternsOf(text, line.ValueAt, macros, hostNames))
            {
                relay.Set(pattern, text);
            }
        }

        return relay;
    }

    /// <summary>Neither through a macro nor through the host's own names.</summary>
    private static bool NamesLiterally(string text) =>
        !text.Contains('$', StringComparison.Ordinal) && !text.Equals("local", StringComparison.OrdinalIgnoreCase);

    /// <summary>The patterns an argument stands for, until the next call: there may be a hundred thousand.</summary>
    private List<DomainPattern> PatternsOf(string text, ConfigPosition at, DomainMacros macros, List<DomainName> hostNames)
    {
        _patterns.Clear();
        if (NamesLiterally(text))
        {
            AddPattern(text, at);
            return _patterns;
        }

        foreach (string item in macros.Expand(text, at))
        {
            if (item.Equals("local", StringComparison.OrdinalIgnoreCase))
            {
                _patterns.AddRange(hostNames.Select(name => new DomainPattern(DomainPatternKind.Exact, name.Text, default)));
            }
            else
            {
                AddPattern(item, at);
            }
        }

        return _patterns;
    }

    /// <summary>What stands for no domain is told and left out.</summary>
    private void AddPattern(string text, ConfigPosition at)
    {
        if (!DomainPattern.TryParse(text, out DomainPattern pattern, out string fault))
        {
            problems.Error(at, fault);
        }
        else if (pattern.Kind == DomainPatternKind.Reserved)
        {
            problems.Once($"reserved {text}", at, ConfigSeverity.Warning, $"{text} has no effect: this internal queue does not exist");
        }
        else
        {
            _patterns.Add(pattern);
        }
    }
}
