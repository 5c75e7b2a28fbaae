// One destination through one virtual MTA: recipients that the scheduler has, and those that it has not been given yet. The scheduler needs only as many
// as its connections take soon, so ten million recipients never exist at once. Owned by one rehearsal.

using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Rehearsal;

/// <summary>A queue of the campaign.</summary>
internal sealed class CampaignQueue(QueueKey key, Receiver receiver, int recipients)
{
    private List<ReceiverDoor?>? _doors;

    public QueueKey Key => key;

    public Receiver Receiver => receiver;

    public int Recipients { get; } = recipients;

    /// <summary>Not given to the scheduler yet.</summary>
    public int Unfed { get; set; } = recipients;

    /// <summary>Without their final fate.</summary>
    public int Open { get; set; } = recipients;

    /// <summary>The receiver's books about a source address.</summary>
    public ReceiverDoor Door(int source) => receiver.IsShared ? receiver.SharedDoor(source) : Receiver.Find(_doors ??= [], source);
}
