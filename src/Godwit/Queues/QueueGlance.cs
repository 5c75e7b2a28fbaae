namespace Godwit.Queues;

/// <summary>One queue in short, for lists and sums over all of them.</summary>
public readonly record struct QueueGlance(QueueKey Key, long Recipients, long Bytes, int Connections, bool IsPaused, QueueMode Mode)
{
    /// <summary>No host has served it, and it waits for its next try.</summary>
    public bool IsRetrying { get; init; }
}
