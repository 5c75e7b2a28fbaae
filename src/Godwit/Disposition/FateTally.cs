// What the operator sees of fates: the traffic counters, and the last errors of a queue.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Disposition;

/// <summary>Counts settled orders and remembers why recipients were refused or put off. Used by the settlement loop only.</summary>
internal sealed class FateTally(Action<QueueKey, string, Instant> recordError, TrafficCounters traffic)
{
    public void Add(SettlementOrder order, Instant now)
    {
        int delivered = 0;
        int bounced = 0;
        int untried = 0;
        Verdict? told = null;
        foreach ((_, Verdict verdict) in order.Outcomes)
        {
            if (verdict.Kind == VerdictKind.Delivered)
            {
                delivered++;
                continue;
            }

            untried += verdict.WasAttempted ? 0 : 1;
            bounced += verdict.Kind == VerdictKind.Bounced ? 1 : 0;

            // Recipients of one refused message share a reply: the queue hears it once. What an operator did is no error of the queue.
            if (order.Removal is null && (told is null || !told.Reply.Equals(verdict.Reply)))
            {
                told = verdict;
                recordError(order.Key, ErrorText(verdict, order.Attempt!), now);
            }
        }

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

        int deferred = order.Outcomes.Count - delivered - bounced - untried;
        if (deferred > 0)
        {
            traffic.Deferred.Add(deferred);
        }
    }

    /// <summary>PowerMTA's words for what a peer said; our own findings speak for themselves.</summary>
    private static string ErrorText(Verdict verdict, AttemptContext attempt) => verdict.IsLocal || attempt.Mta.Length == 0
        ? verdict.Reply.Text
        : $"Error: \"{verdict.Reply}\" while connected from {attempt.SourceAddress} to {attempt.Mta}";
}
