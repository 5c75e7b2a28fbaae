// <domain> blocks of every level, macros, relay domains.

using Godwit.Mail;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private DomainMacros Macros()
    {
        var macros = new DomainMacros(problems);
        foreach (CheckedDirective line in All(root, "domain-macro"))
        {
            if (line.Value is MacroValue macro)
            {
                macros.Define(macro, line.ValueAt);
            }
        }

        macros.CheckAll();
        return macros;
    }

    private DeliveryInheritance Domains(
        DomainMacros macros, List<DomainName> hostNames, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools)
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

        return new DeliveryInheritance(Level([root], macros, hostNames), levels);
    }

    private IEnumerable<IGrouping<string, CheckedBlock>> WithDomains(BlockKind kind) =>
        root.Blocks.Where(b => b.Kind == kind && b.Blocks.Count > 0).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase);

    /// <summary>The patterns of one level. Where a macro and a literal name the same domain, the literal one is laid over.</summary>
    private DomainPatternMap<SettingOverlay> Level(IEnumerable<CheckedBlock> parents, DomainMacros macros, List<DomainName> hostNames)
    {
        var patterns = new Dictionary<DomainPattern, (SettingOverlay Macro, SettingOverlay Literal)>();
        foreach (CheckedBlock block in parents.SelectMany(p => p.Blocks).Where(b => b.Kind == BlockKind.Domain))
        {
            SettingOverlay overlay = OverlayOf(block);
            foreach ((DomainPattern pattern, bool literal) in PatternsOf(block.Argument, block.ArgumentAt, macros, hostNames))
            {
                if (overlay.IsEmpty)
                {
                    continue;
                }

                (SettingOverlay Macro, SettingOverlay Literal) known = patterns.GetValueOrDefault(pattern, (SettingOverlay.Empty, SettingOverlay.Empty));
                patterns[pattern] = literal ? (known.Macro, known.Literal.With(overlay)) : (known.Macro.With(overlay), known.Literal);
            }
        }

        var map = new DomainPatternMap<SettingOverlay>();
        foreach ((DomainPattern pattern, (SettingOverlay macro, SettingOverlay literal)) in patterns)
        {
            map.Set(pattern, macro.With(literal));
        }

        return map;
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

            if (text == "*")
            {
                problems.Warn(line.ValueAt, "relay-domain * accepts mail for every domain from everyone: an open relay");
            }

            foreach ((DomainPattern pattern, bool _) in PatternsOf(text, line.ValueAt, macros, hostNames))
            {
                relay.Set(pattern, text);
            }
        }

        return relay;
    }

    /// <summary>The patterns an argument stands for, and whether it names them literally.</summary>
    private IEnumerable<(DomainPattern Pattern, bool Literal)> PatternsOf(string text, ConfigPosition at, DomainMacros macros, List<DomainName> hostNames)
    {
        bool literal = !text.Contains('$', StringComparison.Ordinal);
        foreach (string item in macros.Expand(text, at))
        {
            if (!DomainPattern.TryParse(item, out DomainPattern pattern, out string fault))
            {
                problems.Error(at, fault);
            }
            else if (pattern.Kind == DomainPatternKind.LocalHosts)
            {
                foreach (DomainName name in hostNames)
                {
                    yield return (new DomainPattern(DomainPatternKind.Exact, name.Text, default), false);
                }
            }
            else if (pattern.Kind == DomainPatternKind.Reserved)
            {
                problems.Once($"reserved {item}", at, ConfigSeverity.Warning, $"{item} has no effect: this internal queue does not exist");
            }
            else
            {
                yield return (pattern, literal);
            }
        }
    }
}
