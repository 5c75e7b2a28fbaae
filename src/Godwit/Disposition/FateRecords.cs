// One recipient's fate as accounting writes it. Pure.

using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Disposition;

/// <summary>Makes accounting records.</summary>
internal static class FateRecords
{
    public static AccountingType TypeOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Delivered => AccountingType.Delivered,
        VerdictKind.Bounced => AccountingType.Bounced,
        VerdictKind.Deferred => AccountingType.Transient,
        _ => throw new InvalidOperationException($"no accounting type for {kind}"),
    };

    /// <summary>RFC 3464 section 2.3.3: "delivered" is final; SMTP only ever relays.</summary>
    public static string ActionOf(VerdictKind kind, AttemptContext attempt) => kind switch
    {
        VerdictKind.Bounced => "failed",
        VerdictKind.Deferred => "delayed",
        _ => attempt.DeliveryType == "smtp" ? "relayed" : "delivered",
    };

    public static AccountingRecord OfRecipient(QueueKey key, Envelope envelope, RecipientOutcome outcome, AttemptContext attempt, Instant now,
        RecordedHeader? header = null)
    {
        EnvelopeRecipient recipient = envelope.Recipients[outcome.Recipient.Index];
        Verdict verdict = outcome.Verdict;
        return new AccountingRecord
        {
            Type = TypeOf(verdict.Kind),
            TimeLogged = now,
            Envelope = envelope,
            Recipient = recipient,
            DsnAction = ActionOf(verdict.Kind, attempt),
            DsnStatus = verdict.Status,
            DsnDiagnostic = Diagnostic(verdict.Reply),
            DsnMta = attempt.Mta,
            BounceCategory = verdict.Kind == VerdictKind.Delivered ? "" : verdict.Category,
            DeliveryType = attempt.DeliveryType,
            DeliverySourceAddress = attempt.SourceAddress,
            DeliveryDestinationAddress = attempt.DestinationAddress,
            EsmtpAvailable = attempt.EsmtpAvailable,
            DeliverySize = verdict.Kind == VerdictKind.Delivered ? outcome.Recipient.Message.ContentLength : 0,
            TlsProtocol = attempt.TlsProtocol,
            TlsCipher = attempt.TlsCipher,
            TlsPolicy = attempt.TlsPolicy,
            Queue = key.ToString(),
            VirtualMta = key.VirtualMta,
            Pool = recipient.Pool,
            Header = header,
        };
    }

    public static AccountingRecord OfQueue(QueueKey key, SmtpReply reply, AttemptContext attempt, Instant now) => new()
    {
        Type = AccountingType.TransientQueue,
        TimeLogged = now,
        DsnStatus = reply.StatusOrDefault,
        DsnDiagnostic = Diagnostic(reply),
        DsnMta = attempt.Mta,
        DeliveryType = attempt.DeliveryType,
        DeliverySourceAddress = attempt.SourceAddress,
        DeliveryDestinationAddress = attempt.DestinationAddress,
        Queue = key.ToString(),
        VirtualMta = key.VirtualMta,
    };

    /// <summary>Always in the form that existing parsers split at the semicolon, for our own findings too.</summary>
    private static string Diagnostic(SmtpReply reply) => reply.Text.Length == 0 ? $"smtp;{reply.Code}" : $"smtp;{reply.Code} {reply.Text}";
}
