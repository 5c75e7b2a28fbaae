// What replies have asked of certain mail of one provider: once for all of its queues, so that a campaign that is to go at half the rate goes at half in
// all of them together. Owned by its QueueGroup; the scheduler looks at it at its time and tells the queues that may go.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The curbs that all queues of a group keep to.</summary>
internal sealed class GroupTerms : DueNode
{
    public StreamCurbs Curbs { get; } = new();

    /// <summary>An order of slowed mail begins.</summary>
    public void Take(StreamCurb curb, int recipients, Instant now)
    {
        curb.Take(now, recipients);
        Curbs.Look(curb, now);
    }

    /// <summary>It has ended.</summary>
    public void End(StreamCurb curb, Instant now)
    {
        curb.End();
        Curbs.Look(curb, now);
    }

    /// <summary>Mail of it was taken. True when more of it may go at once now.</summary>
    public bool Delivered(StreamCurb curb, int top, Instant now)
    {
        bool hasRisen = curb.Delivered(top, now);
        if (hasRisen)
        {
            Curbs.Look(curb, now);
        }

        return hasRisen;
    }
}
