// How much some queues hold, asked for by name: for histories, each minute. No other queue is looked at.

using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>What each of some queues holds; nothing where there is no such queue. The lock is held in small slices.</summary>
    public IReadOnlyList<QueueSize> Sizes(IReadOnlyList<QueueKey> keys)
    {
        var sizes = new QueueSize[keys.Count];
        for (int start = 0; start < sizes.Length; start += LookedAtAtOnce)
        {
            lock (Gate)
            {
                for (int i = start; i < Math.Min(sizes.Length, start + LookedAtAtOnce); i++)
                {
                    sizes[i] = SizeOf(keys[i]);
                }
            }
        }

        return sizes;
    }

    /// <summary>
    /// What all queues of each of some destinations hold, asked for at every virtual MTA that has had mail. With very many of these only the first
    /// destinations are answered.
    /// </summary>
    /// <param name="mostLooks">Queues that are asked for at most.</param>
    public IReadOnlyList<QueueSize> Sizes(IReadOnlyList<DomainName> destinations, int mostLooks)
    {
        string[] virtualMtas = VirtualMtasWithMail();
        int answered = virtualMtas.Length == 0 ? 0 : Math.Min(destinations.Count, mostLooks / virtualMtas.Length);
        var keys = new QueueKey[answered * virtualMtas.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = new QueueKey(destinations[i / virtualMtas.Length], virtualMtas[i % virtualMtas.Length]);
        }

        IReadOnlyList<QueueSize> each = Sizes(keys);
        var sizes = new QueueSize[answered];
        for (int i = 0; i < keys.Length; i++)
        {
            ref QueueSize sum = ref sizes[i / virtualMtas.Length];
            sum = new QueueSize(sum.Recipients + each[i].Recipients, sum.Connections + each[i].Connections);
        }

        return sizes;
    }

    private string[] VirtualMtasWithMail()
    {
        lock (Gate)
        {
            return [.. _table.Lanes.Select(static lane => lane.Name)];
        }
    }

    private QueueSize SizeOf(QueueKey key) => _table.Find(key) is { } queue ? new QueueSize(queue.Recipients, queue.Connections) : default;
}
