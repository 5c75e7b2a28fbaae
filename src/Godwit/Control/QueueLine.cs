using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>One queue in a list that people look at.</summary>
/// <param name="Memory">Its mode and its disabled source addresses.</param>
/// <param name="Limit">What binds first, in words; empty when nothing holds or slows it.</param>
/// <param name="PerSecond">Recipients that left it a second lately.</param>
internal sealed record QueueLine(QueueReport Report, QueueMemory Memory, string Limit, double PerSecond)
{
    /// <summary>
    /// The queue's own retry, or when its recipients or source addresses let it go on; <see cref="Instant.Never"/> when it waits for no time.
    /// </summary>
    public Instant NextTry => Report.NextTime != Instant.Never ? Report.NextTime : Report.InRetry ? Report.RetryTime : Instant.Never;

    public QueueEvent? LastError => Report.Events.Count > 0 ? Report.Events.MaxBy(static recorded => recorded.Time) : null;
}

/// <summary>A part of a list of queues.</summary>
/// <param name="Total">Queues that match.</param>
/// <param name="Next">Where the rest begins; null when this is the end.</param>
/// <param name="Time">When their order was made; what the lines say is of now.</param>
internal sealed record QueuePage(IReadOnlyList<QueueLine> Lines, int Total, QueuePlace? Next, Instant Time);

/// <summary>One queue with all that is known of it.</summary>
/// <param name="Why">What holds it, the most binding first.</param>
internal sealed record QueueDetail(QueueLine Line, IReadOnlyList<WaitReason> Why);
