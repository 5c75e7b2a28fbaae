using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;

namespace Godwit.Disposition;

/// <summary>What was handed to Settlement in one call; or, with <paramref name="Drained"/>, a question whether all before it is done.</summary>
internal sealed record SettlementOrder(
    QueueKey Key, Envelope? Envelope, IReadOnlyList<RecipientOutcome> Outcomes, AttemptContext? Attempt, TaskCompletionSource? Drained);

/// <summary>What is left to do for one recipient whose fate is accounted: its mark, then its place.</summary>
internal readonly record struct RecipientMove(QueueKey Key, QueuedRecipient Recipient, SpoolMark Mark);
