using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>What a receiving side has counted, in terms of what a queue can hold back. Pure.</summary>
internal static class ReplyScopes
{
    /// <summary>The source addresses that a scope is about; null when it is about certain mail, or about one attempt.</summary>
    public static SourceReach? ReachOf(ReplyScope? scope) => scope switch
    {
        ReplyScope.SourceIp or ReplyScope.Connection => SourceReach.One,
        ReplyScope.SourceNet => SourceReach.Net,
        ReplyScope.Session or ReplyScope.Host or null => SourceReach.All,
        _ => null,
    };

    /// <summary>Whether a scope is about certain mail, which can be told apart while it waits.</summary>
    public static bool IsStream(ReplyScope? scope) => scope is ReplyScope.DkimDomain or ReplyScope.MailFromDomain or ReplyScope.FromDomain or ReplyScope.Sender
        or ReplyScope.Campaign;

    /// <summary>The scope waits: source addresses with all that they would send here, or the mail of a sender or a job.</summary>
    public static QueueReaction Suspended(QueueReaction reaction, ReplyScope? scope, TimeSpan wait) => ReachOf(scope) is not null
        ? reaction with { DisableSource = true, ReenableAfter = wait }
        : reaction with { HoldFor = wait, MeansTenant = scope != ReplyScope.Campaign };
}
