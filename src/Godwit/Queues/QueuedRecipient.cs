// The small thing that waits: one recipient of one stored message. 48 bytes as the runtime lays it out, so that with its share of the message (48 more)
// a recipient stays under 100. One link, because it is in exactly one list at a time: ready, deferred, expired, or none while an order holds it.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>Where a recipient is. It is in exactly one place.</summary>
internal enum RecipientPlace : byte
{
    /// <summary>Not enqueued yet.</summary>
    New,
    Ready,
    Deferred,

    /// <summary>Too old, waiting to be taken by <see cref="Scheduler.TakeExpired"/>.</summary>
    Expired,

    /// <summary>In an order, or taken as expired.</summary>
    Out,

    /// <summary>Has its final fate.</summary>
    Gone,
}

/// <summary>One recipient in a queue. Owned by the queue that holds it, or by the order it was given to.</summary>
public class QueuedRecipient(StoredMessage message, int index, byte priority = PriorityWeight.Usual)
{
    private readonly ushort _index = checked((ushort)index);

    /// <summary>The link of whatever list it is in.</summary>
    internal QueuedRecipient? Next;

    public StoredMessage Message { get; } = message;

    /// <summary>Not attempted before this time.</summary>
    public Instant NotBefore { get; internal set; }

    /// <summary>Its place in the envelope's list, which has at most 50,000.</summary>
    public int Index => _index;

    /// <summary>0 to 100: its weight among the mail of its queue.</summary>
    public byte Priority { get; internal set; } = priority;

    /// <summary>Attempts that reached a verdict about this recipient.</summary>
    public ushort Attempts { get; internal set; }

    /// <summary>It is a <see cref="ScheduledRecipient"/>: looked up without a virtual call, because ages are compared for every message.</summary>
    private protected bool IsScheduled { get; init; }

    internal RecipientPlace Place { get; set; }

    /// <summary>Delay notices that are behind it. At 255, after 42 days at the default of four hours, no more are given.</summary>
    internal byte Notices { get; set; }

    /// <summary>Restores what the spool remembered. Only before it is enqueued.</summary>
    public void Restore(int attempts, Instant notBefore)
    {
        CheckIsNew();
        Attempts = (ushort)Math.Min(attempts, ushort.MaxValue);
        NotBefore = notBefore;
    }

    /// <summary>Restores when its sender was last told that it waits. Only before it is enqueued.</summary>
    public void RestoreNotices(Instant lastTold, DeliverySettings settings)
    {
        CheckIsNew();
        CountNotices(settings, lastTold);
    }

    /// <summary>When the last delay notice that is behind it was due; the default when none is. The spool keeps it over a restart.</summary>
    internal Instant LastNoticeDue(DeliverySettings settings) =>
        Notices == 0 || settings.NotifyOfDelayEvery <= TimeSpan.Zero ? default : Message.Id.Time + settings.NotifyOfDelayEvery * Notices;

    /// <summary>When it has waited too long. A negative bounce-after never ends.</summary>
    internal Instant ExpiresAt(DeliverySettings settings) =>
        IsScheduled ? ((ScheduledRecipient)this).End
        : settings.BounceAfter < TimeSpan.Zero ? Instant.Never : Message.Id.Time + settings.BounceAfter;

    /// <summary>When its sender is to hear next that it is late.</summary>
    internal Instant NextNoticeAt(DeliverySettings settings) =>
        settings.NotifyOfDelayEvery <= TimeSpan.Zero || Notices == byte.MaxValue
            ? Instant.Never
            : Message.Id.Time + settings.NotifyOfDelayEvery * (Notices + 1);

    /// <summary>When its age has to be looked at next, whatever else it waits for.</summary>
    internal Instant AttentionAt(DeliverySettings settings) => Instant.Min(ExpiresAt(settings), NextNoticeAt(settings));

    /// <summary>Counts every notice that its age has asked for, so that several missed ones become one.</summary>
    internal void CountNotices(DeliverySettings settings, Instant now)
    {
        if (settings.NotifyOfDelayEvery > TimeSpan.Zero)
        {
            long passed = (now - Message.Id.Time).Ticks / settings.NotifyOfDelayEvery.Ticks;
            Notices = (byte)Math.Clamp(passed, Notices, byte.MaxValue);
        }
    }

    /// <summary>Moves it; throws when it is not where the caller thinks, because then a recipient would be lost or sent twice.</summary>
    internal void Move(RecipientPlace from, RecipientPlace to)
    {
        if (Place != from)
        {
            throw new InvalidOperationException($"recipient {Index} of message {Message.Id} is {Place}, not {from}");
        }

        Place = to;
    }

    private void CheckIsNew()
    {
        if (Place != RecipientPlace.New)
        {
            throw new InvalidOperationException($"recipient {Index} of message {Message.Id} is restored after it was enqueued");
        }
    }
}
