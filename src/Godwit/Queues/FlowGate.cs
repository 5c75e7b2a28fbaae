// Recipients and octets that pass one place, each at its rate. Octets are counted before they are sent, so that connections side by side keep the rate
// together, and given back when the message was not delivered: the limit is on what was. Connections on their way each count a unit of the message rate
// beforehand: those that find it spent on their arrival would hang up on a peer that counts them.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Three gates in one. A mutable struct: keep it in a field.</summary>
internal struct FlowGate
{
    private RateGate _messages;
    private RateGate _octets;
    private RateGate _grants;

    /// <summary>When the next message may pass.</summary>
    public readonly Instant NextAllowed(Rate messages, Rate octets, Instant now) =>
        messages.IsUnlimited && octets.IsUnlimited ? now : Instant.Max(_messages.NextAllowed(messages, now), _octets.NextAllowed(octets, now));

    /// <summary>When a further connection is worth opening: there is a unit for it that none on its way will take.</summary>
    public readonly Instant NextGrant(Rate messages, Rate octets, Instant now) =>
        Instant.Max(NextAllowed(messages, octets, now), _grants.NextAllowed(messages, now));

    /// <summary>A connection is on its way.</summary>
    public void TakeGrant(Rate messages, Instant now) => _grants.Take(messages, now, 1);

    /// <summary>A connection ended without a message: the next may come at once.</summary>
    public void GiveBackGrant(Rate messages) => _grants.GiveBack(messages, 1);

    /// <summary>How many of so many recipients of one message may pass now.</summary>
    public readonly int Allowed(Rate messages, Rate octets, Instant now, int wanted) =>
        _octets.NextAllowed(octets, now) > now ? 0 : _messages.Allowed(messages, now, wanted);

    public void Take(Rate messages, Rate octets, Instant now, int recipients, long length)
    {
        _messages.Take(messages, now, recipients);
        _octets.Take(octets, now, length);
    }

    /// <summary>The message was not delivered: its octets do not count.</summary>
    public void GiveBack(Rate octets, long length) => _octets.GiveBack(octets, length);

    public void AdaptMessages(Rate messages, Instant now)
    {
        _messages.Adapt(messages, now);
        _grants.Adapt(messages, now);
    }

    public void AdaptOctets(Rate octets, Instant now) => _octets.Adapt(octets, now);
}
