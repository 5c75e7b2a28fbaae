// The lines of several streams: which there are, and who stands in them and should not.

using Godwit.Foundation;

namespace Godwit.Queues;

internal partial struct ReadyRecipients
{
    private static readonly TimeSpan _betweenMixedLooks = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gives those in shared lines who are not held as their line is another one, if the time for that has come; spends <paramref name="budget"/>, one per
    /// recipient. False when it ran out first: call again.
    /// </summary>
    public bool TryLookThroughMixed(MailQueue owner, StreamTable streams, Instant now, ref int budget)
    {
        if (_turns is null || _turns.MixedDue > now)
        {
            return true;
        }

        MixedLook look = _turns.Look ??= new MixedLook();
        while (look.Line < _lines)
        {
            ref JobLine line = ref LineAt(look.Line);
            if ((!line.IsMixed ? null : look.To is null ? line.List.Head : look.To.Next) is not { } recipient)
            {
                (look.Line, look.To) = (look.Line + 1, null);
                continue;
            }

            if (budget-- <= 0)
            {
                return false;
            }

            if (IsHeld(recipient.Message.Stream, streams) == line.IsHeld)
            {
                look.To = recipient;
                continue;
            }

            ChangeLine(look.Line, look.To, streams, owner.Settings);
        }

        (_turns.Look, _turns.MixedDue) = (null, Instant.Never);
        if (look.Again)
        {
            LookThroughMixedLater(now);
        }

        return true;
    }

    /// <summary>Who is held has changed by an operator's word: from the beginning, at the next opportunity.</summary>
    private readonly void LookThroughMixed()
    {
        if (_turns is not null && InMixed() > 0)
        {
            (_turns.Look, _turns.MixedDue) = (null, default);
        }
    }

    /// <summary>The same after a reply, an order or a time, of which there are many.</summary>
    private readonly void LookThroughMixedLater(Instant now)
    {
        if (_turns is null)
        {
            return;
        }

        if (_turns.Look is { } look)
        {
            look.Again = true;
        }
        else if (_turns.MixedDue == Instant.Never && InMixed() is int count and > 0)
        {
            TimeSpan pause = TimeSpan.FromTicks(count * TicksBetweenWalksPerRecipient);
            _turns.MixedDue = now + (pause > _betweenMixedLooks ? pause : _betweenMixedLooks);
        }
    }

    /// <summary>Recipients in lines of several streams.</summary>
    private readonly int InMixed()
    {
        int count = _first.IsMixed ? _first.List.Count : 0;
        for (int i = 1; i < _lines; i++)
        {
            ref readonly JobLine line = ref _turns!.Lines[i - 1];
            count += line.IsMixed ? line.List.Count : 0;
        }

        return count;
    }

    private void ChangeLine(int index, QueuedRecipient? previous, StreamTable streams, Settings.DeliverySettings settings)
    {
        ref JobLine from = ref LineAt(index);
        Held -= from.IsHeld ? 1 : 0;
        QueuedRecipient moved = from.List.TakeAfter(previous);
        HasLeft(moved, previous);
        ref JobLine to = ref LineFor(moved, streams);
        to.List.Append(moved);
        Held += to.IsHeld ? 1 : 0;
        if (_walk is { } walk)
        {
            walk.Earliest = Instant.Min(walk.Earliest, moved.AttentionAt(settings)); // It may be past this line.
        }
    }

    /// <summary>Walks that stand at a recipient that was taken out go on behind the one before it: everything from there is unseen.</summary>
    private readonly void HasLeft(QueuedRecipient taken, QueuedRecipient? previous)
    {
        if (_walk is { } walk && ReferenceEquals(taken, walk.To))
        {
            walk.To = previous;
        }

        if (_turns?.Look is { } look && ReferenceEquals(taken, look.To))
        {
            look.To = previous;
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
        HasLeft(head, null);
        ref JobLine line = ref LineFor(head, streams);
        line.List.Append(head);
        Held += line.IsHeld ? 1 : 0;
    }
}
