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

    /// <summary>Some rule knows the reply, even if nothing follows from it (yet).</summary>
    public bool IsKnown { get; init; }

    /// <summary>What the first rule with such words asks for beyond the actions.</summary>
    public ReplyReaction Reaction { get; init; } = ReplyReaction.None;

    /// <summary>What <see cref="Reaction"/> acts on; null is the queue.</summary>
    public ReplyScope? Scope { get; init; }

    /// <summary>The rule that comes with the program, such as <c>google/ip-quota</c>; empty when it was one of the user's.</summary>
    public string Shipped { get; init; } = "";

    /// <summary>The mail is kept and tried again, whatever the code says.</summary>
    public bool KeepsMail => (Reaction.Acts & (ReactionActs.Temporary | ReactionActs.Retry | ReactionActs.Reconnect)) != ReactionActs.None;

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
