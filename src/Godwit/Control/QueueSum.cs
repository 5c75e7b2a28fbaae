// Sums over queues that have something in common, a domain or a virtual MTA: made by one pass over short looks at all queues.

using Godwit.Queues;

namespace Godwit.Control;

/// <summary>What some queues hold together.</summary>
internal sealed class QueueSum(string name)
{
    public string Name => name;

    public long Recipients { get; private set; }

    public long Bytes { get; private set; }

    public long Connections { get; private set; }

    /// <summary>Queues with recipients: for a virtual MTA, the domains it has mail for.</summary>
    public int Busy { get; private set; }

    /// <summary>Those with recipients that are paused.</summary>
    public int Paused { get; private set; }

    /// <summary>Those with recipients in backoff mode.</summary>
    public int Backoff { get; private set; }

    /// <summary>Those with recipients that may use no source address.</summary>
    public int WithoutSource { get; private set; }

    public void Add(in QueueGlance queue)
    {
        Recipients += queue.Recipients;
        Bytes += queue.Bytes;
        Connections += queue.Connections;
        if (queue.Recipients > 0)
        {
            Busy++;
            Paused += queue.IsPaused ? 1 : 0;
            Backoff += queue.Mode == QueueMode.Backoff ? 1 : 0;
            WithoutSource += queue.AreSourcesDisabled ? 1 : 0;
        }
    }

    /// <summary>One sum for each name that <paramref name="nameOf"/> gives; names in <paramref name="known"/> are there even without a queue.</summary>
    public static IReadOnlyCollection<QueueSum> By(Func<QueueKey, string> nameOf, IReadOnlyList<QueueGlance> queues, IEnumerable<string> known)
    {
        Dictionary<string, QueueSum> sums = Named(nameOf, queues, StringComparer.OrdinalIgnoreCase);
        foreach (string each in known)
        {
            sums.TryAdd(each, new QueueSum(each));
        }

        return sums.Values;
    }

    /// <summary>One sum for each name that <paramref name="nameOf"/> gives, by it.</summary>
    public static Dictionary<string, QueueSum> Named(Func<QueueKey, string> nameOf, IReadOnlyList<QueueGlance> queues, StringComparer sameName)
    {
        var sums = new Dictionary<string, QueueSum>(sameName);
        foreach (QueueGlance queue in queues)
        {
            string each = nameOf(queue.Key);
            if (!sums.TryGetValue(each, out QueueSum? sum))
            {
                sums[each] = sum = new QueueSum(each);
            }

            sum.Add(queue);
        }

        return sums;
    }
}
