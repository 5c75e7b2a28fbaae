using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;

namespace Godwit.Disposition;

/// <summary>What was handed to Settlement in one call; or, without outcomes, a question whether all before it is done.</summary>
internal sealed record SettlementOrder(QueueKey Key, Envelope? Envelope, IReadOnlyList<RecipientOutcome> Outcomes, AttemptContext? Attempt)
{
    /// <summary>Completes when the batch that holds this order is durable and in its place.</summary>
    public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks only whether what came before is done.</summary>
    public bool IsQuestion => Outcomes.Count == 0;
}

/// <summary>What is left to do for one recipient whose fate is accounted: its mark, then its place.</summary>
internal readonly record struct RecipientMove(QueueKey Key, QueuedRecipient Recipient, SpoolMark Mark);
