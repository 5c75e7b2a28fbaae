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
/// <param name="After">The queue as it is now; what queues of one provider share, when the key names their group.</param>
public sealed record QueueChange(QueueKey Key, QueueChangeKind Kind, string Reason, Instant Time, QueueMemory After)
{
    /// <summary>The domain whose settings say who hears of it.</summary>
    public DomainName SettingsOf => After.MainDomain ?? Key.Destination;
}
