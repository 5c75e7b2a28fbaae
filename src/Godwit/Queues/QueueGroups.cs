using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>All groups by key. Owned by the scheduler and touched under its lock.</summary>
internal sealed class QueueGroups
{
    private readonly Dictionary<QueueKey, QueueGroup> _groups = [];
    private readonly Dictionary<QueueKey, QueueMemory> _remembered = [];

    public Dictionary<QueueKey, QueueGroup>.ValueCollection All => _groups.Values;

    public QueueGroup? Find(QueueKey key) => _groups.GetValueOrDefault(key);

    public QueueGroup FindOrAdd(QueueKey key, DomainName mainDomain, VirtualMtaLane lane, ServerSettings settings, int version, Instant now)
    {
        if (!_groups.TryGetValue(key, out QueueGroup? group))
        {
            _groups.Add(key, group = new QueueGroup(key, mainDomain, lane));
            group.Configure(settings, version, now);
            if (_remembered.Remove(key, out QueueMemory? memory))
            {
                Apply(group, lane, memory, now);
            }
        }

        return group;
    }

    /// <summary>What was said about a group before a restart; it comes into force with its first queue.</summary>
    public void Remember(QueueKey key, QueueMemory memory) => _remembered[key] = memory;

    private static void Apply(QueueGroup group, VirtualMtaLane lane, QueueMemory memory, Instant now)
    {
        group.Condition.UseSources(lane.Sources, group.Settings, now);
        group.Condition.Restore(memory);
    }
}
