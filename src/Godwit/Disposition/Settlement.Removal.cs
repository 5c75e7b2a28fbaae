// Recipients that an operator deletes leave through the same door as all others, with a verdict of their own; those that are to leave by another virtual
// MTA go through it too, because it alone writes marks and moves recipients.

using System.Threading.Channels;
using Godwit.Diagnostics;
using Godwit.Foundation;
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
        if (ReadEnvelope(key, recipients) is not { } envelope)
        {
            return null;
        }

        var outcomes = new RecipientOutcome[recipients.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = new RecipientOutcome(recipients[i], _deleted);
        }

        var order = new SettlementOrder(key, envelope, outcomes, new AttemptContext { DeliveryType = "smtp" })
        {
            Removal = terms,
            Header = terms.Record ? HeaderFor(key, outcomes) : null,
        };
        await _orders.Writer.WriteAsync(order);
        return order.Durable.Task;
    }

    /// <summary>
    /// An operator has taken recipients of one message out of their queue for another virtual MTA to deliver: no attempt, no record; their times stay.
    /// Returns and throws as <see cref="DeleteAsync"/> does.
    /// </summary>
    public async ValueTask<Task?> RerouteAsync(QueueKey key, IReadOnlyList<QueuedRecipient> recipients, string virtualMta)
    {
        if (ReadEnvelope(key, recipients) is not { } envelope)
        {
            return null;
        }

        // The disk is read here, not on the loop that settles everybody's mail. What stands there cannot change: nobody else has the recipients.
        var rerouted = new ReroutedRecipient[recipients.Count];
        for (int i = 0; i < rerouted.Length; i++)
        {
            rerouted[i] = new ReroutedRecipient(recipients[i], _steps.ReadLastReply(recipients[i].Message, recipients[i].Index));
        }

        var order = new SettlementOrder(key, envelope, [], null) { Rerouted = rerouted, NewVirtualMta = virtualMta };
        await _orders.Writer.WriteAsync(order);
        return order.Durable.Task;
    }

    private void AddRerouted(SettlementOrder order)
    {
        foreach ((QueuedRecipient recipient, string lastReply) in order.Rerouted)
        {
            _moves.Add(RecipientMove.To(order.NewVirtualMta, order.Key, order.Envelope!, recipient, lastReply, _settings));
        }
    }

    /// <summary>What the spool knows, memory does.</summary>
    private void Carry(in RecipientMove move, Instant now)
    {
        if (move.Mark.Done)
        {
            _steps.Finish(move.Key, move.Recipient, now);
        }
        else if (move.VirtualMta is { } virtualMta)
        {
            _steps.Reroute(move.Key, move.Recipient, virtualMta, now);
        }
        else if (!move.Stays)
        {
            _steps.Defer(move.Key, move.Recipient, move.Mark.NotBefore, move.Counts, now);
        }
    }

    private Envelope? ReadEnvelope(QueueKey key, IReadOnlyList<QueuedRecipient> recipients)
    {
        try
        {
            return _steps.ReadEnvelope(recipients[0].Message);
        }
        catch (SpoolException error)
        {
            _log.TakenOutUnreadable(recipients[0].Message.Id.ToString(), key.ToString(), error);
            return null;
        }
    }
}
