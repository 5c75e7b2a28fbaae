// Which mail waits although it is ready: that of paused jobs, and what replies hold or slow.
// Whole lines are held or let go. Where there are more streams than lines, held ones share a line, the shelf. It is looked through when a job is paused or
// resumed and when a hold ends, and for mail that is only slowed now and then: at most one per cent of a core goes into that.

using Godwit.Foundation;

namespace Godwit.Queues;

internal partial struct ReadyRecipients
{
    private static readonly TimeSpan _betweenShelfLooks = TimeSpan.FromSeconds(1);

    /// <summary>A job was paused or resumed: lines are held or let go accordingly.</summary>
    public void Reconsider(StreamTable streams)
    {
        for (int i = 0; i < _lines; i++)
        {
            if (LineAt(i) is { IsMixed: true, List.Count: > 0 })
            {
                TakeOutOthers(i, streams);
            }
        }

        HoldLines(streams);
    }

    /// <summary>A reply holds or slows a job or a tenant here.</summary>
    public void Curb(StreamTerms terms, StreamTable streams, Instant now)
    {
        _turns ??= new JobTurns();
        (_turns.Curbs ??= new StreamCurbs()).Add(terms, now);
        Reconsider(streams);
        LookAtShelfLater(now);
    }

    /// <summary>Lets go what was held until now.</summary>
    public void Release(StreamTable streams, Instant now)
    {
        if (_turns is null)
        {
            return;
        }

        bool looksAtShelf = _turns.ShelfDue <= now;
        _turns.ShelfDue = looksAtShelf ? Instant.Never : _turns.ShelfDue;
        if (_turns.Curbs is { } curbs && curbs.NextLook <= now)
        {
            int before = curbs.Count;
            bool changed = curbs.Look(now);
            looksAtShelf |= curbs.Count < before;
            if (changed && !looksAtShelf)
            {
                HoldLines(streams);
                LookAtShelfLater(now);
            }

            _turns.Curbs = curbs.Count > 0 ? curbs : null;
        }

        if (looksAtShelf)
        {
            Reconsider(streams);
            LookAtShelfLater(now);
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

    /// <summary>Mail of it was taken.</summary>
    public void Delivered(StreamCurb curb, int top, StreamTable streams, Instant now)
    {
        if (curb.Delivered(top, now))
        {
            Look(curb, streams, now);
        }
    }

    /// <summary>The curbs in force; empty in most queues.</summary>
    public readonly IEnumerable<StreamCurb> Curbs => _turns?.Curbs?.All ?? [];

    public readonly bool HasCurbs => _turns?.Curbs is not null;

    private void Look(StreamCurb curb, StreamTable streams, Instant now)
    {
        if (_turns?.Curbs is { } curbs && curbs.Look(curb, now))
        {
            HoldLines(streams);
            LookAtShelfLater(now);
        }
    }

    private readonly bool IsHeld(int stream, StreamTable streams)
    {
        if (stream == StreamTable.None && _turns is null)
        {
            return false;
        }

        MailStream known = streams[stream];
        return known.IsPaused || _turns?.Curbs?.Of(known.Key) is { IsClosed: true };
    }

    /// <summary>Marks the lines of one stream each, and counts who is held.</summary>
    private void HoldLines(StreamTable streams)
    {
        Held = 0;
        for (int i = 0; i < _lines; i++)
        {
            ref JobLine line = ref LineAt(i);
            bool isHeld = line.IsMixed ? line.IsHeld : IsHeld(line.Stream, streams);
            line.Pass = line.IsHeld && !isHeld ? Math.Max(line.Pass, _turns?.Turn ?? 0) : line.Pass; // Silence saves up no turns.
            line.IsHeld = isHeld;
            Held += isHeld ? line.List.Count : 0;
        }
    }

    /// <summary>Slowed mail on the shelf goes on at its own times, which nobody else tells.</summary>
    private void LookAtShelfLater(Instant now)
    {
        if (_turns!.ShelfDue == Instant.Never && _turns.Curbs is not null && FindShelf() is int shelf and >= 0)
        {
            TimeSpan pause = TimeSpan.FromTicks(LineAt(shelf).List.Count * TicksBetweenWalksPerRecipient);
            _turns.ShelfDue = now + (pause > _betweenShelfLooks ? pause : _betweenShelfLooks);
        }
    }

    /// <summary>The line of held streams that have none of their own; -1 when there is none.</summary>
    private int FindShelf()
    {
        for (int i = 0; i < _lines; i++)
        {
            if (LineAt(i) is { IsMixed: true, IsHeld: true, List.Count: > 0 })
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The shelf, made where there is none: of the shortest held line, or as one line more.</summary>
    private int Shelf(int stream, byte priority, StreamTable streams)
    {
        int shelf = FindShelf();
        shelf = shelf >= 0 ? shelf : ShortestHeld();
        if (shelf < 0)
        {
            shelf = _lines;
            Open(shelf, stream, priority, streams);
        }

        LineAt(shelf).IsMixed = true;
        return shelf;
    }

    /// <summary>Puts the shortest held line on the shelf, so that its place is free; -1 when there is none beside the shelf.</summary>
    private int TryClear()
    {
        int shelf = FindShelf();
        if (shelf < 0 && (shelf = ShortestHeld()) >= 0)
        {
            LineAt(shelf).IsMixed = true;
        }

        int cleared = ShortestHeld();
        if (cleared >= 0)
        {
            _walk = null;
            LineAt(shelf).List.TakeOver(ref LineAt(cleared).List);
        }

        return cleared;
    }

    /// <summary>Of those that one stream has to itself; -1 when there is none.</summary>
    private int ShortestHeld()
    {
        int shortest = -1;
        for (int i = 0; i < _lines; i++)
        {
            if (LineAt(i) is { IsHeld: true, IsMixed: false, List.Count: > 0 } line && (shortest < 0 || line.List.Count < LineAt(shortest).List.Count))
            {
                shortest = i;
            }
        }

        return shortest;
    }

    /// <summary>The head of a shared line waits now.</summary>
    private void PutAside(int index, StreamTable streams)
    {
        _walk = null;
        QueuedRecipient head = LineAt(index).List.TakeAfter(null);
        ref JobLine line = ref LineFor(head, streams);
        line.List.Append(head);
        Held += line.IsHeld ? 1 : 0;
    }

    /// <summary>Those of a shared line who are not held as it is get another line.</summary>
    private void TakeOutOthers(int index, StreamTable streams)
    {
        QueuedRecipient? previous = null;
        while ((previous is null ? LineAt(index).List.Head : previous.Next) is { } recipient)
        {
            if (IsHeld(recipient.Message.Stream, streams) == LineAt(index).IsHeld)
            {
                previous = recipient;
                continue;
            }

            LineAt(index).List.TakeAfter(previous);
            _walk = null;
            LineFor(recipient, streams).List.Append(recipient);
        }
    }
}
