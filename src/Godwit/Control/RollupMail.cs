// Mail that an mx-rollup-list gathers: it waits in the rollup's queue, under another name than the domain's that an operator types. Stateless.

using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds the mail of domains in the queues of rollups. Thread safe.</summary>
internal sealed class RollupMail(ServerView server)
{
    /// <summary>Envelopes read in one queue before its mail is taken to be of other domains: a fraction of a second of a disk's time.</summary>
    private const int MostRead = 2000;

    /// <summary>Rollups that one sentence names.</summary>
    private const int MostNamed = 3;

    /// <summary>Whether a queue is a rollup's in which mail of what the pattern means may wait, although the pattern does not name it.</summary>
    public static bool MayHold(QueueKey key, QueuePattern pattern) =>
        key.Destination.Text.EndsWith(MxRollupRule.Ending, StringComparison.Ordinal) && !pattern.NamesRollup && !pattern.Matches(key)
        && StarPattern.Matches(pattern.VirtualMta, key.VirtualMta);

    /// <summary>The queues of rollups in which mail of these domains waits, by name: as their own queues know, or else by the envelopes.</summary>
    public QueueKey[] QueuesOf(QueuePattern pattern)
    {
        QueueKey[] rollups =
        [
            .. server.Scheduler.Glances(key => MayHold(key, pattern)).Where(static queue => queue.Recipients > 0).Select(static queue => queue.Key)
                .OrderBy(static key => key.ToString(), StringComparer.Ordinal),
        ];
        if (rollups.Length == 0)
        {
            return [];
        }

        IReadOnlySet<QueueKey> known = server.Scheduler.RollupsOf(pattern.Matches);
        QueueKey[] named = [.. rollups.Where(known.Contains)];
        return named.Length > 0 ? named : [.. rollups.Where(key => Holds(key, pattern))];
    }

    /// <summary>A sentence's part about where the mail is, and what to say there; empty when it is in no rollup.</summary>
    /// <param name="verb">What the operator typed, up to the queue's name.</param>
    public string Note(QueuePattern pattern, string verb)
    {
        QueueKey[] queues = QueuesOf(pattern);
        string names = string.Join(", ", queues.Take(MostNamed)) + (queues.Length > MostNamed ? $" and {queues.Length - MostNamed} more" : "");
        return queues.Length == 0 ? "" : $"its mail is in {names}: \"{verb} {queues[0]}\"";
    }

    private bool Holds(QueueKey key, QueuePattern pattern) =>
        new RecipientSearch(server, new RecipientFilter { Queue = pattern }, withEnvelopes: true, MostRead, CancellationToken.None).In(key).Any();
}
