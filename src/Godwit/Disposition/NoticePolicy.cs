// Who is told what. RFC 3461 section 4.1: NOTIFY decides where it was given; where it was not, failures and delays are told.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Decides about notices: pure.</summary>
internal static class NoticePolicy
{
    public static bool WantsFailure(Envelope envelope, EnvelopeRecipient recipient) =>
        MayBeTold(envelope) && (recipient.Notify == DsnNotify.Unspecified || recipient.Notify.HasFlag(DsnNotify.Failure));

    /// <summary>Success is told only on request, and by the last host that can (RFC 3461 section 5.2.2).</summary>
    public static bool WantsSuccess(Envelope envelope, EnvelopeRecipient recipient, AttemptContext attempt) =>
        MayBeTold(envelope) && recipient.Notify.HasFlag(DsnNotify.Success) && !attempt.PeerSendsDsn;

    /// <summary>
    /// Whether a multiple of notify-of-delay-every lies between the attempt before and this one. Nothing has to be remembered for it: the recipient's own
    /// due time tells when it was tried before, so a restart repeats no notice.
    /// </summary>
    /// <param name="attempts">Attempts before this one.</param>
    /// <param name="due">The time the recipient had waited for.</param>
    public static bool WantsDelay(Envelope envelope, EnvelopeRecipient recipient, DeliverySettings settings, int attempts, Instant due, Instant now)
    {
        TimeSpan every = settings.NotifyOfDelayEvery;
        if (every <= TimeSpan.Zero || !MayBeTold(envelope) || (recipient.Notify != DsnNotify.Unspecified && !recipient.Notify.HasFlag(DsnNotify.Delay)))
        {
            return false;
        }

        Instant before = attempts == 0 ? envelope.TimeQueued : Instant.Max(envelope.TimeQueued, due - settings.RetryRecipientsAfter);
        return (now - envelope.TimeQueued).Ticks / every.Ticks > (before - envelope.TimeQueued).Ticks / every.Ticks;
    }

    /// <summary>Never the null path, never about our own notices: two servers would answer each other for ever (RFC 5321 section 4.5.5).</summary>
    private static bool MayBeTold(Envelope envelope) => !envelope.Sender.IsNull && envelope.Kind != SubmissionKind.Local;
}
