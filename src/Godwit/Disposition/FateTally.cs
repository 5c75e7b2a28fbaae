// What the operator sees of fates: the traffic counters, what became of mail by destination, virtual MTA, source and job, what happened to each recipient,
// and the last errors of a queue. Each fate is counted here once, and nowhere else.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Disposition;

/// <summary>Counts settled orders and remembers why recipients were refused or put off. Used by the settlement loop, but for what says otherwise.</summary>
internal sealed class FateTally(Action<QueueKey, string, Instant> recordError, TrafficCounters traffic)
{
    /// <summary>
    /// Replies whose group is known: providers repeat themselves, and masking one takes longer than all else here. Each is cut as the mask cuts it, so all take
    /// 4 MB at most. Full, all are forgotten: then, and where more replies than these come in turn, each is masked anew, which costs a search of at most
    /// <see cref="ReplyMask.MaxLength"/> characters for each refusal, no more than without this memory.
    /// </summary>
    internal const int MostMasks = 2000;

    private readonly Dictionary<(string Reply, string Sender, string Recipient), string> _masks = [];

    public void Add(SettlementOrder order, Instant now)
    {
        if (order.Envelope is null || order.Outcomes.Count == 0)
        {
            return;
        }

        if (order.Removal is not null)
        {
            AddRemoved(order, now);
            return;
        }

        int delivered = 0;
        int bounced = 0;
        int untried = 0;
        SmtpReply? said = null;
        Verdict? told = null;
        foreach ((QueuedRecipient recipient, Verdict verdict) in order.Outcomes)
        {
            if (verdict.WasAttempted)
            {
                said = IsSaid(verdict, order.Attempt!) ? verdict.Reply : said;
                Tell(order, recipient, verdict, now);
            }

            if (verdict.Kind == VerdictKind.Delivered)
            {
                delivered++;
                traffic.TimeToDeliver.Add(now - recipient.Message.Id.Time);
                continue;
            }

            untried += verdict.WasAttempted ? 0 : 1;
            bounced += CountBounce(verdict);

            // Recipients of one refused message share a reply: the queue hears it once.
            if (told is null || !told.Reply.Equals(verdict.Reply))
            {
                told = verdict;
                recordError(order.Key, ErrorText(verdict, order.Attempt!), now);
            }
        }

        int deferred = order.Outcomes.Count - delivered - bounced - untried;
        Count(order, delivered, deferred, bounced);
        if (untried < order.Outcomes.Count)
        {
            traffic.Activity.Settled(new SettledRecipients(
                order.Key.Destination.Text, order.Key.VirtualMta, order.Attempt!.SourceAddress, order.Envelope.JobId, delivered, deferred, bounced,
                said?.Code ?? 0, said?.Text ?? "", now));
        }
    }

    /// <summary>
    /// What an operator takes out is no doing of the destination, nor of who would have delivered it, and a million of them would leave no room among the
    /// events for what hosts have said: the server gives so much mail up, and the job.
    /// </summary>
    private void AddRemoved(SettlementOrder order, Instant now)
    {
        traffic.Bounced.Add(order.Outcomes.Count);
        traffic.Activity.Removed(order.Envelope!.JobId, order.Outcomes.Count, now);
    }

    /// <summary>A queue could not be tried. Thread safe.</summary>
    public void AddFailure(QueueKey key, Instant now) => traffic.Activity.QueueFailed(key.Destination.Text, key.VirtualMta, now);

    private void Count(SettlementOrder order, int delivered, int deferred, int bounced)
    {
        if (delivered > 0)
        {
            traffic.Out.Recipients.Add(delivered);
            traffic.Out.Messages.Add();
            traffic.Out.Bytes.Add(order.Outcomes[0].Recipient.Message.ContentLength);
        }

        if (bounced > 0)
        {
            traffic.Bounced.Add(bounced);
        }

        if (deferred > 0)
        {
            traffic.Deferred.Add(deferred);
        }
    }

    private int CountBounce(Verdict verdict)
    {
        if (verdict.Kind != VerdictKind.Bounced)
        {
            return 0;
        }

        traffic.BounceCategories.Add(verdict.Category);
        return 1;
    }

    /// <summary>The event, and what the destination said among what it says.</summary>
    private void Tell(SettlementOrder order, QueuedRecipient recipient, Verdict verdict, Instant now)
    {
        EmailAddress address = order.Envelope!.Recipients[recipient.Index].Address;
        AttemptContext attempt = order.Attempt!;
        traffic.Events.Add(new RecipientEvent(
            KindOf(verdict.Kind), now, address.Text, order.Key.Destination.Text, order.Key.VirtualMta, attempt.SourceAddress)
        {
            Job = order.Envelope.JobId,
            Host = attempt.Mta,
            HostAddress = attempt.DestinationAddress,
            ReplyCode = verdict.Reply.Code,
            ReplyText = verdict.Reply.Text,
        });
        if (verdict.Kind != VerdictKind.Delivered && IsSaid(verdict, attempt))
        {
            string reply = verdict.Reply.ToString();
            string mask = MaskOf(reply, order.Envelope.Sender.Domain, address.Domain);
            traffic.Activity.Replies.Add(order.Key.Destination.Text, mask, reply, 1, now);
        }
    }

    private string MaskOf(string reply, DomainName sender, DomainName recipient)
    {
        reply = ReplyMask.Cut(reply);
        if (!_masks.TryGetValue((reply, sender.Text, recipient.Text), out string? mask))
        {
            if (_masks.Count >= MostMasks)
            {
                _masks.Clear();
            }

            mask = ReplyMask.Of(reply, [sender, recipient]);
            _masks.Add((reply, sender.Text, recipient.Text), mask);
        }

        return mask;
    }

    /// <summary>
    /// Somebody has said it just now. Our own findings are not the destination's words, and what has expired repeats what was said, and counted, before.
    /// </summary>
    private static bool IsSaid(Verdict verdict, AttemptContext attempt) =>
        !verdict.IsLocal && (attempt.Mta.Length > 0 || verdict.Category != BounceCategories.MessageExpired);

    private static RecipientEventKind KindOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Delivered => RecipientEventKind.Delivered,
        VerdictKind.Bounced => RecipientEventKind.Bounced,
        _ => RecipientEventKind.Deferred,
    };

    /// <summary>PowerMTA's words for what a peer said; our own findings speak for themselves.</summary>
    private static string ErrorText(Verdict verdict, AttemptContext attempt) => verdict.IsLocal || attempt.Mta.Length == 0
        ? verdict.Reply.Text
        : $"Error: \"{verdict.Reply}\" while connected from {attempt.SourceAddress} to {attempt.Mta}";
}
