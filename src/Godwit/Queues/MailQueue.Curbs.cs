// Jobs and senders that replies hold or slow in one queue.

using Godwit.Foundation;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>Of the group's terms that it keeps to already.</summary>
    private int _curbsOfGroup;

    /// <summary>In no order; empty in most queues.</summary>
    public IEnumerable<StreamCurb> Curbs => _ready.Curbs;

    /// <summary>Where an order of this message counts; null for most.</summary>
    public StreamCurb? CurbOf(Mail.StoredMessage message) => _ready.CurbOf(message.Stream, _around.Streams);

    /// <summary>The order that a reply has just slowed counts from now on.</summary>
    public void CountOrder(StreamCurb curb, int recipients, Instant now) => _ready.Take(curb, recipients, _around.Streams, now);

    /// <summary>Mail of a job or a tenant waits here, or goes slowly.</summary>
    public void Curb(StreamTerms terms, Instant now) => _ready.Curb(terms, _around.Streams, now);

    /// <summary>What replies to other queues of its group have said about certain mail holds here too.</summary>
    public void FollowCurbs(Instant now)
    {
        if (Group is { } group && group.Terms.Version != _curbsOfGroup)
        {
            _curbsOfGroup = group.Terms.Version;
            foreach (StreamTerms terms in group.Terms.All)
            {
                if (!terms.IsOver(now))
                {
                    Curb(terms, now);
                }
            }
        }
    }

    /// <summary>An order of slowed mail is over.</summary>
    public void EndOrder(StreamCurb curb, Instant now) => _ready.End(curb, _around.Streams, now);

    /// <summary>Slowed mail was delivered.</summary>
    public void Delivered(StreamCurb curb, Instant now) => _ready.Delivered(curb, Pace.MaxSmtpOut, _around.Streams, now);

    /// <summary>Its mail moves to another queue, and what was said about some of it goes along.</summary>
    public void PassCurbsTo(MailQueue other, Instant now)
    {
        foreach (StreamCurb curb in _ready.Curbs)
        {
            if (!curb.Terms.IsOver(now))
            {
                other.Curb(curb.Terms, now);
            }
        }
    }
}
