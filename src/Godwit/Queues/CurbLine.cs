// Queues of one provider whose mail waits until a curb of theirs opens, first come first served. Owned by the StreamCurb.
// As many are called as there is room for, and when nobody has used it a second later, twice as many: one that cannot go delays the others by that, and
// nobody is forgotten. Without an order of their own the connections that stand would take all, and a queue that has to connect first nothing.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Who waits for a curb. Bounded by the members of the group.</summary>
internal sealed class CurbLine
{
    /// <summary>A called queue that is able to use the room has connected by then; most have a connection.</summary>
    internal static readonly TimeSpan CallsAgainAfter = TimeSpan.FromSeconds(1);

    private readonly LinkedList<MailQueue> _order = new();
    private readonly Dictionary<MailQueue, LinkedListNode<MailQueue>> _places = [];
    private int _atOnce;

    /// <summary>When more are called if there is still room; <see cref="Instant.Never"/> when nobody waits for that.</summary>
    public Instant NextCall { get; private set; } = Instant.Never;

    public bool Holds(MailQueue queue) => _places.ContainsKey(queue);

    public void Enter(MailQueue queue)
    {
        if (!Holds(queue))
        {
            _places.Add(queue, _order.AddLast(queue));
        }
    }

    public void Leave(MailQueue queue)
    {
        if (_places.Remove(queue, out LinkedListNode<MailQueue>? place))
        {
            _order.Remove(place);
        }
    }

    /// <summary>There is no room.</summary>
    public void Rest() => NextCall = Instant.Never;

    /// <summary>Calls whoever may go now.</summary>
    /// <param name="room">Orders that may begin.</param>
    /// <param name="isNew">It has just become free.</param>
    public void Call(int room, bool isNew, Instant now, List<MailQueue> called)
    {
        if (!isNew && now < NextCall)
        {
            return;
        }

        _atOnce = isNew ? room : _atOnce > int.MaxValue / 2 ? int.MaxValue : _atOnce * 2;
        for (int left = _atOnce; left > 0 && _order.First is { Value: { } queue };)
        {
            Leave(queue);
            called.Add(queue);
            left -= queue.MayGo(now) ? 1 : 0;
        }

        NextCall = _order.Count > 0 ? now + CallsAgainAfter : Instant.Never;
    }
}
