// The mail of one job, or of one tenant, that a reply holds or slows in one queue. Owned by the queue's ReadyRecipients.
// Whether it is closed changes at known times and with orders that begin and end; its lines are held or let go then, so nobody asks it for each recipient.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The running side of <see cref="StreamTerms"/>.</summary>
internal sealed class StreamCurb(StreamTerms terms)
{
    private RateGate _gate;
    private ConnectionRamp _ramp;
    private bool _recovers = terms.RecoversGradually;

    public StreamTerms Terms { get; private set; } = terms;

    /// <summary>Orders under way.</summary>
    public int InUse { get; private set; }

    /// <summary>Nothing of it goes, as of the last <see cref="Look"/>.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>When to look again though nothing has happened; <see cref="Instant.Never"/> when there is no such time.</summary>
    public Instant NextLook { get; private set; } = Instant.Never;

    /// <summary>It holds nothing any more and can be forgotten.</summary>
    public bool IsOver(Instant now) =>
        Terms.IsOver(now) && InUse == 0 && ((!_recovers && !_ramp.IsActive) || now >= Terms.HeldUntil + ConnectionRamp.KeptFor);

    public void Add(StreamTerms later, Instant now)
    {
        Terms = Terms.With(later);
        _recovers |= later.RecoversGradually;
        _gate.Adapt(RateOf(now), now);
    }

    /// <summary>How many of so many recipients may go now that it is open.</summary>
    public int Allowed(Instant now, int wanted) => Math.Max(1, _gate.Allowed(RateOf(now), now, wanted));

    public void Take(Instant now, int recipients)
    {
        InUse++;
        _gate.Take(RateOf(now), now, recipients);
    }

    public void End() => InUse--;

    /// <summary>Mail of it was taken. True when more of it may go at once now.</summary>
    public bool Delivered(int top, Instant now) => _ramp.Delivered(top, now);

    /// <summary>True when it has opened or closed since the last look.</summary>
    public bool Look(Instant now)
    {
        bool before = IsClosed;
        if (Terms.HeldUntil > now)
        {
            (IsClosed, NextLook) = (true, Terms.HeldUntil);
            return !before;
        }

        if (_recovers)
        {
            _recovers = false;
            _ramp.Begin(now);
        }

        bool isFull = InUse >= Most(now);
        Instant rate = _gate.NextAllowed(RateOf(now), now);
        IsClosed = isFull || rate > now;
        NextLook = isFull || rate <= now ? Instant.Never : rate;
        NextLook = Terms.CeilingUntil > now ? Instant.Min(NextLook, Terms.CeilingUntil) : NextLook;
        return before != IsClosed;
    }

    /// <summary>For an operator, and until when.</summary>
    public (string Text, Instant Until) Explain(Instant now)
    {
        if (Terms.HeldUntil > now)
        {
            return ($"mail of {Terms} is held, because a reply was about it", Terms.HeldUntil);
        }

        string most = Most(now) < int.MaxValue ? $" at most {Most(now)} at a time" : "";
        string rate = RateOf(now).IsUnlimited ? "" : $" {RateOf(now)}";
        return ($"mail of {Terms} is slowed, because a reply was about it:{most}{rate}", Terms.CeilingUntil > now ? Terms.CeilingUntil : Instant.Never);
    }

    private int Most(Instant now) => Math.Min(_ramp.Most, Terms.CeilingUntil > now && Terms.Connections > 0 ? Terms.Connections : int.MaxValue);

    private Rate RateOf(Instant now) => Terms.CeilingUntil > now ? Terms.Rate : Rate.Unlimited;
}
