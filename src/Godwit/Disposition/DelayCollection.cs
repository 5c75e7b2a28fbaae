// Recipients that have waited long, on their way into notices to their senders. Owned by Settlement's loop, and right only there: that loop alone writes
// marks, so what it finds about a waiting recipient is still true when the mark of its notice is durable, and a later fate's mark comes behind it.
// A notice is no attempt: the mark repeats attempts and next time as they are.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

/// <summary>Gathers delays. Not thread safe.</summary>
internal sealed class DelayCollection(SettlementSteps steps, NoticeCollection notices, ILogger log)
{
    /// <summary>Puts each recipient that still waits, and whose sender wants to hear of it, into its message's notice.</summary>
    public void Add(IReadOnlyList<DelayedRecipient> delayed, Instant now)
    {
        Envelope? envelope = null;
        foreach (DelayedRecipient each in delayed)
        {
            if (steps.WaitOf(each) is not { } wait)
            {
                continue;
            }

            try
            {
                // Neighbours mostly are of one message.
                envelope = envelope?.Id == each.Recipient.Message.Id ? envelope : steps.ReadEnvelope(each.Recipient.Message);
                Add(each, wait, envelope, now);
            }
            catch (SpoolException error)
            {
                log.DelayedUnreadable(each.Recipient.Message.Id.ToString(), each.Key.ToString(), error);
            }
        }
    }

    private void Add(DelayedRecipient delayed, RecipientWait wait, Envelope envelope, Instant now)
    {
        if (envelope.Windows?.IsOpen(now) == false)
        {
            return; // It waits as its sender asked for.
        }

        QueuedRecipient recipient = delayed.Recipient;
        string lastReply = steps.ReadLastReply(recipient.Message, recipient.Index);
        Notice? notice = notices.ForDelay(delayed.Key, envelope, new RecipientOutcome(recipient, LastReply.Delayed(lastReply, wait)));
        notice?.Moves.Add(new RecipientMove(
            delayed.Key,
            recipient,
            new SpoolMark(recipient.Message, recipient.Index, Done: false, wait.Attempts, wait.NotBefore, DelayNoticeSent: now, lastReply,
                RecipientMove.Kept(delayed.Key, envelope, recipient)),
            Stays: true));
    }
}
