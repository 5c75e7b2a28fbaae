// What a sender is to be told about some recipients of one message, before it has become a message itself.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

internal enum NoticeKind : byte
{
    Failed,
    Delayed,

    /// <summary>Delivered, or relayed to a host that reports nothing further.</summary>
    Succeeded,
}

/// <summary>One recipient in a notice.</summary>
/// <param name="Action">RFC 3464 section 2.3.3.</param>
/// <param name="Mta"><c>host (ip)</c> of the peer that spoke; empty when there was none.</param>
internal sealed record NoticeRecipient(EnvelopeRecipient Recipient, Verdict Verdict, string Action, string Mta);

/// <summary>One notice to come. Collected and owned by Settlement's loop.</summary>
internal sealed class Notice(NoticeKind kind, StoredMessage message, Envelope envelope, DsnFormat format, Instant retryUntil)
{
    /// <summary>Recipients in one notice; another is begun above it. Bounds the message we make.</summary>
    public const int MaxRecipients = 1000;

    public NoticeKind Kind { get; } = kind;

    public StoredMessage Message { get; } = message;

    public Envelope Envelope { get; } = envelope;

    public DsnFormat Format { get; } = format;

    /// <summary>For delays: how long delivery is tried.</summary>
    public Instant RetryUntil { get; } = retryUntil;

    public List<NoticeRecipient> Recipients { get; } = [];

    /// <summary>What happens to the recipients once the notice is safe.</summary>
    public List<RecipientMove> Moves { get; } = [];
}
