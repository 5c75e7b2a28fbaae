// Short looks at many queues: what the operator's lists and sums are made from. Slices of the lock, so that mail goes on meanwhile.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>
    /// Every queue whose name matches, in no order. The lock is held for a copy of references and then for small slices, so what is told is not all of one
    /// moment. A million queues take some 100 MB while the list lives.
    /// </summary>
    /// <param name="matches">Called without the lock, once for each queue.</param>
    public IReadOnlyList<QueueGlance> Glances(Func<QueueKey, bool> matches)
    {
        MailQueue[] matching = [.. All().Where(queue => matches(queue.Key))];
        var glances = new List<QueueGlance>(matching.Length);
        for (int start = 0; start < matching.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                foreach (MailQueue queue in matching.AsSpan(start, Math.Min(LookedAtAtOnce, matching.Length - start)))
                {
                    if (_table.Find(queue.Key) == queue)
                    {
                        glances.Add(Glance(queue));
                    }
                }
            }
        }

        return glances;
    }

    private QueueGlance Glance(MailQueue queue) => new(queue.Key, queue.Recipients, queue.Bytes, queue.Connections, queue.IsPaused, queue.Mode)
    {
        NextTry = queue.Retry.IsActive ? queue.Retry.Time : queue.Ready + queue.Held == 0 && queue.Deferred > 0 ? queue.NextAttention : Instant.Never,
        AreSourcesDisabled = queue.Condition is { } condition && condition.AreAllDisabled(_now),
    };

    /// <summary>The queues of rollups that mail of matching queues goes to, as far as those queues are here and remember it.</summary>
    /// <param name="matches">Called without the lock, once for each queue.</param>
    public IReadOnlySet<QueueKey> RollupsOf(Func<QueueKey, bool> matches)
    {
        MailQueue[] matching = [.. All().Where(queue => matches(queue.Key))];
        var rollups = new HashSet<QueueKey>();
        for (int start = 0; start < matching.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                foreach (MailQueue queue in matching.AsSpan(start, Math.Min(LookedAtAtOnce, matching.Length - start)))
                {
                    if (queue.Rollup is { } rollup && _table.Find(queue.Key) == queue)
                    {
                        rollups.Add(queue.Key with { Destination = rollup });
                    }
                }
            }
        }

        return rollups;
    }

    /// <summary>The queues whose mail a rollup gathers, or that share limits under its name, as far as they are here and remember it.</summary>
    public IReadOnlyList<QueueKey> MembersOf(QueueKey rollup)
    {
        MailQueue[] all = [.. All().Where(queue => queue.Key.VirtualMta == rollup.VirtualMta)];
        var members = new List<QueueKey>();
        for (int start = 0; start < all.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                foreach (MailQueue queue in all.AsSpan(start, Math.Min(LookedAtAtOnce, all.Length - start)))
                {
                    if ((queue.Rollup == rollup.Destination || queue.Group?.Key == rollup) && _table.Find(queue.Key) == queue)
                    {
                        members.Add(queue.Key);
                    }
                }
            }
        }

        return members;
    }

    /// <summary>What replies and the operator have said about a queue; nothing when it does not exist.</summary>
    public QueueMemory MemoryOf(QueueKey key)
    {
        lock (Gate)
        {
            return _table.Find(key)?.Remember(_now) ?? _groups.Find(key)?.Remember(_now) ?? QueueNotes.NothingNoted;
        }
    }

    /// <summary>
    /// The groups of that name that have queues now, in no order. The lock is held for one group at a time, as long as copying its queues' names takes.
    /// </summary>
    /// <param name="matches">Called without the lock.</param>
    public IReadOnlyList<QueueGroupGlance> Groups(Func<QueueKey, bool> matches)
    {
        var glances = new List<QueueGroupGlance>();
        foreach (QueueGroup group in AllGroups().Where(group => matches(group.Key)))
        {
            lock (Gate)
            {
                if (group.Members.Count > 0)
                {
                    glances.Add(new QueueGroupGlance(group.Key, group.MainDomain, [.. group.Members.Select(static queue => queue.Key)]));
                }
            }
        }

        return glances;
    }

    /// <summary>Whether queues of that provider share, or shared before a restart, something under this name.</summary>
    public bool IsGroup(QueueKey key)
    {
        lock (Gate)
        {
            return _groups.Find(key) is not null;
        }
    }

    /// <summary>There are at most providers times virtual MTAs.</summary>
    private QueueGroup[] AllGroups()
    {
        lock (Gate)
        {
            return [.. _groups.All];
        }
    }

    /// <summary>
    /// The source addresses that queues with a matching name do not use now, in no order; those of a group once, under its name. The lock is held in small
    /// slices.
    /// </summary>
    /// <param name="matches">Called without the lock, once for each queue.</param>
    public IReadOnlyList<(QueueKey Key, DisabledSource Source)> DisabledSources(Func<QueueKey, bool> matches)
    {
        MailQueue[] matching = [.. All().Where(queue => matches(queue.Key))];
        var disabled = new List<(QueueKey Key, DisabledSource Source)>();
        var groups = new HashSet<QueueGroup>();
        for (int start = 0; start < matching.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                foreach (MailQueue queue in matching.AsSpan(start, Math.Min(LookedAtAtOnce, matching.Length - start)))
                {
                    if (_table.Find(queue.Key) == queue && queue.Condition is { } condition && (queue.Group is not { } group || groups.Add(group)))
                    {
                        disabled.AddRange(condition.DisabledSources(_now).Select(source => (queue.Group?.Key ?? queue.Key, source)));
                    }
                }
            }
        }

        // What is said about a group holds while none of its queues is here.
        foreach (QueueGroup group in AllGroups().Where(group => matches(group.Key)))
        {
            lock (Gate)
            {
                if (group.Members.Count == 0)
                {
                    disabled.AddRange(group.Condition.DisabledSources(_now).Select(source => (group.Key, source)));
                }
            }
        }

        return disabled;
    }
}
