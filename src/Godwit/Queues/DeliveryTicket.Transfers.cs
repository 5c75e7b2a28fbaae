// A ticket whose message may be broken off for a more important queue. The scheduler only says that it wants the slot; the delivery that owns the connection
// knows whether the peer could have taken the message already, and goes on if so.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    private readonly LinkedListNode<DeliveryTicket>? _transfer;

    /// <summary>A more important queue waited when this connection was granted: its first message is its queue's share, and nobody breaks it off.</summary>
    private readonly bool _isShare;

    /// <summary>
    /// Set when the slot is wanted although a message is under way: what the peer cannot have taken yet may be broken off, and goes back with
    /// <see cref="Return"/>. Null where the configuration does not allow it.
    /// </summary>
    public WakeSignal? Interruption { get; }

    /// <summary>Of the message under way.</summary>
    internal int Priority { get; private set; }

    /// <summary>A more important queue waits for the slot.</summary>
    internal void Interrupt()
    {
        Change(State.Closing);
        Interruption!.Set();
    }

    private void EnterTransfers()
    {
        if (_transfer is not null && (_orders > 1 || !_isShare))
        {
            Priority = Math.Clamp(_queue.Settings.QueuePriority, 0, PriorityWeight.Highest);
            _queue.Lane.Transfers.Add(_transfer, Priority);
            CountTransfer(1);
        }
    }

    private void LeaveTransfers()
    {
        if (_transfer?.List is { } list)
        {
            list.Remove(_transfer);
            CountTransfer(-1);
        }
    }

    private void CountTransfer(int change)
    {
        foreach (SharedLimit level in Levels)
        {
            level.Transfers += change;
        }
    }
}
