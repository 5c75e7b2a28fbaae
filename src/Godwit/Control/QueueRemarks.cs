// Second lines of the answers to verbs about queues: what the first line does not say and an operator would take for granted. Stateless.

using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Says what else must be known of queues that a verb was about. Thread safe.</summary>
internal sealed class QueueRemarks(ServerView server)
{
    private readonly RollupMail _rollups = new(server);

    /// <summary>One remark behind the other, those that say nothing left out.</summary>
    public static string Join(params string[] remarks) => string.Join(' ', remarks.Where(static remark => remark.Length > 0));

    /// <summary>Where else the mail of these queues waits; empty when nowhere.</summary>
    /// <param name="verb">What the operator typed, up to the queue's name.</param>
    public string Elsewhere(QueuePattern pattern, string verb)
    {
        string note = _rollups.Note(pattern, verb);
        return note.Length == 0 ? "" : $"{char.ToUpperInvariant(note[0])}{note[1..]}.";
    }

    /// <summary>The refusal of a name that means no queue.</summary>
    public string NoQueue(QueuePattern pattern, string verb)
    {
        string note = _rollups.Note(pattern, verb);
        return $"no queue matches {pattern}" + (note.Length == 0 ? "" : $"; {note}");
    }

    /// <summary>Whom a change reached beside the queues that were named: those that share a provider's limits with them.</summary>
    public string Shared(IReadOnlyCollection<QueueKey> named)
    {
        var keys = new HashSet<QueueKey>(named);
        string[] groups =
        [
            .. server.Scheduler.Groups(static _ => true)
                .Where(group => group.Members.Any(keys.Contains) && !group.Members.All(keys.Contains))
                .Select(static group => $"{group.Key} ({group.Members.Count} queues)")
                .Order(StringComparer.Ordinal),
        ];
        return groups.Length == 0 ? "" : $"It is shared by all of {string.Join(", ", groups)}.";
    }

    /// <summary>What goes on holding queues that were scheduled.</summary>
    public string StillHeld(QueuePattern pattern, IReadOnlyCollection<QueueKey> scheduled, bool retryRecipients)
    {
        int paused = 0;
        int disabled = 0;
        long waiting = 0;
        foreach (QueueKey key in scheduled)
        {
            QueueReport? queue = server.Scheduler.Queue(key);
            paused += queue is { Paused: true } ? 1 : 0;
            disabled += queue is { AreSourcesDisabled: true } ? 1 : 0;
            waiting += retryRecipients ? 0 : queue?.Deferred ?? 0;
        }

        bool isOne = scheduled.Count == 1;
        return Join(
            paused == 0 ? "" : $"{Of(paused, isOne)} paused: \"resume queue {pattern}\" ends that.",
            disabled == 0 ? ""
                : $"{Of(disabled, isOne)} without a source address, because all are disabled: \"show disabled sources {pattern}\" says until when.",
            waiting == 0 ? "" : $"{waiting} recipient(s) wait for their own retry times: \"schedule --retry-recipients {pattern}\" tries them too.");
    }

    private static string Of(int count, bool isOne) => isOne ? "It is" : count == 1 ? "1 of them is" : $"{count} of them are";
}
