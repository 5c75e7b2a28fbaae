// What one reply leads to: the sum of the rules that match it. A value, made by ReplyPatterns, carried out by Delivery.

using Godwit.Patterns;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>The actions that a reply leads to, each with the timer of the rule that brought it. Immutable.</summary>
public sealed record ReplyConsequence
{
    /// <summary>No rule has anything to say.</summary>
    public static ReplyConsequence None { get; } = new();

    public ReplyActions Actions { get; init; }

    /// <summary>How long backoff mode lasts; null leaves it to backoff-to-normal-after.</summary>
    public TimeSpan? BackoffFor { get; init; }

    /// <summary>When the source address is used again; null leaves it to reenable-source-ip-after.</summary>
    public TimeSpan? ReenableAfter { get; init; }

    /// <summary>A pattern that took too long for this reply and was given up, for the log; null when none was.</summary>
    public PcrePattern? GivenUp { get; init; }

    /// <summary>Whether any of these actions is to be taken.</summary>
    public bool Has(ReplyActions actions) => (Actions & actions) != ReplyActions.None;

    /// <summary>What the queue and the source address hear of it; null when it does not concern them.</summary>
    /// <param name="reason">For the operator: who said what.</param>
    public QueueReaction? ReactionFor(string reason) =>
        !Has(ReplyActions.Backoff | ReplyActions.Normal | ReplyActions.DisableSourceAddress | ReplyActions.DeferQueue)
            ? null
            : new QueueReaction
            {
                Reason = reason,
                Mode = Has(ReplyActions.Backoff) ? QueueMode.Backoff : Has(ReplyActions.Normal) ? QueueMode.Normal : null,
                BackoffFor = BackoffFor,
                DeferQueue = Has(ReplyActions.DeferQueue),
                DisableSource = Has(ReplyActions.DisableSourceAddress),
                ReenableAfter = ReenableAfter,
            };
}
