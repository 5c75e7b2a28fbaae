using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>What has changed about a queue.</summary>
public enum QueueChangeKind : byte
{
    Backoff,
    Normal,
    SourceDisabled,
    SourceEnabled,
    AllSourcesDisabled,
    Paused,
    Resumed,

    /// <summary>What holds already holds until another time. Kept, and told to nobody.</summary>
    Extended,

    /// <summary>About a job and no queue: the reason is its name, and the key is empty.</summary>
    JobPaused,

    /// <summary>As <see cref="JobPaused"/>.</summary>
    JobResumed,

    /// <summary>About no queue: which patterns are paused. The reason is all of them, and the key is empty.</summary>
    StandingPauses,

    /// <summary>Nothing has changed: a reply came that somebody should know of.</summary>
    Alert,
}

/// <summary>A change that must outlive the process and may be told to somebody.</summary>
/// <param name="Reason">The reply or the order that caused it, for people.</param>
/// <param name="After">The queue as it is now.</param>
public sealed record QueueChange(QueueKey Key, QueueChangeKind Kind, string Reason, Instant Time, QueueMemory After)
{
    /// <summary>The provider's main domain, where queues share a provider's limits.</summary>
    public DomainName? MainDomain { get; init; }

    /// <summary>The domain whose settings say who hears of it.</summary>
    public DomainName SettingsOf => MainDomain ?? Key.Destination;
}

/// <summary>A source address that a queue does not use.</summary>
public sealed record DisabledSource(IPAddress? Address, Instant Until, string Reason);

/// <summary>What a restart must not forget about a queue. Immutable.</summary>
public sealed record QueueMemory
{
    public bool IsPaused { get; init; }

    public QueueMode Mode { get; init; }

    public Instant ModeUntil { get; init; } = Instant.Never;

    public string ModeReason { get; init; } = "";

    public IReadOnlyList<DisabledSource> Disabled { get; init; } = [];

    /// <summary>Nothing sets the queue apart from a new one.</summary>
    public bool IsPlain => !IsPaused && Mode == QueueMode.Normal && Disabled.Count == 0;
}
