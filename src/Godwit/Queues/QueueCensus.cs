using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>All queues in numbers.</summary>
/// <param name="States">Queues by what they do: each is in one state.</param>
/// <param name="Holds">Queues with mail that may not leave now, by the limit or the wait that holds it.</param>
/// <param name="Destinations">The destinations with most recipients, those first.</param>
public sealed record QueueCensus(
    IReadOnlyList<(string State, int Queues)> States, IReadOnlyList<(string Reason, int Queues)> Holds,
    IReadOnlyList<(DomainName Destination, long Recipients)> Destinations)
{
    /// <summary>Recipients of all destinations that are not named.</summary>
    public long OtherRecipients { get; init; }
}
