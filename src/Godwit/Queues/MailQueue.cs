// One queue: the recipients of one destination through one virtual MTA, and all that limits them. Owned by the scheduler and touched under its lock only.
// It knows where each of its recipients is (ready, deferred, expired, out) and what its settings allow; it knows no other queue, no slots, no clock.
// Promise: a recipient that came in stays until Leave, in exactly one place; a move from a place where it is not throws.
// About 300 bytes when idle, so that a million queues fit into memory.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The running side of (destination, virtual MTA).</summary>
internal sealed partial class MailQueue : DueNode
{
    private readonly QueueSurroundings _around;
    private ReadyRecipients _ready = new();
    private DeferredRecipients _deferred = new();
    private RecipientList _expired;
    private LinkedList<DeliveryTicket>? _idle;

    public MailQueue(QueueKey key, VirtualMtaLane lane, DeliverySettings settings, int settingsVersion, QueueSurroundings around)
    {
        (Key, Lane, Settings, SettingsVersion) = (key, lane, settings, settingsVersion);
        _around = around;
    }

    /// <summary>The retry clock.</summary>
    public RetrySchedule Retry;

    public QueueKey Key { get; }

    public VirtualMtaLane Lane { get; }

    /// <summary>In force since <see cref="SettingsVersion"/>.</summary>
    public DeliverySettings Settings { get; private set; }

    public int SettingsVersion { get; private set; }

    // Recipients.

    /// <summary>May go now; those of held jobs are not among them.</summary>
    public int Ready => _ready.Count - _ready.Held;

    /// <summary>Would go now if their job were not paused or held.</summary>
    public int Held => _ready.Held;

    public int Lines => _ready.Lines;

    public int Deferred => _deferred.Count;

    public int Expired => _expired.Count;

    /// <summary>Held by orders or by Disposition.</summary>
    public int Out { get; private set; }

    public long Recipients => (long)_ready.Count + _deferred.Count + _expired.Count + Out;

    /// <summary>Octets of content over all recipients.</summary>
    public long Bytes { get; private set; }

    // Connections. The numbers count tickets by state; only DeliveryTicket changes them.

    public int Connections { get; set; }

    /// <summary>Granted or woken, and not yet come for an order: each will take mail that is ready.</summary>
    public int Fresh { get; set; }

    /// <summary>Told to wait for the message rate.</summary>
    public int RateWaiting { get; set; }

    /// <summary>Told to close.</summary>
    public int Closing { get; set; }

    /// <summary>Connections that wait for mail of this queue.</summary>
    public LinkedList<DeliveryTicket> Idle => _idle ??= new LinkedList<DeliveryTicket>();

    public bool HasIdle => _idle is { Count: > 0 };

    public bool IsPaused { get; set; }

    /// <summary>It is paused because a pattern is, which is kept: the queue need not be.</summary>
    public bool IsPausedByPattern { get; set; }

    /// <summary>All its hosts are full: until then, or until one calls. The default when it does not wait.</summary>
    public Instant HostWait { get; set; }

    /// <summary>It stands in the line of a host.</summary>
    public bool IsInHostLine { get; set; }

    /// <summary>It stands in its group's line for a source address.</summary>
    public bool WaitsForSource { get; set; }

    // Its places in the scheduler's structures.

    public QueueRing? Ring { get; set; }

    public MailQueue? RingNext { get; set; }

    public MailQueue? RingPrevious { get; set; }

    /// <summary>In the list of queues that have expired recipients.</summary>
    public bool IsInExpiredLine { get; set; }

    /// <summary>In the list of queues whose configuration or group has changed.</summary>
    public bool IsOutdated { get; set; }

    /// <summary>Empty, and kept for what it remembers.</summary>
    public bool IsKept { get; set; }

    public bool IsEmpty => Recipients == 0 && Connections == 0;

    /// <summary>When the ages or own times of its recipients ask for <see cref="Attend"/>.</summary>
    public Instant NextAttention => Instant.Min(_ready.Attention, _deferred.Earliest);

    /// <summary>A job was paused or resumed.</summary>
    public void JobsChanged() => _ready.Reconsider(_around.Streams);

    /// <summary>Takes over settings of a newer configuration.</summary>
    public void Configure(DeliverySettings settings, int version, Instant now)
    {
        PaceSettings before = Pace;
        (DeliverySettings old, Settings, SettingsVersion) = (Settings, settings, version);
        AdaptTo(before, now);
        ForgetRollup(Instant.Never);
        Retry.Lasts = false; // What was wrong may have been mended.

        if (old.BounceAfter != settings.BounceAfter || old.NotifyOfDelayEvery != settings.NotifyOfDelayEvery)
        {
            // The keys of the deferred recipients contain these times.
            AddChain(_deferred.TakeAll());
            _ready.LookAgain(now);
        }
    }

    /// <summary>A recipient comes in.</summary>
    public void Enter(QueuedRecipient recipient, Instant now)
    {
        recipient.Move(RecipientPlace.New, RecipientPlace.Out);
        Bytes += recipient.Message.ContentLength;
        Place(recipient, now);
    }

    /// <summary>A recipient that was out has its final fate.</summary>
    public void Leave(QueuedRecipient recipient)
    {
        TakeBack(recipient);
        recipient.Move(RecipientPlace.Out, RecipientPlace.Gone);
        Bytes -= recipient.Message.ContentLength;
    }

    /// <summary>A recipient that was out waits again, behind all that are ready.</summary>
    public void Defer(QueuedRecipient recipient, Instant notBefore, bool counted, Instant now)
    {
        TakeBack(recipient);
        recipient.NotBefore = notBefore;
        recipient.Attempts += counted && recipient.Attempts < ushort.MaxValue ? (ushort)1 : (ushort)0;
        Place(recipient, now);
    }

    /// <summary>Recipients that were out and not attempted stand in front again, in their order.</summary>
    public void PutBack(DeliveryOrder order)
    {
        for (int i = order.Count - 1; i >= 0; i--)
        {
            TakeBack(order[i]);
            order[i].Move(RecipientPlace.Out, RecipientPlace.Ready);
            _ready.Prepend(order[i], _around.Streams, Settings);
        }
    }

    /// <summary>
    /// The next order: recipients of one message that stand one behind the other, as many as a transaction and every rate allow.
    /// Null when nothing is ready, or when <paramref name="wait"/> says until when a rate forbids it and whose.
    /// </summary>
    /// <param name="source">The state of the connection's source address, if it has one.</param>
    /// <param name="levels">The shared limits that the connection counts at.</param>
    public DeliveryOrder? TakeOrder(QueueSource? source, SharedLimit[] levels, Instant now, out RateWait wait)
    {
        wait = RateWait.None;
        FollowCurbs(now);
        QueuedRecipient? head = FirstReady(now);
        if (head is null)
        {
            return null;
        }

        // A file or a program takes a copy for each recipient, and the octets of each copy count.
        int most = Settings.Kind is DeliveryKind.File or DeliveryKind.Pipe ? 1
            : Settings.MaxRcptPerTransaction <= 0 ? int.MaxValue
            : Settings.MaxRcptPerTransaction;
        int together = 1;
        for (QueuedRecipient? next = head.Next; together < most && next is not null && ReferenceEquals(next.Message, head.Message); next = next.Next)
        {
            together++;
        }

        int allowed = AllowedByRates(source, levels, now, together, out wait);
        if (allowed == 0)
        {
            return null;
        }

        OrderCurbs curbs = CurbsOf(head.Message);
        allowed = curbs.Allowed(now, allowed);

        long length = head.Message.ContentLength;
        _flow.Take(Pace.MaxMsgRate, Pace.MaxDataVolumeRate, now, allowed, length);
        source?.TakeFlow(now, allowed, length);
        foreach (SharedLimit level in levels)
        {
            level.TakeFlow(now, allowed, length);
        }

        _ready.Charge(allowed, _around.Streams);
        DeliveryOrder order = TakeReady(allowed);
        if (!curbs.IsNone)
        {
            CountOrder(curbs, allowed, now);
        }

        return order;
    }

    /// <summary>
    /// Does what time asks for: deferred recipients whose time has come become ready, too old ones expire, delay notices are noted.
    /// Spends <paramref name="budget"/> on looking at recipients; false when it ran out and <see cref="NextAttention"/> is still due.
    /// </summary>
    public bool Attend(Instant now, ref int budget)
    {
        PromoteDue(now);
        _ready.Release(_around.Streams, now);
        return _ready.TryLookThroughMixed(this, _around.Streams, now, ref budget) & _ready.TryWalk(this, now, ref budget);
    }

    /// <summary>Deferred recipients whose time has come become ready, in the order of their times.</summary>
    public void PromoteDue(Instant now)
    {
        while (_deferred.TakeDue(now, Settings) is { } recipient)
        {
            recipient.Move(RecipientPlace.Deferred, RecipientPlace.Out);
            Out++;
            Replace(recipient, now);
        }
    }

    /// <summary>The operator wants all deferred recipients tried now.</summary>
    public void ReleaseDeferred(Instant now)
    {
        QueuedRecipient? chain = _deferred.TakeAll();
        for (QueuedRecipient? recipient = chain; recipient is not null; recipient = recipient.Next)
        {
            recipient.NotBefore = Instant.Min(recipient.NotBefore, now);
        }

        AddChain(chain);
        PromoteDue(now);
    }

    /// <summary>Takes in a recipient that was just cut out of a list because it is too old.</summary>
    public void Expire(QueuedRecipient recipient)
    {
        recipient.Move(RecipientPlace.Ready, RecipientPlace.Expired);
        _expired.Append(recipient);
    }

    /// <summary>Hands out a recipient that is too old; null when there is none.</summary>
    public QueuedRecipient? TakeExpired()
    {
        if (_expired.Count == 0)
        {
            return null;
        }

        QueuedRecipient recipient = _expired.TakeAfter(null);
        recipient.Move(RecipientPlace.Expired, RecipientPlace.Out);
        Out++;
        return recipient;
    }

    /// <summary>Notes that the sender of a waiting recipient is due a delay notice, and counts it.</summary>
    public void NoticeIfDue(QueuedRecipient recipient, Instant now)
    {
        if (recipient.NextNoticeAt(Settings) <= now)
        {
            recipient.CountNotices(Settings, now);
            _around.Notices.Add(Key, recipient);
        }
    }

    private QueuedRecipient? FirstReady(Instant now)
    {
        PromoteDue(now);
        while (_ready.PeekNext(_around.Streams) is { } head)
        {
            if (head.ExpiresAt(Settings) > now)
            {
                return head;
            }

            Expire(_ready.TakeNext());
        }

        return null;
    }

    private DeliveryOrder TakeReady(int count)
    {
        Out += count;
        if (count == 1)
        {
            return new DeliveryOrder(TakeReady());
        }

        var several = new QueuedRecipient[count];
        for (int i = 0; i < count; i++)
        {
            several[i] = TakeReady();
        }

        return new DeliveryOrder(several);
    }

    private QueuedRecipient TakeReady()
    {
        QueuedRecipient recipient = _ready.TakeNext();
        recipient.Move(RecipientPlace.Ready, RecipientPlace.Out);
        return recipient;
    }

    /// <summary>A recipient that was handed out comes back to its queue's books.</summary>
    private void TakeBack(QueuedRecipient recipient)
    {
        if (recipient.Place != RecipientPlace.Out || Out == 0)
        {
            throw new InvalidOperationException($"recipient {recipient.Index} of message {recipient.Message.Id} is not out of queue {Key}");
        }

        Out--;
    }

    /// <summary>Puts a recipient that is in no list where it belongs.</summary>
    private void Place(QueuedRecipient recipient, Instant now)
    {
        if (recipient.NotBefore > now)
        {
            recipient.Move(RecipientPlace.Out, RecipientPlace.Deferred);
            _deferred.Add(recipient, Settings);
        }
        else
        {
            recipient.Move(RecipientPlace.Out, RecipientPlace.Ready);
            _ready.Append(recipient, _around.Streams, Settings);
        }
    }

    /// <summary>Decides about a recipient whose key has come: too old, to be tried, or only its sender was to be told.</summary>
    private void Replace(QueuedRecipient recipient, Instant now)
    {
        Out--;
        if (recipient.ExpiresAt(Settings) <= now)
        {
            recipient.Move(RecipientPlace.Out, RecipientPlace.Ready);
            Expire(recipient);
            return;
        }

        NoticeIfDue(recipient, now);
        Place(recipient, now);
    }

    private void AddChain(QueuedRecipient? chain)
    {
        while (chain is not null)
        {
            QueuedRecipient recipient = chain;
            chain = chain.Next;
            _deferred.Add(recipient, Settings);
        }
    }
}
