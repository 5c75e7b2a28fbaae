// Virtual MTAs, pools, and the sources that name them.

using System.Buffers;
using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private static readonly SearchValues<char> _networkLetters = SearchValues.Create("0123456789./:");

    private Dictionary<string, VirtualMtaSettings> VirtualMtas(string hostName)
    {
        var proxies = ProxyTable.Of(root);
        List<SourceHost> common = SourceHosts(root, hostName, proxies);
        if (common.Count == 0)
        {
            common = [new SourceHost(null, hostName)];
        }

        var all = new Dictionary<string, VirtualMtaSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.VirtualMta && IsQueueName(b)))
        {
            _pace.Step();
            bool again = all.TryGetValue(block.Argument, out VirtualMtaSettings? settings);
            if (again)
            {
                problems.Warn(block.At, $"the virtual MTA {block.Argument} is defined twice; both blocks count");
            }

            settings ??= new VirtualMtaSettings { Name = block.Argument, SourceHosts = common };
            List<SourceHost> own = SourceHosts(block, hostName, proxies);
            if (own.Count > 0)
            {
                settings = settings with { SourceHosts = ReferenceEquals(settings.SourceHosts, common) ? own : [.. settings.SourceHosts, .. own] };
            }
            else
            {
                settings = settings with { };
            }

            settings = settings with { ColdVirtualMtas = ColdMembers(block, settings.ColdVirtualMtas) };
            OverlayOf(block).ApplyTo(settings, new VirtualMtaSettings { Name = "", SourceHosts = common });
            all[block.Argument] = settings;
        }

        all.TryAdd(EnvelopeRecipient.DefaultVirtualMta, new VirtualMtaSettings { Name = EnvelopeRecipient.DefaultVirtualMta, SourceHosts = common });
        return all;
    }

    private List<SourceHost> SourceHosts(CheckedBlock block, string serverName, ProxyTable proxies)
    {
        List<SourceHostLine> lines = SourceHostLine.Of(block, serverName, proxies);
        if (lines.Exists(l => l.Line.Directive.Name == "smtp-source-host") && !lines.Exists(l => l.Line.Directive.Name == "smtp-source-ip")
            && SourceHostLine.NameOf(block) is not null)
        {
            problems.Warn(Last(block, "host-name")!.At, "host-name has no effect beside smtp-source-host, which has names of its own");
        }

        return lines.ConvertAll(l => l.Host);
    }

    private Dictionary<string, PoolSettings> Pools(Dictionary<string, VirtualMtaSettings> virtualMtas)
    {
        var pools = new Dictionary<string, PoolSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.Pool && IsQueueName(b)))
        {
            if (virtualMtas.ContainsKey(block.Argument))
            {
                problems.Error(block.ArgumentAt, $"{block.Argument} is already a virtual MTA; pools and virtual MTAs share their names");
                continue;
            }

            List<string> members = pools.TryGetValue(block.Argument, out PoolSettings? before) ? [.. before.Members] : [];
            if (before is not null)
            {
                problems.Warn(block.At, $"the pool {block.Argument} is defined twice; both blocks count");
            }

            AddMembers(block, members, virtualMtas);
            if (members.Count == 0 && !block.IsUnread("virtual-mta"))
            {
                problems.Error(block.At, $"the pool {block.Argument} has no members; add \"virtual-mta NAME\"");
            }

            PoolSettings pool = (before ?? new PoolSettings(block.Argument, members)) with
            {
                Members = members,
                ColdVirtualMtas = ColdMembers(block, before?.ColdVirtualMtas ?? []),
            };
            OverlayOf(block).ApplyTo(pool, new PoolSettings("", []));
            pools[block.Argument] = pool;
        }

        return pools;
    }

    private void AddMembers(CheckedBlock pool, List<string> members, Dictionary<string, VirtualMtaSettings> virtualMtas)
    {
        foreach (CheckedDirective line in All(pool, "virtual-mta"))
        {
            if (line.Value is not string name)
            {
                continue;
            }

            if (!virtualMtas.TryGetValue(name, out VirtualMtaSettings? member))
            {
                bool isPool = root.Blocks.Any(b => b.Kind == BlockKind.Pool && b.Argument.Equals(name, StringComparison.OrdinalIgnoreCase));
                problems.Error(line.ValueAt, isPool
                    ? $"{name} is a pool; a pool's members are virtual MTAs"
                    : $"the virtual MTA {ValueParsers.Show(name)} is not defined{Spelling.Hint(name, virtualMtas.Keys)}");
                // An undefined member is the problem, not an empty pool.
                members.Add(name);
            }
            else if (members.Contains(member.Name))
            {
                problems.Warn(line.ValueAt, $"{member.Name} is a member of {pool.Argument} already");
            }
            else
            {
                members.Add(member.Name);
            }
        }
    }

    /// <summary>What a block adds; names are looked up when mail comes, so they may stand in any case and be defined further down.</summary>
    private static List<string> ColdMembers(CheckedBlock block, IReadOnlyList<string> before)
    {
        List<string> names = [.. before];
        foreach (CheckedDirective line in All(block, "cold-virtual-mta"))
        {
            if (line.Value is not string name)
            {
                names.Clear();
            }
            else if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                names.Add(name);
            }
        }

        return names;
    }

    private Dictionary<string, PatternListSettings> PatternLists(Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools) =>
        root.Blocks.Where(b => b.Kind == BlockKind.PatternList && b.Argument.Length > 0).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(
                blocks => blocks.Key,
                blocks => PatternListSettings.Of(blocks.Key, blocks, rule => Canonical(rule, virtualMtas, pools)),
                StringComparer.OrdinalIgnoreCase);

    private static PatternRule Canonical(PatternRule rule, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools) =>
        rule.Result.VirtualMta.Length > 0 && NameOf(rule.Result.VirtualMta, virtualMtas, pools) is { } name
            ? rule with { Result = rule.Result with { VirtualMta = name } }
            : rule;

    /// <summary>Queues are written <c>domain/vmta</c>, and <c>*</c> stands for all of them.</summary>
    private bool IsQueueName(CheckedBlock block)
    {
        if (block.Argument.Equals(EnvelopeRecipient.DefaultVirtualMta, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(block.ArgumentAt, $"{block.Argument} stands for mail without a virtual MTA; what applies to it is written at global level");
            return false;
        }

        if (block.Argument.Equals(EnvelopeRecipient.ReportVirtualMta, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(block.ArgumentAt, $"{block.Argument} is the virtual MTA of our own reports about TLS; take another name");
            return false;
        }

        bool usable = !block.Argument.AsSpan().ContainsAny('/', '*') && !block.Argument.Any(char.IsControl);
        if (!usable)
        {
            problems.Error(block.ArgumentAt, $"{ValueParsers.Show(block.Argument)} cannot be a name: / and * have a meaning in queue names");
        }

        return usable;
    }

    private SourceInheritance Sources(Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools)
    {
        var sources = new SourceInheritance();
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.Source))
        {
            CanonicalName(block, "default-virtual-mta", virtualMtas, pools);
            NoteTwice(block);
            if (ValueParsers.TryNetwork(block.Argument, out IPNetwork network))
            {
                sources.Add(network, block, root);
            }
            else if (!block.Argument.AsSpan().ContainsAnyExcept(_networkLetters) || block.Argument.Contains('/', StringComparison.Ordinal))
            {
                problems.Error(block.ArgumentAt, $"<source>: {ValueParsers.Show(block.Argument)} is neither an address or block such as 10/8 nor a name");
            }
            else
            {
                sources.Add(block.Argument, block, root);
            }
        }

        return sources;
    }

    /// <summary>A virtual MTA is named as it was defined, whatever the case it is referred to in: queue names are printed.</summary>
    private void CanonicalName(CheckedBlock block, string directive, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools)
    {
        for (int i = 0; i < block.Directives.Count; i++)
        {
            CheckedDirective line = block.Directives[i];
            if (line.Directive.Name == directive && line.Value is string { Length: > 0 } name)
            {
                string? canonical = NameOf(name, virtualMtas, pools);
                block.Directives[i] = line with { Value = canonical };
                if (canonical is null)
                {
                    problems.Error(line.ValueAt, Undefined(name, virtualMtas, pools));
                }
            }
        }
    }

    private static string? NameOf(string name, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools) =>
        virtualMtas.TryGetValue(name, out VirtualMtaSettings? virtualMta) ? virtualMta.Name : pools.TryGetValue(name,
            out PoolSettings? pool) ? pool.Name : null;

    private static string Undefined(string name, Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools) =>
        $"{ValueParsers.Show(name)} is neither a virtual MTA nor a pool{Spelling.Hint(name, virtualMtas.Keys.Concat(pools.Keys))}";
}
