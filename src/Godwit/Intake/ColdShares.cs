// Who shares mail with which cold virtual MTA, as one configuration says it. Immutable.

using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>Answers how much a cold virtual MTA may have.</summary>
internal sealed class ColdShares
{
    private readonly ServerSettings _settings;
    private readonly Dictionary<string, HashSet<string>> _sharers = new(StringComparer.OrdinalIgnoreCase);

    public ColdShares(ServerSettings settings)
    {
        _settings = settings;
        foreach (VirtualMtaSettings each in settings.VirtualMtas.Values)
        {
            Add(each.Name, each.ColdVirtualMtas);
        }

        foreach (PoolSettings pool in settings.Pools.Values)
        {
            foreach (string member in pool.Members.Where(HasNoneOfItsOwn))
            {
                Add(member, pool.ColdVirtualMtas);
            }
        }
    }

    /// <summary>The cold virtual MTAs that there are.</summary>
    public IReadOnlySet<string> VirtualMtas =>
        _sharers.Keys.Select(_settings.VirtualMtas.GetValueOrDefault).OfType<VirtualMtaSettings>().Select(static each => each.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the cold queue's settings say; where they give it nothing, what those of each virtual MTA say that shares its mail. Never empty.</summary>
    public IEnumerable<IReadOnlyList<int>> StepsOf(string coldVirtualMta, DomainName destination)
    {
        IReadOnlyList<int> own = _settings.DeliveryFor(destination, coldVirtualMta).MaxColdVirtualMtaMsg;
        return own is [0] && _sharers.TryGetValue(coldVirtualMta, out HashSet<string>? sharers)
            ? sharers.Select(sharer => _settings.DeliveryFor(destination, sharer).MaxColdVirtualMtaMsg)
            : [own];
    }

    private bool HasNoneOfItsOwn(string member) => _settings.VirtualMtas.GetValueOrDefault(member)?.ColdVirtualMtas.Count == 0;

    private void Add(string sharer, IReadOnlyList<string> cold)
    {
        foreach (string each in cold.Where(each => !each.Equals(sharer, StringComparison.OrdinalIgnoreCase)))
        {
            if (!_sharers.TryGetValue(each, out HashSet<string>? sharers))
            {
                _sharers[each] = sharers = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            }

            sharers.Add(sharer);
        }
    }
}
