// What a reply asks of the queue it came to. Made by Disposition from patterns, carried out by DeliveryTicket.React.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Normal or backoff: two sets of limits and retry times (PowerMTA's words).</summary>
public enum QueueMode : byte
{
    Normal,
    Backoff,
}

/// <summary>Which source addresses a reaction is about.</summary>
public enum SourceReach : byte
{
    /// <summary>The one that the reply was given to.</summary>
    One,

    /// <summary>All of its /24, or of its /64.</summary>
    Net,

    /// <summary>All that the queue has: the reply was about everything from here.</summary>
    All,
}

/// <summary>What is to happen to a queue and to the source address that a reply was given to. Immutable.</summary>
public sealed record QueueReaction
{
    /// <summary>For the operator: the reply, or what else was the cause.</summary>
    public required string Reason { get; init; }

    /// <summary>The mode to change to; null leaves it.</summary>
    public QueueMode? Mode { get; init; }

    /// <summary>How long backoff mode lasts; null leaves it to backoff-to-normal-after, <see cref="Timeout.InfiniteTimeSpan"/> is for ever.</summary>
    public TimeSpan? BackoffFor { get; init; }

    /// <summary>The queue waits as after a failed connection, for the next step of its retry schedule.</summary>
    public bool DeferQueue { get; init; }

    /// <summary>The queue stops using the source address.</summary>
    public bool DisableSource { get; init; }

    /// <summary>When the source address is used again; null leaves it to reenable-source-ip-after, <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public TimeSpan? ReenableAfter { get; init; }

    /// <summary>A source address or a mode that comes back does so with one connection, and one more for each minute in which mail was taken.</summary>
    public bool RecoverGradually { get; init; }

    /// <summary>The destination lets mail in only when it comes again from the same source address (greylisting): the queue keeps to this one.</summary>
    public bool KeepSource { get; init; }

    /// <summary>Whom <see cref="DisableSource"/> and the ceilings are about.</summary>
    public SourceReach Reach { get; init; }

    /// <summary>Connections that each source address may have meanwhile; 0 leaves them.</summary>
    public int SourceConnections { get; init; }

    /// <summary>In place of a number: half of those that it has now, at least one.</summary>
    public bool HalvesConnections { get; init; }

    /// <summary>In place of a rate: half of the queue's max-msg-rate; of its connections where it has none.</summary>
    public bool HalvesRate { get; init; }

    /// <summary>Messages on one connection meanwhile; 0 leaves them.</summary>
    public int SourceMessages { get; init; }

    /// <summary>Somebody is to hear of the reply, whatever else it leads to.</summary>
    public bool Alerts { get; init; }

    /// <summary>Recipients that may be attempted from the source address meanwhile.</summary>
    public Rate SourceRate { get; init; }

    /// <summary>How long the ceilings hold.</summary>
    public TimeSpan CeilingFor { get; init; }

    /// <summary>
    /// The ceilings are about the message's job, or with <see cref="MeansTenant"/> about all mail of its sender, and not about source addresses.
    /// </summary>
    public bool LimitsStream { get; init; }

    /// <summary>The message's job, or all mail of its sender, waits so long.</summary>
    public TimeSpan HoldFor { get; init; }

    public bool MeansTenant { get; init; }

    /// <summary>Connections, 0 leaves them, and the rate that are allowed meanwhile. Half of a rate that nobody has set is half of the connections.</summary>
    /// <param name="open">Connections there are now.</param>
    /// <param name="ordinary">The rate without the reply.</param>
    internal (int Connections, Rate Rate) Ceilings(int open, Rate ordinary)
    {
        bool halvesConnections = HalvesConnections || (HalvesRate && ordinary.IsUnlimited);
        return (
            halvesConnections ? Math.Max(1, open / 2) : SourceConnections,
            HalvesRate && !ordinary.IsUnlimited ? new Rate(ordinary.Count, ordinary.Period * 2) : SourceRate);
    }

    /// <summary>It is about certain mail in the queues of this provider.</summary>
    internal bool IsAboutStream => HoldFor > TimeSpan.Zero || LimitsStream;
}
