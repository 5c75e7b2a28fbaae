// What the operator's verbs look at and pull on: the openings of the running server that Control needs, handed in by the composition root.
// Each delegate is cheap to ask: an operator who looks every second must not slow the mail.

using System.Net;
using Godwit.Accounting;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>Files of the spool and how far recovery has come (percent).</summary>
public readonly record struct SpoolCounts(int InitPercent, long FilesInUse, long FilesRecycled)
{
    /// <summary>What the files in use take on disk.</summary>
    public long OctetsInUse { get; init; }
}

/// <summary>State of the resolver's cache.</summary>
/// <param name="QueriesPending">Questions without an answer yet.</param>
/// <param name="QueriesActive">Those of them that are on the wire.</param>
public readonly record struct ResolverCounts(int NamesCached, int QueriesPending, int QueriesActive = 0);

/// <summary>The running server as Control sees it.</summary>
public sealed record ServerView
{
    public required ServerClock Clock { get; init; }

    public required CurrentSettings Settings { get; init; }

    public MachineFacts Machine { get; init; } = new();

    /// <summary>What the management port speaks: http or https.</summary>
    public Func<string> WebProtocol { get; init; } = static () => "http";

    public required TrafficCounters Traffic { get; init; }

    /// <summary>Samples of the traffic, the oldest first: <see cref="TrafficHistory.Read"/>.</summary>
    public Func<HistoryRange, HistorySample[]> History { get; init; } = static _ => [];

    /// <summary>What the last second brought: <see cref="TrafficHistory.Latest"/>.</summary>
    public Func<HistorySample> Latest { get; init; } = static () => default;

    /// <summary>What is wrong right now, the oldest first: <see cref="Diagnostics.Alarms.Read"/>.</summary>
    public Func<IReadOnlyList<Alarm>> Alarms { get; init; } = static () => [];

    public required Func<QueueTotals> QueueTotals { get; init; }

    /// <summary>Queues by predicate, at most so many, by name or else with most recipients first: <see cref="Scheduler.Select"/>.</summary>
    public required Func<Func<QueueKey, bool>, int, bool, QueueSelection> Queues { get; init; }

    /// <summary>For the verbs about queues, jobs and single recipients.</summary>
    public required Scheduler Scheduler { get; init; }

    /// <summary>Reads the disk; null when the message has left meanwhile or cannot be read.</summary>
    public required Func<StoredMessage, Envelope?> ReadEnvelope { get; init; }

    /// <summary>Carries deleted recipients of one message out: <see cref="Settlement.DeleteAsync"/>.</summary>
    public required Func<QueueKey, IReadOnlyList<QueuedRecipient>, RemovalTerms, ValueTask<Task?>> Delete { get; init; }

    /// <summary>Has recipients of one message delivered by another virtual MTA: <see cref="Settlement.RerouteAsync"/>.</summary>
    public required Func<QueueKey, IReadOnlyList<QueuedRecipient>, string, ValueTask<Task?>> Reroute { get; init; }

    /// <summary>Where a destination's mail goes; by the name server that is given, or else as deliveries find it.</summary>
    public required Func<ResolveTerms, CancellationToken, Task<ResolvedDestination>> Resolve { get; init; }

    /// <summary>SPF of a client, its name and its sender: the verdict and what was visited.</summary>
    public required Func<SpfTerms, Task<SpfExplanation>> CheckSpf { get; init; }

    /// <summary>Each DKIM key that may sign for a domain beside what DNS says of it.</summary>
    public Func<DomainName, CancellationToken, Task<IReadOnlyList<KeyComparison>>> CompareKeys { get; init; } =
        static (_, _) => Task.FromResult<IReadOnlyList<KeyComparison>>([]);

    /// <summary>Forgets the answers about a name and all below it; with null, all answers.</summary>
    public required Action<DomainName?> ClearDnsCache { get; init; }

    /// <summary>Forgets the keys that came from the vault.</summary>
    public required Action ClearSecrets { get; init; }

    /// <summary>What became of single recipients of a queue lately, the oldest first; some fifty at most.</summary>
    public Func<QueueKey, IReadOnlyList<RecipientEvent>> RecentEvents { get; init; } = static _ => [];

    /// <summary>Watches the next message of a queue; null when none begins in time: DeliveryDispatcher.ObserveAsync.</summary>
    public required Func<TraceTerms, Action, TimeSpan, CancellationToken, Task<IReadOnlyList<string>?>> Trace { get; init; }

    /// <summary>Begins a new log file. False when the server writes none.</summary>
    public required Func<Task<bool>> RotateLog { get; init; }

    /// <summary>Begins new accounting files: <see cref="AccountingLog.RotateAsync"/>.</summary>
    public required Func<string, Task<int>> RotateAccounting { get; init; }

    /// <summary>How far the warm-up of today has come: <see cref="MessageIntake.ReadCold"/>.</summary>
    public Func<ColdMail> ColdMail { get; init; } = static () => Intake.ColdMail.None;

    /// <summary>The clients that too many failed authentications keep out now.</summary>
    public Func<IReadOnlyList<ShutOutClient>> ShutOutClients { get; init; } = static () => [];

    /// <summary>Lets one of them in again, with null all: how many there were.</summary>
    public Func<IPAddress?, int> ReadmitClient { get; init; } = static _ => 0;

    /// <summary>At most so many kinds of replies that no rule knew, the most frequent first: <see cref="UnclassifiedReplies.Top"/>.</summary>
    public Func<int, IReadOnlyList<UnclassifiedReply>> Unclassified { get; init; } = static _ => [];

    /// <summary>The newest lines of the log; without a log, none.</summary>
    public LogTail LogTail { get; init; } = new();

    /// <summary>Room on the spool's disk. Asks the system.</summary>
    public Func<DiskSpace> Disk { get; init; } = static () => default;

    /// <summary>Whether something keeps the machine's clock right: <see cref="MachineClock.IsKept"/>.</summary>
    public Func<bool> IsClockKept { get; init; } = static () => true;

    /// <summary>Certificates towards clients: the file, and when the certificate in it ends.</summary>
    public Func<IReadOnlyList<(string File, Instant End)>> Certificates { get; init; } = static () => [];

    public required Func<SpoolCounts> Spool { get; init; }

    public required Func<ResolverCounts> Resolver { get; init; }

    /// <summary>Where each accounting file is written right now.</summary>
    public required Func<IReadOnlyList<string>> AccountingFiles { get; init; }

    /// <summary>Accounting records that wait because a program or a receiver does not take them: <see cref="RecordExports.Troubles"/>.</summary>
    public Func<IReadOnlyList<ExportTrouble>> ExportTroubles { get; init; } = static () => [];

    /// <summary>Why new mail is not taken right now; null when it is.</summary>
    public required Func<string?> NotReady { get; init; }

    /// <summary>The server is on its way out.</summary>
    public required Func<bool> ShuttingDown { get; init; }

    /// <summary>Reads the configuration anew and says what is wrong with it; changes nothing.</summary>
    public required Func<Task<ConfigLoad>> LoadConfig { get; init; }

    /// <summary>Reads the configuration anew and puts it in force, or says what is wrong with it and changes nothing.</summary>
    public required Func<CancellationToken, Task<ReloadReport>> Reload { get; init; }
}
