// What a restart must not forget: noted for whoever keeps it, and taken over from there. What the queues of one provider share is one state under the name
// of their group; what is said about a queue alone (a pause, jobs that a reply holds, a wait that a reply asked for) is another under the queue's own name.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    private readonly QueueChanges _changes = new();

    /// <summary>Set when <see cref="TakeChanges"/> has something.</summary>
    public WakeSignal Changed => _changes.Arrived;

    /// <summary>
    /// Changes so far of which only the outcome was handed on, because more than a hundred thousand waited: what they led to is kept, and nobody is told.
    /// </summary>
    public long ChangesUntold
    {
        get
        {
            lock (Gate)
            {
                return _changes.Untold;
            }
        }
    }

    /// <summary>What has changed since the last call, in order; at most <paramref name="most"/>.</summary>
    public IReadOnlyList<QueueChange> TakeChanges(int most)
    {
        lock (Gate)
        {
            return _changes.Take(most);
        }
    }

    /// <summary>
    /// Puts a queue, or what queues of one provider share, into the state that it had before a restart. That is no change, so nothing is noted for
    /// <see cref="TakeChanges"/>; only what has ended meanwhile is noted as ended. A source address that the queue does not have any more is left out.
    /// </summary>
    public void Restore(QueueKey key, QueueMemory memory, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (memory.MainDomain is { } mainDomain)
            {
                QueueGroup group = _groups.FindOrAdd(key, mainDomain, _table.LaneFor(key.VirtualMta, _settings.Value, now), _settings.Value, _version, now);
                group.Restore(memory, now);
                CallThoseWhoMayGo(group.Terms, now);
                group.Configure(_settings.Value, _version, now);
                return;
            }

            MailQueue queue = Current(_table.FindOrAdd(key, _settings.Value, _version, now), now);
            queue.Restore(memory, now);
            Settle(queue, now);
        }
    }

    /// <summary>
    /// What a reply or an operator has said may have changed what is to be kept of a queue: its own part, or what it shares. Told to nobody. An end that moves
    /// by less than a minute is not kept anew.
    /// </summary>
    internal void KeepInMind(MailQueue queue, string reason, Instant now)
    {
        KeepOwnInMind(queue, reason, now);
        if (queue.Group is { } group && group.Remember(now).IsNewsAfter(group.Noted))
        {
            Note(queue, QueueChangeKind.Extended, reason, now);
        }
    }

    private void KeepOwnInMind(MailQueue queue, string reason, Instant now)
    {
        if (queue.RememberOwn(now).IsNewsAfter(queue.Noted))
        {
            NoteOwn(queue, QueueChangeKind.Extended, reason, now);
        }
    }

    /// <summary>An empty queue has gone with all that it remembered, so what is kept of it goes too.</summary>
    private void ForgetGone(MailQueue queue, Instant now)
    {
        if (!queue.Noted.IsPlain)
        {
            queue.Noted = QueueNotes.NothingNoted;
            _changes.Add(new QueueChange(queue.Key, QueueChangeKind.Extended, "over", now, QueueNotes.NothingNoted));
        }
    }

    /// <summary>Notes a change of the mode or the source addresses: those of the group where the queue has one.</summary>
    private void Note(MailQueue queue, QueueChangeKind kind, string reason, Instant now)
    {
        if (queue.Group is { } group)
        {
            group.Noted = group.Remember(now);
            _changes.Add(new QueueChange(group.Key, kind, reason, now, group.Noted));
        }
        else
        {
            NoteOwn(queue, kind, reason, now);
        }
    }

    /// <summary>Notes a change of the queue alone.</summary>
    private void NoteOwn(MailQueue queue, QueueChangeKind kind, string reason, Instant now)
    {
        queue.Noted = queue.RememberOwn(now);
        _changes.Add(new QueueChange(queue.Key, kind, reason, now, queue.Noted));
    }
}
