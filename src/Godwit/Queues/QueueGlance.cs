using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>One queue in short, for lists and sums over all of them.</summary>
public readonly record struct QueueGlance(QueueKey Key, long Recipients, long Bytes, int Connections, bool IsPaused, QueueMode Mode)
{
    /// <summary>
    /// When the queue's own wait or that of its first recipient ends, in the past when it has; <see cref="Instant.Never"/> when it waits for no time.
    /// Limits of rate are left out: asking them costs too much for every queue.
    /// </summary>
    public Instant NextTry { get; init; } = Instant.Never;

    /// <summary>No source address of it may be used.</summary>
    public bool AreSourcesDisabled { get; init; }
}
