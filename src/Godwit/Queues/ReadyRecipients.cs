// The recipients of one queue that may go now, and the watch over their age.
// They stand in lines, one for each stream (job and tenant) and priority, and lines take turns by weight: a job of five million never starves a password
// reset, and a priority is a share, not a right of way. Within a line it is first in first out. A tenant with many jobs gets no more turns than one with a
// single job: each of its lines pays for all of them. Most queues have one line, which lies in this struct.
// Age and order differ (a deferred recipient comes back behind younger ones), so the lists keep the earliest time at which any age matters, and when that
// time comes they are walked, a slice at a time: a queue of five million must not hold the scheduler's lock for half a second.
// Promise: nobody's age is looked at later than its time plus 10 µs for every recipient in the lists. That bounds the walks to one per cent of a core.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The ready lists of a queue. A mutable struct: keep it in a field.</summary>
internal partial struct ReadyRecipients()
{
    /// <summary>
    /// Lines that take turns; further streams share those there are, and held ones share one more, the shelf. Each turn looks at all of them: 3 KB
    /// read in a row.
    /// </summary>
    internal const int MaxLines = 64;

    private const long TicksBetweenWalksPerRecipient = 100;

    private JobLine _first;
    private JobTurns? _turns;
    private int _lines;
    private int _chosen;

    /// <summary>Under way; null when nobody walks.</summary>
    private Walk? _walk;
    private Instant _walkDue = Instant.Never;

    /// <summary>Lines there are, empty ones included.</summary>
    public readonly int Lines => _lines;

    public int Count { get; private set; }

    /// <summary>Of these, those whose job is paused or held.</summary>
    public int Held { get; private set; }

    /// <summary>When <see cref="TryWalk"/>, <see cref="TryLookThroughMixed"/> or <see cref="Release"/> has something to do.</summary>
    public readonly Instant Attention =>
        _turns is null ? _walkDue : Instant.Min(Instant.Min(_walkDue, _turns.MixedDue), _turns.Curbs?.NextLook ?? Instant.Never);

    public void Append(QueuedRecipient recipient, StreamTable streams, DeliverySettings settings)
    {
        ref JobLine line = ref LineFor(recipient, streams);
        line.List.Append(recipient);
        Entered(in line, recipient, settings);
    }

    /// <summary>Puts one back in front of its line.</summary>
    public void Prepend(QueuedRecipient recipient, StreamTable streams, DeliverySettings settings)
    {
        ref JobLine line = ref LineFor(recipient, streams);
        line.List.Prepend(recipient);
        Entered(in line, recipient, settings);
    }

    /// <summary>The first of the line whose turn it is; null when everybody is held. <see cref="TakeNext"/> takes it.</summary>
    public QueuedRecipient? PeekNext(StreamTable streams)
    {
        if (_lines == 1 && !_first.IsMixed)
        {
            _chosen = 0;
            return _first.IsHeld ? null : _first.List.Head;
        }

        while (true)
        {
            _chosen = -1;
            long least = long.MaxValue;
            for (int i = 0; i < _lines; i++)
            {
                ref JobLine line = ref LineAt(i);
                if (line.List.Count > 0 && !line.IsHeld && line.Pass < least)
                {
                    (_chosen, least) = (i, line.Pass);
                }
            }

            if (_chosen < 0)
            {
                return null;
            }

            ref JobLine chosen = ref LineAt(_chosen);
            if (!chosen.IsMixed || !IsHeld(chosen.List.Head!.Message.Stream, streams))
            {
                return chosen.List.Head;
            }

            PutAside(_chosen, streams);
        }
    }

    /// <summary>Takes what <see cref="PeekNext"/> showed; may be called again for those behind it in the same line.</summary>
    public QueuedRecipient TakeNext() => TakeAfter(_chosen, null);

    /// <summary>The line of <see cref="PeekNext"/> has its turn: before its recipients are taken.</summary>
    public void Charge(int recipients, StreamTable streams)
    {
        if (_turns is null)
        {
            return;
        }

        ref JobLine line = ref LineAt(_chosen);
        _turns.Turn = line.Pass;
        line.Pass += PriorityWeight.StrideOf(line.Priority) * recipients * LinesOfTenant(line.Stream, streams);
    }

    /// <summary>Where an order of this mail counts because a reply to this queue alone has slowed it; null for most.</summary>
    public readonly StreamCurb? CurbOf(int stream, StreamTable streams) => _turns?.Curbs?.Of(streams[stream].Key);

    /// <summary>Ages are counted anew: the configuration changed them.</summary>
    public void LookAgain(Instant now)
    {
        _walk = null;
        _walkDue = Count == 0 ? Instant.Never : now;
    }

    /// <summary>
    /// Looks at ages if their time has come; spends <paramref name="budget"/>, one per recipient. False when it ran out first: call again.
    /// </summary>
    public bool TryWalk(MailQueue owner, Instant now, ref int budget)
    {
        if (_walkDue > now)
        {
            return true;
        }

        Walk walk = _walk ??= new Walk();
        while (walk.Line < _lines)
        {
            if ((walk.To is null ? LineAt(walk.Line).List.Head : walk.To.Next) is not { } recipient)
            {
                (walk.Line, walk.To) = (walk.Line + 1, null);
                continue;
            }

            if (budget-- <= 0)
            {
                return false;
            }

            walk.Seen++;
            if (recipient.ExpiresAt(owner.Settings) <= now)
            {
                owner.Expire(TakeAfter(walk.Line, walk.To));
                continue;
            }

            owner.NoticeIfDue(recipient, now);
            walk.Earliest = Instant.Min(walk.Earliest, recipient.AttentionAt(owner.Settings));
            walk.To = recipient;
        }

        _walk = null;
        _walkDue = Count == 0 ? Instant.Never : Instant.Max(walk.Earliest, new Instant(now.Ticks + walk.Seen * TicksBetweenWalksPerRecipient));
        return true;
    }

    /// <summary>Takes out at most so many, in the order of the lines and not of turns; a chain through their links, null when there is nobody.</summary>
    public QueuedRecipient? TakeSome(int most)
    {
        _walk = null; // What is left is walked anew.
        QueuedRecipient? chain = null;
        QueuedRecipient? last = null;
        for (int i = 0; i < _lines && most > 0; i++)
        {
            // Taking the last of all closes the lines behind the first.
            while (Count > 0 && LineAt(i).List.Count > 0 && most-- > 0)
            {
                QueuedRecipient taken = TakeAfter(i, null);
                chain ??= taken;
                if (last is not null)
                {
                    last.Next = taken;
                }

                last = taken;
            }
        }

        return chain;
    }

    /// <summary>Takes out everybody whom <paramref name="meant"/> names. One pass, which ends when all are found.</summary>
    public void TakeWhere(IReadOnlySet<QueuedRecipient> meant, List<QueuedRecipient> taken)
    {
        _walk = null;
        for (int i = 0; i < _lines; i++)
        {
            QueuedRecipient? previous = null;
            while (Count > 0 && taken.Count < meant.Count && (previous is null ? LineAt(i).List.Head : previous.Next) is { } recipient)
            {
                if (meant.Contains(recipient))
                {
                    taken.Add(TakeAfter(i, previous));
                }
                else
                {
                    previous = recipient;
                }
            }
        }
    }

    /// <summary>Adds everybody to a list.</summary>
    public readonly void CopyTo(List<QueuedRecipient> all)
    {
        for (int i = 0; i < _lines; i++)
        {
            JobLine line = i == 0 ? _first : _turns!.Lines[i - 1];
            for (QueuedRecipient? recipient = line.List.Head; recipient is not null; recipient = recipient.Next)
            {
                all.Add(recipient);
            }
        }
    }
}
