// Connections of one virtual MTA that send a message which may be broken off for more important mail (allow-priority-interruption-during-transfer).
// Owned by the VirtualMtaLane and touched under the scheduler's lock; bounded by the connections there are. Empty, and without memory, where nobody allows it.

namespace Godwit.Queues;

/// <summary>Transfers by the priority of their queues.</summary>
internal sealed class TransferList
{
    private LinkedList<DeliveryTicket>?[]? _byPriority;

    public void Add(LinkedListNode<DeliveryTicket> transfer, int priority)
    {
        _byPriority ??= new LinkedList<DeliveryTicket>?[PriorityWeight.Highest + 1];
        (_byPriority[priority] ??= new LinkedList<DeliveryTicket>()).AddLast(transfer);
    }

    /// <summary>
    /// One that counts at <paramref name="limit"/> and is less important than <paramref name="priority"/>: the least important, and of several the one that
    /// began last, because it loses the least. Null when there is none.
    /// </summary>
    public DeliveryTicket? LeastBelow(int priority, SharedLimit limit)
    {
        for (int i = 0; _byPriority is not null && i < priority; i++)
        {
            for (LinkedListNode<DeliveryTicket>? each = _byPriority[i]?.Last; each is not null; each = each.Previous)
            {
                if (Array.IndexOf(each.Value.Levels, limit) >= 0)
                {
                    return each.Value;
                }
            }
        }

        return null;
    }
}
