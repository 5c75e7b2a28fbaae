using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>One answer to "why is this mail still here?".</summary>
/// <param name="Text">A sentence without its point, for an operator: what holds it, and what would end that.</param>
/// <param name="Until">When it ends by itself; <see cref="Instant.Never"/> when an event ends it.</param>
public sealed record WaitReason(string Text, Instant Until)
{
    /// <summary>Nothing goes before this ends. The others only slow the queue down.</summary>
    public bool IsBinding { get; init; }

    /// <summary>The operator's command that ends it at once; empty when none does.</summary>
    public string Fix { get; init; } = "";
}

/// <summary>Why a queue's mail waits, the most binding reason first.</summary>
/// <param name="Waiting">Recipients that wait: ready, held and deferred.</param>
/// <param name="NextAttempt">When the next recipient may go, as far as time decides; <see cref="Instant.Never"/> when an event must come first.</param>
/// <param name="PerSecond">Recipients that left the queue a second lately; 0 when none did.</param>
public sealed record QueueExplanation(
    QueueKey Key, long Waiting, long UnderWay, IReadOnlyList<WaitReason> Reasons, Instant NextAttempt, double PerSecond, IReadOnlyList<QueueEvent> Events)
{
    /// <summary>Nothing leaves until an event has come, or for longer than rates make one wait: what left before says nothing about what will.</summary>
    public bool IsStopped { get; init; }

    /// <summary>How many of those that wait are of the job that was asked about; null when none was.</summary>
    public int? OfJob { get; init; }

    /// <summary>How long the mail that waits takes at the present rate; null when nothing has left lately, and while it is stopped.</summary>
    public TimeSpan? Backlog => PerSecond <= 0 || IsStopped ? null : TimeSpan.FromSeconds(Math.Min(Waiting / PerSecond, TimeSpan.FromDays(3650).TotalSeconds));
}
