using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Where an order counts because replies have slowed such mail; the default for most.</summary>
/// <param name="Own">Of its queue alone.</param>
/// <param name="Shared">Of all queues of a provider.</param>
/// <param name="Group">Whose <paramref name="Shared"/> is: the queue may be in another group when the order ends.</param>
internal readonly record struct OrderCurbs(StreamCurb? Own, StreamCurb? Shared, GroupTerms? Group)
{
    public bool IsNone => Own is null && Shared is null;

    /// <summary>How many of so many recipients may go now.</summary>
    public int Allowed(Instant now, int wanted)
    {
        int allowed = Own?.Allowed(now, wanted) ?? wanted;
        return Shared?.Allowed(now, allowed) ?? allowed;
    }

    /// <summary>Those of <paramref name="later"/> where the order does not count yet.</summary>
    public OrderCurbs Beyond(OrderCurbs later) =>
        new(Own is null ? later.Own : null, Shared is null ? later.Shared : null, Shared is null ? later.Group : null);

    public OrderCurbs And(OrderCurbs more) => new(Own ?? more.Own, Shared ?? more.Shared, Group ?? more.Group);
}
