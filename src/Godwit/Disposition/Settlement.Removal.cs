// Recipients that an operator deletes leave through the same door as all others, with a verdict of their own.

using System.Threading.Channels;
using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;

namespace Godwit.Disposition;

public sealed partial class Settlement
{
    /// <summary>Class 5: nobody tries again. Subject and detail "other or undefined" (RFC 3463 section 3.1): no host has said anything.</summary>
    private static readonly Verdict _deleted = new(
        VerdictKind.Bounced, new SmtpReply(550, "5.0.0 deleted by administrator"), new EnhancedStatus(5, 0, 0), default, BounceCategories.Other)
    {
        IsLocal = true,
    };

    /// <summary>
    /// An operator has taken recipients of one message out of their queue: they bounce as deleted by administrator. Returns as
    /// <see cref="SettleAsync"/> does; null, and the recipients are the caller's still, when their envelope cannot be read. Throws
    /// <see cref="ChannelClosedException"/> when settlement has ended; the recipients are the caller's then too.
    /// </summary>
    public async ValueTask<Task?> DeleteAsync(QueueKey key, IReadOnlyList<QueuedRecipient> recipients, RemovalTerms terms)
    {
        Envelope envelope;
        try
        {
            envelope = _steps.ReadEnvelope(recipients[0].Message);
        }
        catch (SpoolException error)
        {
            _log.DeletedUnreadable(recipients[0].Message.Id.ToString(), key.ToString(), error);
            return null;
        }

        var outcomes = new RecipientOutcome[recipients.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = new RecipientOutcome(recipients[i], _deleted);
        }

        var order = new SettlementOrder(key, envelope, outcomes, new AttemptContext { DeliveryType = "smtp" }) { Removal = terms };
        await _orders.Writer.WriteAsync(order);
        return order.Durable.Task;
    }
}
