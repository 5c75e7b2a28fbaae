// Jobs and senders that replies hold or slow: in this queue, and in all queues of its provider.

using Godwit.Foundation;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>Of the group's curbs as it knows them.</summary>
    private int _curbsOfGroup;

    /// <summary>All that it keeps to, in no order; empty in most queues.</summary>
    public IEnumerable<StreamCurb> Curbs => Group is { } group ? _ready.Curbs.Concat(group.Terms.Curbs.All) : _ready.Curbs;

    /// <summary>Nothing but the curb that it waits for keeps its mail from being tried.</summary>
    public bool MayGo(Instant now) => !IsPaused && (!Retry.IsActive || Retry.Time <= now);

    /// <summary>Where an order of this message counts.</summary>
    public OrderCurbs CurbsOf(Mail.StoredMessage message)
    {
        StreamCurb? shared = Group is { Terms.Curbs: { Count: > 0 } curbs } ? curbs.Of(_around.Streams[message.Stream].Key) : null;
        return new OrderCurbs(_ready.CurbOf(message.Stream, _around.Streams), shared, shared is null ? null : Group!.Terms);
    }

    /// <summary>An order begins, or counts from now on because a reply has just slowed such mail.</summary>
    public void CountOrder(in OrderCurbs curbs, int recipients, Instant now)
    {
        if (curbs.Own is { } own)
        {
            _ready.Take(own, recipients, _around.Streams, now);
        }

        if (curbs.Shared is { } shared)
        {
            curbs.Group!.Take(shared, recipients, now);
        }

        FollowCurbs(now);
    }

    /// <summary>An order of slowed mail is over.</summary>
    public void EndOrder(in OrderCurbs curbs, Instant now)
    {
        if (curbs.Own is { } own)
        {
            _ready.End(own, _around.Streams, now);
        }

        if (curbs.Shared is { } shared)
        {
            curbs.Group!.End(shared, now);
        }

        FollowCurbs(now);
    }

    /// <summary>Slowed mail was delivered. True when more of it may go at once now.</summary>
    public bool Delivered(in OrderCurbs curbs, Instant now)
    {
        bool own = curbs.Own is not null && _ready.Delivered(curbs.Own, Pace.MaxSmtpOut, _around.Streams, now);
        bool shared = curbs.Shared is not null && curbs.Group!.Delivered(curbs.Shared, SharedPace.MaxSmtpOut, now);
        return own || shared;
    }

    /// <summary>Mail of a job or a tenant waits here, or goes slowly.</summary>
    public void Curb(StreamTerms terms, Instant now) => _ready.Curb(terms, _around.Streams, now);

    /// <summary>Its mail has moved here, and what was said about some of it counts here too.</summary>
    public void TakeOverCurbs(IReadOnlyList<StreamTerms> terms, Instant now)
    {
        if (terms.Count > 0)
        {
            _ready.TakeOverCurbs(terms, _around.Streams, now);
        }
    }

    /// <summary>What replies have said about certain mail of this queue alone, as far as it counts now.</summary>
    public IReadOnlyList<StreamTerms> OwnTerms(Instant now) => _ready.Remember(now);

    /// <summary>A curb of its group has opened, closed, come or gone: its lines are held or let go accordingly.</summary>
    public void FollowCurbs(Instant now)
    {
        if (Group is { } group && group.Terms.Curbs.Version != _curbsOfGroup)
        {
            _curbsOfGroup = group.Terms.Curbs.Version;
            _ready.Follow(group.Terms.Curbs, this, _around.Streams, now);
        }
    }

    /// <summary>What was said in the group it leaves is about another provider from now on.</summary>
    public void LeaveCurbs()
    {
        Group?.Terms.Curbs.Leave(this);
        _curbsOfGroup = 0;
        _ready.Unfollow(_around.Streams);
    }
}
