using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>All groups by key. Owned by the scheduler and touched under its lock.</summary>
internal sealed class QueueGroups
{
    private readonly Dictionary<QueueKey, QueueGroup> _groups = [];

    public Dictionary<QueueKey, QueueGroup>.ValueCollection All => _groups.Values;

    public QueueGroup? Find(QueueKey key) => _groups.GetValueOrDefault(key);

    /// <summary>The group of that name under the configuration in force.</summary>
    public QueueGroup FindOrAdd(QueueKey key, DomainName mainDomain, VirtualMtaLane lane, ServerSettings settings, int version, Instant now)
    {
        if (!_groups.TryGetValue(key, out QueueGroup? group))
        {
            _groups.Add(key, group = new QueueGroup(key, mainDomain, lane));
        }

        group.Follow(mainDomain);
        group.Configure(settings, version, now);
        return group;
    }
}
