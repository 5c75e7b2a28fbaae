// What a reply does to a recipient and to its queue under one set of delivery settings: worked out once, because patterns cost and a campaign meets the same
// reply a million times. Immutable.

using Godwit.Disposition;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>The effect of one reply.</summary>
/// <param name="Bounces">The recipient has had its last attempt.</param>
/// <param name="Wait">Otherwise: until its next one.</param>
/// <param name="Own">What the user's rules ask of the queue; null when they say nothing about it.</param>
/// <param name="AsksShipped">Whether what the provider file says is done too.</param>
internal sealed record AnswerEffect(bool Bounces, TimeSpan Wait, QueueReaction? Own, bool AsksShipped)
{
    /// <summary>Asks the rooms that would judge the reply in the server.</summary>
    public static AnswerEffect Of(ModelledAnswer answer, DeliverySettings delivery, ServerSettings server)
    {
        ReplyConsequence own = ReplyPatterns.Of(answer.Said, SmtpStage.Rcpt, delivery.ReplyRules, server.ReplyListFor(delivery.ReplyList));
        Verdict verdict = DeliveryVerdicts.FromReply(SmtpStage.Rcpt, answer.Reply, delivery, RehearsalRun.Start);
        bool bounces = own.Has(ReplyActions.BounceRecipient | ReplyActions.BounceQueue) || verdict.Kind == VerdictKind.Bounced;
        TimeSpan wait = bounces ? TimeSpan.Zero : verdict.NotBefore - RehearsalRun.Start;
        wait = answer.Reaction.RetryAfter is { } longer && longer > wait ? longer : wait;
        bool asksShipped = delivery.ShippedReplyPatterns && answer.ReactsBeyondRecipient;
        return new AnswerEffect(bounces, wait, own.ReactionFor($"the receiver said {answer.Said}"), asksShipped);
    }
}
