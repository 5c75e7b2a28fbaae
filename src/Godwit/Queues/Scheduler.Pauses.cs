// Pauses: of one queue, and of all that a pattern means, those to come too.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>The patterns that are paused with all that is still to come, in the order in which they were said.</summary>
    public IReadOnlyList<QueuePattern> StandingPauses()
    {
        lock (Gate)
        {
            return _table.Pauses.All;
        }
    }

    /// <summary>
    /// Queues of that name that do not exist yet will be paused when they are made. Those that exist are for the caller to <see cref="Pause"/>, behind this
    /// call. False when so many patterns are kept already that this one is not.
    /// </summary>
    /// <param name="isOneQueue">The pattern names one queue: nothing is kept, and what was resumed of it within wider patterns is over.</param>
    public bool PauseStanding(QueuePattern pattern, bool isOneQueue, Instant now)
    {
        lock (Gate)
        {
            string before = _table.Pauses.Text;
            bool kept = _table.Pauses.Pause(pattern, isOneQueue);
            NotePauses(before, Advance(now));
            return kept;
        }
    }

    /// <summary>
    /// Queues of that name that do not exist yet will not be paused. Those that exist are for the caller to <see cref="Resume"/>, behind this call.
    /// False when so many patterns are kept already that wider ones will pause them all the same.
    /// </summary>
    /// <param name="ended">How many patterns are not paused any more.</param>
    public bool ResumeStanding(QueuePattern pattern, Instant now, out int ended)
    {
        lock (Gate)
        {
            string before = _table.Pauses.Text;
            bool kept = _table.Pauses.Resume(pattern, out ended);
            NotePauses(before, Advance(now));
            return kept;
        }
    }

    /// <summary>What was said before a restart; before any queue is made.</summary>
    public void RestorePauses(string text)
    {
        lock (Gate)
        {
            _table.Pauses.Restore(text);
        }
    }

    /// <summary>
    /// No connection is granted any more and those that stand end with their transaction. Holds until <see cref="Resume"/>, also while the queue is
    /// empty.
    /// </summary>
    /// <param name="byPattern">A pattern that is kept pauses it: it is not kept for the queue once more, and whoever ends the pattern ends it.</param>
    public void Pause(QueueKey key, Instant now, bool byPattern = false)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(_table.FindOrAdd(key, _settings.Value, _version, now), now);
            if (!queue.IsPaused && byPattern)
            {
                queue.IsPaused = queue.IsPausedByPattern = true;
            }
            else if (!byPattern && (!queue.IsPaused || queue.IsPausedByPattern))
            {
                queue.IsPaused = true;
                queue.IsPausedByPattern = false;
                NoteOwn(queue, QueueChangeKind.Paused, "paused by the operator", now);
            }

            CloseIdle(queue);
            Settle(queue, now);
        }
    }

    /// <summary>Ends a pause. False when there was none.</summary>
    public bool Resume(QueueKey key, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { IsPaused: true } queue)
            {
                return false;
            }

            bool isKept = !queue.IsPausedByPattern;
            queue.IsPaused = false;
            queue.IsPausedByPattern = false;
            if (isKept)
            {
                NoteOwn(queue, QueueChangeKind.Resumed, "resumed by the operator", now);
            }

            Settle(queue, now);
            return true;
        }
    }

    /// <summary>A queue has joined a group: what was said of the group holds for it.</summary>
    private void PauseWithGroup(MailQueue queue)
    {
        if (!queue.IsPaused && _table.Pauses.By(queue.Key, queue.Group?.Key) is not null)
        {
            queue.IsPaused = queue.IsPausedByPattern = true;
            CloseIdle(queue);
        }
    }

    private static void CloseIdle(MailQueue queue)
    {
        while (queue.HasIdle)
        {
            queue.Idle.First!.Value.WakeToClose();
        }
    }

    private void NotePauses(string before, Instant now)
    {
        string text = _table.Pauses.Text;
        if (text != before)
        {
            _changes.AddPauses(text, now);
        }
    }

    private string PauseText(MailQueue queue) => _table.Pauses.By(queue.Key, queue.Group?.Key) is { } by
        ? $"the queue is paused by \"pause queue {by}\"; \"resume queue {by}\" ends that for all of them, \"resume queue {queue.Key}\" for this one"
        : $"the queue is paused; \"resume queue {queue.Key}\" ends that";
}
