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
    /// <param name="known">What virtual MTAs say about this destination, as far as it was asked; what is asked more comes in.</param>
    public IEnumerable<IReadOnlyList<int>> StepsOf(string coldVirtualMta, DomainName destination, Dictionary<string, IReadOnlyList<int>> known)
    {
        IReadOnlyList<int> own = Steps(coldVirtualMta);
        return own is [0] && _sharers.TryGetValue(coldVirtualMta, out HashSet<string>? sharers)
            ? sharers.Select(Steps)
            : [own];

        IReadOnlyList<int> Steps(string virtualMta)
        {
            if (!known.TryGetValue(virtualMta, out IReadOnlyList<int>? steps))
            {
                known[virtualMta] = steps = _settings.DeliveryFor(destination, virtualMta).MaxColdVirtualMtaMsg;
            }

            return steps;
        }
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
