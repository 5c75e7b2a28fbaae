// The mail of one job, or of one tenant, that a reply holds or slows: in one queue, or in all queues of a provider together. Owned by its StreamCurbs.
// Whether it is closed changes at known times and with orders that begin and end; its lines are held or let go then, so nobody asks it for each recipient.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The running side of <see cref="StreamTerms"/>.</summary>
internal sealed class StreamCurb
{
    private RateGate _gate;
    private ConnectionRamp _ramp;
    private bool _recovers;
    private bool _hasEnded;
    private CurbLine? _line;

    public StreamCurb(StreamTerms terms)
    {
        Terms = terms with { Return = null };
        if (terms is { RecoversGradually: true, Return: { Ceiling: > 0 } step })
        {
            _ramp.Resume(step);
        }
        else
        {
            _recovers = terms.RecoversGradually;
        }
    }

    public StreamTerms Terms { get; private set; }

    /// <summary>Orders under way.</summary>
    public int InUse { get; private set; }

    /// <summary>Nothing of it goes, as of the last <see cref="Look"/>.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>When to look again though nothing has happened; <see cref="Instant.Never"/> when there is no such time.</summary>
    public Instant NextLook { get; private set; } = Instant.Never;

    /// <summary>It holds nothing any more and can be forgotten.</summary>
    public bool IsOver(Instant now) => Terms.IsOver(now) && InUse == 0;

    /// <summary>What a restart must not forget of it.</summary>
    public StreamTerms Remember(Instant now) => (Terms with { Return = Terms.RecoversGradually && !_recovers ? _ramp.Step : null }).At(now);

    /// <summary>A reply has said more.</summary>
    public void Add(StreamTerms later, Instant now)
    {
        bool recovers = later.RecoversGradually && later.HeldUntil > now; // From a hold that is over it has come back, or is on its way.
        Terms = Terms.With(later with { RecoversGradually = recovers });
        _recovers |= recovers;
        _gate.Adapt(RateOf(now), now);
    }

    /// <summary>Something was said elsewhere about the same mail: what holds it longer counts.</summary>
    public void AddBeside(StreamTerms other, Instant now)
    {
        bool isHeld = other.HeldUntil > now;
        Terms = Terms.Beside(other);
        _recovers |= other.RecoversGradually && isHeld;
        if (other.RecoversGradually && !isHeld && !_recovers)
        {
            RampStep step = other.Return is { Ceiling: > 0 } known ? known : new RampStep(1, now + ConnectionRamp.StepTime);
            if (step.Ceiling < _ramp.Most)
            {
                _ramp.Resume(step);
            }
        }

        _gate.Adapt(RateOf(now), now);
    }

    /// <summary>How many of so many recipients may go now that it is open.</summary>
    public int Allowed(Instant now, int wanted) => Math.Max(1, _gate.Allowed(RateOf(now), now, wanted));

    public void Take(Instant now, int recipients)
    {
        InUse++;
        _gate.Take(RateOf(now), now, recipients);
    }

    public void End()
    {
        InUse--;
        _hasEnded = true;
    }

    /// <summary>Mail of it was taken. True when more of it may go at once now.</summary>
    public bool Delivered(int top, Instant now)
    {
        bool hasRisen = _ramp.Delivered(top, now);
        if (hasRisen && !_ramp.IsActive && !_recovers)
        {
            EndRecovery();
        }

        return hasRisen;
    }

    /// <summary>A queue of several that share it must wait. From then on it waits until it is called, or others would always be faster.</summary>
    public bool Holds(MailQueue member)
    {
        if (!IsClosed)
        {
            return _line?.Holds(member) == true;
        }

        (_line ??= new CurbLine()).Enter(member);
        return true;
    }

    public void Leave(MailQueue member) => _line?.Leave(member);

    /// <summary>It is forgotten: all who wait may go.</summary>
    public void CallAll(Instant now, List<MailQueue> called) => _line?.Call(int.MaxValue, isNew: true, now, called);

    /// <summary>True when it has opened or closed since the last look. <paramref name="called"/> gets the queues that may go now.</summary>
    public bool Look(Instant now, List<MailQueue> called)
    {
        bool before = IsClosed;
        Decide(now);
        if (_line is { } line)
        {
            if (IsClosed)
            {
                line.Rest();
            }
            else
            {
                line.Call(Room(now), before || _hasEnded, now, called);
                NextLook = Instant.Min(NextLook, line.NextCall);
            }
        }

        _hasEnded = false;
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

    private void Decide(Instant now)
    {
        if (Terms.HeldUntil > now)
        {
            (IsClosed, NextLook) = (true, Terms.HeldUntil);
            return;
        }

        if (_recovers)
        {
            _recovers = false;
            _ramp.Begin(now);
        }

        if (Terms.RecoversGradually && Terms.HeldUntil + ConnectionRamp.KeptFor <= now)
        {
            EndRecovery();
        }

        bool isFull = InUse >= Most(now);
        Instant rate = _gate.NextAllowed(RateOf(now), now);
        IsClosed = isFull || rate > now;
        NextLook = isFull || rate <= now ? Instant.Never : rate;
        NextLook = Terms.CeilingUntil > now ? Instant.Min(NextLook, Terms.CeilingUntil) : NextLook;
        NextLook = Terms.End > now ? Instant.Min(NextLook, Terms.End) : NextLook;
    }

    private void EndRecovery()
    {
        _ramp = default;
        Terms = Terms with { RecoversGradually = false };
    }

    /// <summary>Orders that may begin now that it is open.</summary>
    private int Room(Instant now) => RateOf(now).IsUnlimited ? Most(now) - InUse : 1;

    private int Most(Instant now) => Math.Min(_ramp.Most, Terms.CeilingUntil > now && Terms.Connections > 0 ? Terms.Connections : int.MaxValue);

    private Rate RateOf(Instant now) => Terms.CeilingUntil > now ? Terms.Rate : Rate.Unlimited;
}
