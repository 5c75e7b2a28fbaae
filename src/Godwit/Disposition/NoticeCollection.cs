// The notices of one batch: recipients of the same message with the same kind of fate share one, from whatever queues they come.
// Owned by Settlement's loop.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Gathers notices. Not thread safe.</summary>
internal sealed class NoticeCollection(CurrentSettings settings)
{
    private readonly List<Notice> _collected = [];
    private readonly Dictionary<(MessageId, NoticeKind), Notice> _open = [];

    public IReadOnlyList<Notice> Collected => _collected;

    public void Clear()
    {
        _collected.Clear();
        _open.Clear();
    }

    /// <summary>The notice that this recipient now stands in; null when nobody is to be told.</summary>
    public Notice? For(SettlementOrder order, RecipientOutcome outcome, Instant now)
    {
        Envelope envelope = order.Envelope!;
        AttemptContext attempt = order.Attempt!;
        EnvelopeRecipient recipient = envelope.Recipients[outcome.Recipient.Index];
        DeliverySettings delivery = settings.Value.DeliveryFor(order.Key.Destination, order.Key.VirtualMta);
        NoticeKind kind;
        switch (outcome.Verdict.Kind)
        {
            case VerdictKind.Bounced when NoticePolicy.WantsFailure(envelope, recipient):
                kind = NoticeKind.Failed;
                break;
            case VerdictKind.Delivered when NoticePolicy.WantsSuccess(envelope, recipient, attempt):
                kind = NoticeKind.Succeeded;
                break;
            case VerdictKind.Deferred
                when NoticePolicy.WantsDelay(envelope, recipient, delivery, outcome.Recipient.Attempts, outcome.Recipient.NotBefore, now):
                kind = NoticeKind.Delayed;
                break;
            default:
                return null;
        }

        if (!_open.TryGetValue((envelope.Id, kind), out Notice? notice) || notice.Recipients.Count == Notice.MaxRecipients)
        {
            Instant retryUntil = envelope.TimeQueued + delivery.BounceAfter;
            notice = new Notice(kind, outcome.Recipient.Message, envelope, delivery.DsnFormat, retryUntil);
            _open[(envelope.Id, kind)] = notice;
            _collected.Add(notice);
        }

        notice.Recipients.Add(new NoticeRecipient(recipient, outcome.Verdict, FateRecords.ActionOf(outcome.Verdict.Kind, attempt), attempt.Mta));
        return notice;
    }
}
