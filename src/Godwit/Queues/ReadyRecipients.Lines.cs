// Which line a recipient stands in.

using System.Diagnostics.CodeAnalysis;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

internal partial struct ReadyRecipients
{
    /// <summary>Whether somebody is of one of these streams. A line tells for all of its recipients, unless it is mixed.</summary>
    public readonly bool HasAnyOf(HashSet<int> streams, ref int budget)
    {
        for (int i = 0; i < _lines; i++)
        {
            JobLine line = i == 0 ? _first : _turns!.Lines[i - 1];
            if (!line.IsMixed && line.List.Count > 0 && streams.Contains(line.Stream))
            {
                return true;
            }

            for (QueuedRecipient? recipient = line.IsMixed ? line.List.Head : null; recipient is not null && budget > 0; recipient = recipient.Next, budget--)
            {
                if (streams.Contains(recipient.Message.Stream))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void Entered(in JobLine line, QueuedRecipient recipient, DeliverySettings settings)
    {
        Count++;
        Held += line.IsHeld ? 1 : 0;
        Instant attention = recipient.AttentionAt(settings);
        _walkDue = Instant.Min(_walkDue, attention);
        if (_walk is { } walk)
        {
            walk.Earliest = Instant.Min(walk.Earliest, attention); // It may be past this line.
        }
    }

    private QueuedRecipient TakeAfter(int index, QueuedRecipient? previous)
    {
        ref JobLine line = ref LineAt(index);
        QueuedRecipient taken = line.List.TakeAfter(previous);
        Count--;
        Held -= line.IsHeld ? 1 : 0;
        HasLeft(taken, previous);
        if (Count == 0)
        {
            _walkDue = Instant.Never;
            _walk = null;
            _lines = 1;
            _turns = _turns is { HasCurbs: true } ? _turns : null;
            if (_turns is not null)
            {
                (_turns.Look, _turns.MixedDue) = (null, Instant.Never);
            }
        }

        return taken;
    }

    [UnscopedRef]
    private ref JobLine LineAt(int index) => ref index == 0 ? ref _first : ref _turns!.Lines[index - 1];

    [UnscopedRef]
    private ref JobLine LineFor(QueuedRecipient recipient, StreamTable streams)
    {
        int stream = recipient.Message.Stream;
        byte priority = recipient.Priority;
        if (_lines <= 1 && (_first.List.Count == 0 || _first.Takes(stream, priority)))
        {
            return ref Open(0, stream, priority, streams);
        }

        int free = -1;
        for (int i = 0; i < _lines; i++)
        {
            ref JobLine line = ref LineAt(i);
            if (line.Takes(stream, priority) && line.List.Count > 0)
            {
                return ref line;
            }

            free = line.List.Count == 0 && _walk?.Line != i ? i : free;
        }

        if (free < 0 && _lines < MaxLines)
        {
            free = _lines;
        }

        return ref free >= 0 ? ref Open(free, stream, priority, streams) : ref LineAmongMany(stream, priority, streams);
    }

    /// <summary>There are as many lines as there may be: held mail goes on the shelf, other mail gets a line by that, or shares one.</summary>
    [UnscopedRef]
    private ref JobLine LineAmongMany(int stream, byte priority, StreamTable streams)
    {
        if (IsHeld(stream, streams))
        {
            return ref LineAt(Shelf(stream, priority, streams));
        }

        if (TryClear() is int free and >= 0)
        {
            return ref Open(free, stream, priority, streams);
        }

        for (int i = 0; i < _lines; i++)
        {
            ref JobLine line = ref LineAt((stream + i) % _lines);
            if (!line.IsHeld)
            {
                line.IsMixed = true;
                return ref line;
            }
        }

        return ref Open(_lines, stream, priority, streams); // All others are held, in one line or two.
    }

    [UnscopedRef]
    private ref JobLine Open(int index, int stream, byte priority, StreamTable streams)
    {
        if (index > 0)
        {
            _turns ??= new JobTurns();
            if (index - 1 == _turns.Lines.Length)
            {
                Array.Resize(ref _turns.Lines, _turns.Lines.Length * 2);
            }
        }

        _lines = Math.Max(_lines, index + 1);
        ref JobLine line = ref LineAt(index);
        if (line.List.Count == 0)
        {
            line.Become(stream, priority, IsHeld(stream, streams));
            line.Pass = _turns?.Turn ?? 0;
        }

        return ref line;
    }

    private int LinesOfTenant(int stream, StreamTable streams)
    {
        string? tenant = streams[stream].Key.Tenant;
        int lines = 0;
        for (int i = 0; i < _lines; i++)
        {
            ref JobLine line = ref LineAt(i);
            lines += line.List.Count > 0 && !line.IsHeld && streams[line.Stream].Key.Tenant == tenant ? 1 : 0;
        }

        return Math.Max(1, lines);
    }

    /// <summary>A walk through the ages of all lines.</summary>
    private sealed class Walk
    {
        public int Line;

        /// <summary>The last recipient of the line that was seen and left; null when none was.</summary>
        public QueuedRecipient? To;

        public int Seen;
        public Instant Earliest = Instant.Never;
    }
}
