using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Rehearsal;

/// <summary>What a connection does until it is due.</summary>
internal enum ConnectionStep : byte
{
    Connecting,
    Sending,

    /// <summary>For a rate.</summary>
    Waiting,
}

/// <summary>A connection in virtual time; used again when it has ended. Owned by one rehearsal.</summary>
internal sealed class ModelledConnection : DueNode
{
    public ConnectionStep Step { get; set; }

    public DeliveryTicket Ticket { get; set; } = null!;

    public CampaignQueue Queue { get; set; } = null!;

    public SourceTally Source { get; set; } = null!;

    public ReceiverDoor Door { get; set; } = null!;

    /// <summary>What is being sent.</summary>
    public DeliveryOrder? Order { get; set; }

    /// <summary>The receiver counts it.</summary>
    public bool IsCounted { get; set; }
}
