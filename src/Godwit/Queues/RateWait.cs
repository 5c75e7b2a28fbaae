using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Until when a rate lets a connection take nothing.</summary>
/// <param name="At">The shared limit whose rate it is; null when it is the queue's or the source address's own.</param>
internal readonly record struct RateWait(Instant Until, SharedLimit? At)
{
    public static readonly RateWait None = new(Instant.Never, null);

    /// <summary>It is the rate of the connection's source address: another address may go on.</summary>
    public bool IsSource { get; init; }

    public bool IsNone => Until == Instant.Never;
}
