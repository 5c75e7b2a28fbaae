// What the operator's verbs look at and pull on: the openings of the running server that Control needs, handed in by the composition root.
// Each delegate is cheap to ask: an operator who looks every second must not slow the mail.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Files of the spool and how far recovery has come (percent).</summary>
public readonly record struct SpoolCounts(int InitPercent, long FilesInUse, long FilesRecycled);

/// <summary>State of the resolver's cache.</summary>
public readonly record struct ResolverCounts(int NamesCached, int QueriesPending);

/// <summary>The running server as Control sees it.</summary>
public sealed record ServerView
{
    public required ServerClock Clock { get; init; }

    public required CurrentSettings Settings { get; init; }

    public required TrafficCounters Traffic { get; init; }

    public required Func<QueueTotals> QueueTotals { get; init; }

    /// <summary>Queues by predicate, at most so many, by name or else with most recipients first: <see cref="Scheduler.Select"/>.</summary>
    public required Func<Func<QueueKey, bool>, int, bool, QueueSelection> Queues { get; init; }

    /// <summary>At most so many kinds of replies that no rule knew, the most frequent first: <see cref="UnclassifiedReplies.Top"/>.</summary>
    public Func<int, IReadOnlyList<UnclassifiedReply>> Unclassified { get; init; } = static _ => [];

    public required Func<SpoolCounts> Spool { get; init; }

    public required Func<ResolverCounts> Resolver { get; init; }

    /// <summary>Where each accounting file is written right now.</summary>
    public required Func<IReadOnlyList<string>> AccountingFiles { get; init; }

    /// <summary>Why new mail is not taken right now; null when it is.</summary>
    public required Func<string?> NotReady { get; init; }

    /// <summary>The server is on its way out.</summary>
    public required Func<bool> ShuttingDown { get; init; }

    /// <summary>Reads the configuration anew and puts it in force, or says what is wrong with it and changes nothing.</summary>
    public required Func<CancellationToken, Task<ReloadReport>> Reload { get; init; }
}
