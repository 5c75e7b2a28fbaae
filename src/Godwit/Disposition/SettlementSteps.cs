// The lower rooms as Settlement uses them, one delegate a step: the seam through which tests watch the order and let each step fail.

using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Disposition;

/// <summary>What Settlement does to the world.</summary>
internal sealed class SettlementSteps
{
    public required Func<AccountingType, bool> Wants { get; init; }

    /// <summary>Why no record can be written now; null when one can.</summary>
    public Func<string?> Trouble { get; init; } = static () => null;

    /// <summary>Returns when the records are on disk. Throws <see cref="AccountingException"/> when accounting gives up before.</summary>
    public required Func<IReadOnlyList<AccountingRecord>, ValueTask> Account { get; init; }

    /// <summary>Throws <see cref="SpoolException"/>.</summary>
    public required Func<StoredMessage, Envelope> ReadEnvelope { get; init; }

    /// <summary>Whether records of a type have columns for header fields of the message.</summary>
    public Func<AccountingType, bool> WantsHeader { get; init; } = static _ => false;

    /// <summary>Those header fields; null when the message cannot be read.</summary>
    public Func<StoredMessage, AccountingType, RecordedHeader?> ReadHeader { get; init; } = static (_, _) => null;

    /// <summary>The piece of the original to return; true asks for all of it. Throws <see cref="SpoolException"/>.</summary>
    public required Func<StoredMessage, bool, ReturnedContent> ReadOriginal { get; init; }

    /// <summary>What stood in a recipient's way last; empty when nothing is known.</summary>
    public required Func<StoredMessage, int, string> ReadLastReply { get; init; }

    /// <summary>Hands a notice to Intake; returns its answer. Throws <see cref="SpoolException"/>.</summary>
    public required Func<BounceDraft, ValueTask<SmtpReply>> Submit { get; init; }

    /// <summary>Returns when the marks are durable. Throws <see cref="SpoolException"/>.</summary>
    public required Func<IReadOnlyList<SpoolMark>, ValueTask> Mark { get; init; }

    public required Action<QueueKey, QueuedRecipient, Instant> Finish { get; init; }

    /// <summary>Recipient, not before, whether it counts as an attempt, now.</summary>
    public required Action<QueueKey, QueuedRecipient, Instant, bool, Instant> Defer { get; init; }

    /// <summary>A recipient taken out goes into the queue of another virtual MTA.</summary>
    public required Action<QueueKey, QueuedRecipient, string, Instant> Reroute { get; init; }

    /// <summary>How a recipient waits; null when it does not, and then its sender is not told.</summary>
    public required Func<DelayedRecipient, RecipientWait?> WaitOf { get; init; }

    public required Action<QueueKey, string, Instant> RecordError { get; init; }

    public static SettlementSteps Of(AccountingLog accounting, MessageSpool spool, Scheduler scheduler, MessageIntake intake, CurrentSettings settings) => new()
    {
        Wants = accounting.Wants,
        Trouble = () => accounting.Trouble?.ToString(),
        Account = accounting.WriteAsync,
        ReadEnvelope = message =>
        {
            using SpooledContent content = spool.Read(message);
            return content.Envelope;
        },
        WantsHeader = type => accounting.HeaderNames(type).Count > 0,
        ReadHeader = (message, type) => HeaderOf(spool, message, accounting.HeaderNames(type)),
        ReadOriginal = (message, whole) =>
        {
            using SpooledContent content = spool.Read(message);
            return ReturnedContent.Read(content, whole);
        },
        ReadLastReply = spool.ReadLastReply,
        Submit = draft => SubmitAsync(intake, settings, draft),
        Mark = spool.MarkAsync,
        Finish = scheduler.Finish,
        Defer = scheduler.Defer,
        Reroute = scheduler.Reroute,
        WaitOf = delayed => scheduler.WaitOf(delayed),
        RecordError = scheduler.RecordError,
    };

    /// <summary>A record without these columns is better than none, so a device that does not give the message leaves them empty.</summary>
    private static RecordedHeader? HeaderOf(MessageSpool spool, StoredMessage message, IReadOnlyList<string> names)
    {
        try
        {
            using SpooledContent content = spool.Read(message);
            return RecordedHeader.Read(ReturnedContent.Read(content, whole: false).Octets, names);
        }
        catch (SpoolException)
        {
            return null;
        }
    }

    /// <summary>The rules of our own submissions: nothing of the client directives applies, the message is finished as it is.</summary>
    private static readonly SourceSettings _ownSource = new() { Name = "{bounce}", AlwaysAllowRelaying = true, AddReceivedHeader = false };

    /// <summary>Hands a message of our own to Intake; returns its answer. Throws <see cref="SpoolException"/>.</summary>
    internal static async ValueTask<SmtpReply> SubmitAsync(MessageIntake intake, CurrentSettings settings, BounceDraft draft)
    {
        using ContentBuffer content = intake.NewContent();
        content.Append(draft.Octets);
        if (content.MustSpill)
        {
            await content.SpillAsync(CancellationToken.None);
        }

        IntakeResult result = await intake.SubmitAsync(
            new Submission
            {
                Sender = EmailAddress.Null,

                // Nobody is told about a notice: the null sender says so, NEVER says it again to hosts that go by NOTIFY (RFC 3461 section 4.1).
                Recipients = [new SubmittedRecipient(draft.Recipient, "", DsnNotify.Never)],
                Content = content,
                Source = _ownSource,
                Kind = SubmissionKind.Local,
                Body = draft.EightBit ? BodyKind.EightBitMime : BodyKind.SevenBit,
                SmtpUtf8 = draft.SmtpUtf8,
                ClientName = settings.Value.HostName,
            },
            CancellationToken.None);
        return result.Reply;
    }
}
