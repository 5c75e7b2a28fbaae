using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The limits of every pool that has any: one for all its members together. Owned by the scheduler; bounded by the configuration.</summary>
internal sealed class PoolLimits
{
    private readonly Dictionary<string, SharedLimit> _limits = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<SharedLimit>> _byMember = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, SharedLimit>.ValueCollection All => _limits.Values;

    /// <summary>Reads the pools anew. A pool that has gone keeps its limit object until its last connection closes, with no limit.</summary>
    public void Configure(ServerSettings settings, Instant now)
    {
        _byMember.Clear();
        foreach ((string name, SharedLimit limit) in _limits)
        {
            if (!settings.Pools.ContainsKey(name))
            {
                limit.Configure(0, Rate.Unlimited, Rate.Unlimited, now);
            }
        }

        foreach (PoolSettings pool in settings.Pools.Values)
        {
            bool isLimited = pool.MaxSmtpOut > 0 || !pool.MaxSmtpMsgRate.IsUnlimited || !pool.MaxSmtpDataVolumeRate.IsUnlimited;
            if (!isLimited && !_limits.ContainsKey(pool.Name))
            {
                continue;
            }

            if (!_limits.TryGetValue(pool.Name, out SharedLimit? limit))
            {
                _limits.Add(pool.Name, limit = new SharedLimit());
            }

            limit.Configure(pool.MaxSmtpOut, pool.MaxSmtpMsgRate, pool.MaxSmtpDataVolumeRate, now);
            foreach (string member in pool.Members)
            {
                (_byMember.TryGetValue(member, out List<SharedLimit>? limits) ? limits : _byMember[member] = []).Add(limit);
            }
        }
    }

    /// <summary>The pools that a virtual MTA is a member of, as far as they limit anything.</summary>
    public IReadOnlyList<SharedLimit> Of(string virtualMta) => _byMember.TryGetValue(virtualMta, out List<SharedLimit>? limits) ? limits : [];
}
