// Which DKIM keys a virtual MTA signs with: its own, then its pool's, then the server's, each in the order of the file.

using Godwit.Mail;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>Gives every virtual MTA its keys. Those that say nothing share one list: there may be thousands of either.</summary>
    private void AddKeys(
        Dictionary<string, VirtualMtaSettings> virtualMtas, Dictionary<string, PoolSettings> pools, DomainMacros macros, List<DomainName> hostNames)
    {
        Dictionary<string, KeyLines> pooled = KeyLinesOf(BlockKind.Pool, macros, hostNames);
        Dictionary<string, KeyLines> own = KeyLinesOf(BlockKind.VirtualMta, macros, hostNames);
        KeyLines servers = Read([root], macros, hostNames);
        List<IReadOnlyList<KeyReference>> common = Join(default, default, servers);
        if (common.Count == 0 && pooled.Count == 0 && own.Count == 0)
        {
            return;
        }

        Dictionary<string, KeyLines> ofMembers = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, KeyLines lines) in pooled)
        {
            foreach (string member in pools.TryGetValue(name, out PoolSettings? pool) ? pool.Members : [])
            {
                ofMembers.TryAdd(member, lines);
            }
        }

        foreach (string name in virtualMtas.Keys.ToList())
        {
            bool said = own.TryGetValue(name, out KeyLines mine) | ofMembers.TryGetValue(name, out KeyLines pool);
            virtualMtas[name] = virtualMtas[name] with { DomainKeys = said ? Join(mine, pool, servers) : common };
        }
    }

    private Dictionary<string, IReadOnlyList<KeyReference>> KeyLists(DomainMacros macros, List<DomainName> hostNames) =>
        root.BlocksOf(BlockKind.KeyList).GroupBy(block => block.Argument, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(
                blocks => blocks.Key, IReadOnlyList<KeyReference> (blocks) => Read(blocks, macros, hostNames).Keys ?? [], StringComparer.OrdinalIgnoreCase);

    /// <summary>An explicit <c>""</c> drops what the lists behind it say.</summary>
    private static List<IReadOnlyList<KeyReference>> Join(KeyLines own, KeyLines pool, KeyLines servers)
    {
        var lists = new List<IReadOnlyList<KeyReference>>(3);
        foreach (KeyLines lines in (ReadOnlySpan<KeyLines>)[own, pool, servers])
        {
            if (lines.Keys is { Count: > 0 } keys)
            {
                lists.Add(keys);
            }

            if (lines.IsAll)
            {
                break;
            }
        }

        return lists;
    }

    private Dictionary<string, KeyLines> KeyLinesOf(BlockKind kind, DomainMacros macros, List<DomainName> hostNames) =>
        root.BlocksOf(kind).Where(block => block.All("domain-key").Any()).GroupBy(block => block.Argument, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(blocks => blocks.Key, blocks => Read(blocks, macros, hostNames), StringComparer.OrdinalIgnoreCase);

    private KeyLines Read(IEnumerable<CheckedBlock> blocks, DomainMacros macros, List<DomainName> hostNames)
    {
        var keys = new List<KeyReference>();
        bool all = false;
        foreach (CheckedDirective line in blocks.SelectMany(block => block.All("domain-key")))
        {
            if (line.Value is not DomainKey key)
            {
                keys.Clear();
                all = true;
            }
            else
            {
                foreach (DomainPattern pattern in PatternsOf(key.Domain, line.ValueAt, macros, hostNames))
                {
                    keys.Add(new KeyReference(key.Selector, pattern, key.File, key.Vault));
                }
            }
        }

        return new KeyLines(keys, all);
    }

    /// <param name="Keys">Every key that the blocks of one name name; null when there are no such blocks.</param>
    /// <param name="IsAll">Nothing said elsewhere counts.</param>
    private readonly record struct KeyLines(List<KeyReference>? Keys, bool IsAll);
}
