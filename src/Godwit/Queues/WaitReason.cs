using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>One answer to "why is this mail still here?".</summary>
/// <param name="Text">A sentence without its point, for an operator: what holds it, and what would end that.</param>
/// <param name="Until">When it ends by itself; <see cref="Instant.Never"/> when an event ends it.</param>
public sealed record WaitReason(string Text, Instant Until)
{
    /// <summary>Nothing goes before this ends. The others only slow the queue down.</summary>
    public bool IsBinding { get; init; }
}

/// <summary>Why a queue's mail waits, the most binding reason first.</summary>
/// <param name="Waiting">Recipients that wait: ready, held and deferred.</param>
/// <param name="NextAttempt">When the next recipient may go, as far as time decides; <see cref="Instant.Never"/> when an event must come first.</param>
/// <param name="PerSecond">Recipients that left the queue a second lately; 0 when none did.</param>
public sealed record QueueExplanation(
    QueueKey Key, long Waiting, long UnderWay, IReadOnlyList<WaitReason> Reasons, Instant NextAttempt, double PerSecond, IReadOnlyList<QueueEvent> Events)
{
    /// <summary>How long the mail that waits takes at the present rate; null when nothing has left lately.</summary>
    public TimeSpan? Backlog => PerSecond <= 0 ? null : TimeSpan.FromSeconds(Math.Min(Waiting / PerSecond, TimeSpan.FromDays(3650).TotalSeconds));
}
