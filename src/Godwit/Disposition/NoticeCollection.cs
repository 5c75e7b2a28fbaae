// The notices of one batch: recipients of the same message with the same kind of fate share one, from whatever queues they come.
// Owned by Settlement's loop.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Gathers notices. Not thread safe.</summary>
internal sealed class NoticeCollection(CurrentSettings settings)
{
    private static readonly AttemptContext _noAttempt = new() { DeliveryType = "smtp" };

    private readonly List<Notice> _collected = [];
    private readonly Dictionary<(MessageId, NoticeKind), Notice> _open = [];

    public IReadOnlyList<Notice> Collected => _collected;

    public void Clear()
    {
        _collected.Clear();
        _open.Clear();
    }

    /// <summary>The notice that a recipient with this fate now stands in; null when nobody is to be told.</summary>
    public Notice? For(SettlementOrder order, RecipientOutcome outcome)
    {
        Envelope envelope = order.Envelope!;
        AttemptContext attempt = order.Attempt!;
        EnvelopeRecipient recipient = envelope.Recipients[outcome.Recipient.Index];
        NoticeKind kind;
        switch (outcome.Verdict.Kind)
        {
            case VerdictKind.Bounced when !outcome.Verdict.IsUntold && NoticePolicy.WantsFailure(envelope, recipient):
                kind = NoticeKind.Failed;
                break;
            case VerdictKind.Delivered when NoticePolicy.WantsSuccess(envelope, recipient, attempt):
                kind = NoticeKind.Succeeded;
                break;
            default:
                return null;
        }

        return Join(kind, order.Key, envelope, outcome, attempt);
    }

    /// <summary>The notice that a recipient now stands in that still waits; null when nobody is to be told.</summary>
    public Notice? ForDelay(QueueKey key, Envelope envelope, RecipientOutcome wait) =>
        NoticePolicy.WantsDelay(envelope, envelope.Recipients[wait.Recipient.Index]) ? Join(NoticeKind.Delayed, key, envelope, wait, _noAttempt) : null;

    private Notice Join(NoticeKind kind, QueueKey key, Envelope envelope, RecipientOutcome outcome, AttemptContext attempt)
    {
        if (!_open.TryGetValue((envelope.Id, kind), out Notice? notice) || notice.Recipients.Count == Notice.MaxRecipients)
        {
            DeliverySettings delivery = settings.Value.DeliveryFor(key.Destination, key.VirtualMta);
            Instant retryUntil = envelope.Windows?.End ?? envelope.TimeQueued + delivery.BounceAfter;
            notice = new Notice(kind, outcome.Recipient.Message, envelope, delivery.DsnFormat, retryUntil);
            _open[(envelope.Id, kind)] = notice;
            _collected.Add(notice);
        }

        EnvelopeRecipient recipient = envelope.Recipients[outcome.Recipient.Index];
        notice.Recipients.Add(new NoticeRecipient(recipient, Shown(key, outcome.Verdict), FateRecords.ActionOf(outcome.Verdict.Kind, attempt), attempt.Mta));
        return notice;
    }

    /// <summary>The verdict as senders may see it: replace-smtp-421-service-response keeps the words of a 421 from them. Accounting has them.</summary>
    private Verdict Shown(QueueKey key, Verdict verdict)
    {
        SmtpReply reply = verdict.Reply;
        return reply.Code != 421 || verdict.IsLocal || !settings.Value.DeliveryFor(key.Destination, key.VirtualMta).Replace421Response
            ? verdict
            : verdict with { Reply = new SmtpReply(421, $"{reply.StatusOrDefault} Service not available") };
    }
}
