// What a restart must not forget of a queue.

using Godwit.Foundation;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>What stands in the spool of it alone, or is on its way there.</summary>
    public QueueMemory Noted
    {
        get => _notes?.Noted ?? QueueNotes.NothingNoted;
        set => NeedNotes().Noted = value;
    }

    /// <summary>What an operator sees and what replies have said, be it about all queues of its provider.</summary>
    public QueueMemory Remember(Instant now) => WithOwn(_condition?.Remember(now) ?? QueueNotes.NothingNoted, now);

    /// <summary>The same without what its group remembers.</summary>
    public QueueMemory RememberOwn(Instant now) => Group is null ? Remember(now) : WithOwn(QueueNotes.NothingNoted, now);

    /// <summary>Takes over what was said before a restart.</summary>
    public void Restore(QueueMemory memory, Instant now)
    {
        Noted = memory;
        IsPaused |= memory.IsPaused;
        IsPausedByPattern &= !memory.IsPaused;
        if (memory.HasCondition)
        {
            (memory.HasSources ? NeedSources(now) : NeedCondition()).Restore(memory, now);
            FollowMode(now);
        }

        QueueMemory holding = memory.At(now);
        TakeOverCurbs(holding.Streams, now);
        if (holding.DeferredUntil > now)
        {
            Retry.Resume(holding.DeferredUntil);
            NoteDeferral();
        }
    }

    /// <summary>The wait that its retry clock is in is a reply's word.</summary>
    public void NoteDeferral() => NeedNotes().DeferredUntil = Retry.Time;

    private QueueMemory WithOwn(QueueMemory shared, Instant now)
    {
        // An order to try at once, and a failure to connect, put something else in its place.
        bool isDeferred = _notes is not null && Retry.IsActive && Retry.Time > now && Retry.Time == _notes.DeferredUntil;
        return !isDeferred && !IsPaused && !_ready.HasCurbs
            ? shared
            : shared with
            {
                IsPaused = IsPaused && !IsPausedByPattern, // The pattern is kept once, for all of them.
                Streams = OwnTerms(now),
                DeferredUntil = isDeferred ? Retry.Time : default,
            };
    }
}
