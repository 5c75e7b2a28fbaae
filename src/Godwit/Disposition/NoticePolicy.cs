// Who is told what. RFC 3461 section 4.1: NOTIFY decides where it was given; where it was not, failures and delays are told.

using Godwit.Mail;

namespace Godwit.Disposition;

/// <summary>Decides about notices: pure.</summary>
internal static class NoticePolicy
{
    public static bool WantsFailure(Envelope envelope, EnvelopeRecipient recipient) =>
        MayBeTold(envelope) && (recipient.Notify == DsnNotify.Unspecified || recipient.Notify.HasFlag(DsnNotify.Failure));

    /// <summary>Success is told only on request, and by the last host that can (RFC 3461 section 5.2.2).</summary>
    public static bool WantsSuccess(Envelope envelope, EnvelopeRecipient recipient, AttemptContext attempt) =>
        MayBeTold(envelope) && recipient.Notify.HasFlag(DsnNotify.Success) && !attempt.PeerSendsDsn;

    /// <summary>Whether to tell that it still waits; when is the scheduler's business (notify-of-delay-every).</summary>
    public static bool WantsDelay(Envelope envelope, EnvelopeRecipient recipient) =>
        MayBeTold(envelope) && (recipient.Notify == DsnNotify.Unspecified || recipient.Notify.HasFlag(DsnNotify.Delay));

    /// <summary>Never the null path, never about our own notices: two servers would answer each other for ever (RFC 5321 section 4.5.5).</summary>
    private static bool MayBeTold(Envelope envelope) => !envelope.Sender.IsNull && envelope.Kind != SubmissionKind.Local;
}
