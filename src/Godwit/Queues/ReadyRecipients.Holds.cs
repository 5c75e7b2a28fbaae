// Which mail waits although it is ready: that of paused jobs, and what replies hold or slow.
// Whole lines are held or let go at once. Where there are more streams than lines, some share a line, and held ones share one more, the shelf. Those are
// looked through in slices when a job is paused or resumed and when a hold ends, and for mail that is only slowed now and then: at most one per cent of a
// core goes into that. ReadyRecipients.Mixed.cs.

using Godwit.Foundation;

namespace Godwit.Queues;

internal partial struct ReadyRecipients
{
    /// <summary>The curbs of this queue alone; empty in most queues.</summary>
    public readonly IEnumerable<StreamCurb> Curbs => _turns?.Curbs?.All ?? [];

    public readonly bool HasCurbs => _turns?.Curbs is not null;

    /// <summary>What they ask; nothing that is over.</summary>
    public readonly IReadOnlyList<StreamTerms> Remember(Instant now) => _turns?.Curbs?.Remember(now) ?? [];

    /// <summary>When the last hold or ceiling on certain mail of this queue alone ends; the default when there is none.</summary>
    public readonly Instant LastCurbEnd => _turns?.Curbs?.LastEnd ?? default;

    /// <summary>A job was paused or resumed: lines are held or let go accordingly.</summary>
    public void Reconsider(StreamTable streams)
    {
        HoldLines(streams);
        LookThroughMixed();
    }

    /// <summary>A reply holds or slows a job or a tenant here.</summary>
    public void Curb(StreamTerms terms, StreamTable streams, Instant now)
    {
        NeedCurbs().Add(terms, now);
        HoldLines(streams);
        LookThroughMixedLater(now);
    }

    /// <summary>What another queue has held or slowed is here now.</summary>
    public void TakeOverCurbs(IReadOnlyList<StreamTerms> terms, StreamTable streams, Instant now)
    {
        NeedCurbs().AddBeside(terms, now);
        HoldLines(streams);
        LookThroughMixedLater(now);
    }

    /// <summary>The curbs that it shares have changed.</summary>
    public void Follow(StreamCurbs shared, MailQueue owner, StreamTable streams, Instant now)
    {
        _turns ??= new JobTurns();
        (_turns.Shared, _turns.Owner) = (shared.Count > 0 ? shared : null, owner);
        HoldLines(streams);
        LookThroughMixedLater(now);
    }

    /// <summary>It shares none any more.</summary>
    public void Unfollow(StreamTable streams)
    {
        if (_turns is { Shared: not null } turns)
        {
            turns.Shared = null;
            Reconsider(streams);
        }
    }

    /// <summary>Lets go what was held until now.</summary>
    public void Release(StreamTable streams, Instant now)
    {
        if (_turns is { Curbs: { } curbs } turns && curbs.NextLook <= now)
        {
            bool changed = curbs.Look(now);
            turns.Curbs = curbs.Count > 0 ? curbs : null;
            if (changed)
            {
                HoldLines(streams);
                LookThroughMixedLater(now);
            }
        }
    }

    /// <summary>An order of slowed mail begins.</summary>
    public void Take(StreamCurb curb, int recipients, StreamTable streams, Instant now)
    {
        curb.Take(now, recipients);
        Look(curb, streams, now);
    }

    /// <summary>It has ended.</summary>
    public void End(StreamCurb curb, StreamTable streams, Instant now)
    {
        curb.End();
        Look(curb, streams, now);
    }

    /// <summary>Mail of it was taken. True when more of it may go at once now.</summary>
    public bool Delivered(StreamCurb curb, int top, StreamTable streams, Instant now)
    {
        bool hasRisen = curb.Delivered(top, now);
        if (hasRisen)
        {
            Look(curb, streams, now);
        }

        return hasRisen;
    }

    private StreamCurbs NeedCurbs() => (_turns ??= new JobTurns()).Curbs ??= new StreamCurbs();

    private void Look(StreamCurb curb, StreamTable streams, Instant now)
    {
        if (_turns?.Curbs is { } curbs && curbs.Look(curb, now))
        {
            HoldLines(streams);
            LookThroughMixedLater(now);
        }
    }

    /// <summary>Whether mail of this stream that is here must wait; a shared curb notes that it does.</summary>
    private readonly bool IsHeld(int stream, StreamTable streams)
    {
        if (stream == StreamTable.None && _turns is null)
        {
            return false;
        }

        MailStream known = streams[stream];
        return known.IsPaused
            || _turns?.Curbs?.Of(known.Key) is { IsClosed: true }
            || _turns?.Shared?.Of(known.Key)?.Holds(_turns.Owner!) == true;
    }

    /// <summary>Marks the lines of one stream each, and counts who is held.</summary>
    private void HoldLines(StreamTable streams)
    {
        Held = 0;
        for (int i = 0; i < _lines; i++)
        {
            ref JobLine line = ref LineAt(i);
            bool isHeld = line.IsMixed ? line.IsHeld : line.List.Count > 0 && IsHeld(line.Stream, streams);
            line.Pass = line.IsHeld && !isHeld ? Math.Max(line.Pass, _turns?.Turn ?? 0) : line.Pass; // Silence saves up no turns.
            line.IsHeld = isHeld;
            Held += isHeld ? line.List.Count : 0;
        }
    }
}
