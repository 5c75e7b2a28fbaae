using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Sums over all queues.</summary>
public readonly record struct QueueTotals(long Recipients, int Queues, long Bytes, int Connections);

/// <summary>A recorded error of a queue.</summary>
public readonly record struct QueueEvent(Instant Time, string Text);

/// <summary>One queue as an operator sees it.</summary>
/// <param name="Recipients">All that have no final fate yet, those under way included.</param>
/// <param name="RetryTime">When the queue may try again; <see cref="Instant.Never"/> when it is not waiting.</param>
/// <param name="WaitReason">Why the next waiting recipient does not leave right now, in words; empty when it does.</param>
public sealed record QueueReport(
    QueueKey Key, long Recipients, long Bytes, int Connections, bool Paused, bool InRetry,
    Instant RetryTime, string WaitReason, IReadOnlyList<QueueEvent> Events)
{
    /// <summary>Recipients that would go now if their jobs were not paused, or held by a reply.</summary>
    public long Held { get; init; }

    /// <summary>Recipients that wait for their own times.</summary>
    public long Deferred { get; init; }

    /// <summary>No source address of it may be used.</summary>
    public bool AreSourcesDisabled { get; init; }

    /// <summary>
    /// When time alone lets the next recipient go: the queue's retry, the first recipient's own time, a source address used again.
    /// <see cref="Instant.Never"/> when nothing waits for a time.
    /// </summary>
    public Instant NextTime { get; init; } = Instant.Never;
}

/// <summary>Some of the queues.</summary>
/// <param name="Matching">How many there are in all that an operator asked about.</param>
public readonly record struct QueueSelection(IReadOnlyList<QueueReport> Queues, int Matching);
