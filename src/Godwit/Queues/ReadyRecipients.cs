// The recipients of one queue that may go now, first in first out, and the watch over their age.
// Age and order differ (a deferred recipient comes back behind younger ones), so the list keeps the earliest time at which any age matters, and when that
// time comes it is walked, a slice at a time: a queue of five million must not hold the scheduler's lock for half a second.
// Promise: nobody's age is looked at later than its time plus 10 µs for every recipient in the list. That bounds the walks to one per cent of a core.
// Jobs, when they come, make this a ring of such lists; nothing outside this file knows that it is one.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The ready list of a queue. A mutable struct: keep it in a field.</summary>
internal struct ReadyRecipients()
{
    private const long TicksBetweenWalksPerRecipient = 100;

    private RecipientList _list;

    /// <summary>The last recipient that the running walk has seen and left; null when the walk starts at the head.</summary>
    private QueuedRecipient? _walkedTo;

    private bool _walking;
    private int _walked;
    private Instant _walkEarliest = Instant.Never;

    public readonly int Count => _list.Count;

    public readonly QueuedRecipient? Head => _list.Head;

    /// <summary>When <see cref="TryWalk"/> has something to do.</summary>
    public Instant Attention { get; private set; } = Instant.Never;

    public void Append(QueuedRecipient recipient, DeliverySettings settings)
    {
        _list.Append(recipient);
        Attention = Instant.Min(Attention, recipient.AttentionAt(settings));
    }

    /// <summary>Puts one back in front of all others.</summary>
    public void Prepend(QueuedRecipient recipient, DeliverySettings settings)
    {
        _list.Prepend(recipient);
        Instant attention = recipient.AttentionAt(settings);
        Attention = Instant.Min(Attention, attention);
        _walkEarliest = Instant.Min(_walkEarliest, attention);
    }

    public QueuedRecipient TakeHead()
    {
        QueuedRecipient taken = _list.TakeAfter(null);
        if (ReferenceEquals(taken, _walkedTo))
        {
            _walkedTo = null; // Everything behind it is unseen, and that is where a walk without a mark goes on.
        }

        if (_list.Count == 0)
        {
            Attention = Instant.Never;
            _walking = false;
        }

        return taken;
    }

    /// <summary>Ages are counted anew: the configuration changed them.</summary>
    public void LookAgain(Instant now)
    {
        _walking = false;
        Attention = _list.Count == 0 ? Instant.Never : now;
    }

    /// <summary>
    /// Looks at ages if their time has come; spends <paramref name="budget"/>, one per recipient. False when it ran out first: call again.
    /// </summary>
    public bool TryWalk(MailQueue owner, Instant now, ref int budget)
    {
        if (Attention > now)
        {
            return true;
        }

        if (!_walking)
        {
            (_walking, _walkedTo, _walked, _walkEarliest) = (true, null, 0, Instant.Never);
        }

        while ((_walkedTo is null ? _list.Head : _walkedTo.Next) is { } recipient)
        {
            if (budget-- <= 0)
            {
                return false;
            }

            _walked++;
            if (recipient.ExpiresAt(owner.Settings) <= now)
            {
                owner.Expire(_list.TakeAfter(_walkedTo));
                continue;
            }

            owner.NoticeIfDue(recipient, now);
            _walkEarliest = Instant.Min(_walkEarliest, recipient.AttentionAt(owner.Settings));
            _walkedTo = recipient;
        }

        _walking = false;
        Attention = _list.Count == 0 ? Instant.Never : Instant.Max(_walkEarliest, new Instant(now.Ticks + _walked * TicksBetweenWalksPerRecipient));
        return true;
    }
}
