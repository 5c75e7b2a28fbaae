// Which recipients list, delete and set priority are about. All that is said must hold; a star stands for any run of characters, case does not count.

using System.IO.Enumeration;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A choice of recipients. Immutable.</summary>
public sealed record RecipientFilter
{
    /// <summary>Null: whatever their queue.</summary>
    public QueuePattern? Queue { get; init; }

    /// <summary>The job; null: any, or none.</summary>
    public string? Job { get; init; }

    /// <summary>The recipient's address.</summary>
    public string? Recipient { get; init; }

    /// <summary>The sender's address; <c>&lt;&gt;</c> is the null sender.</summary>
    public string? Sender { get; init; }

    public string? EnvelopeId { get; init; }

    /// <summary>Only what was accepted longer ago.</summary>
    public TimeSpan? OlderThan { get; init; }

    public byte? Priority { get; init; }

    /// <summary>Only those whose queue or job is paused.</summary>
    public bool OnlyPaused { get; init; }

    /// <summary>Only those that wait for a time: their own, or that of their queue.</summary>
    public bool OnlyScheduled { get; init; }

    /// <summary>Nothing is said: everything is meant.</summary>
    public bool IsOpen => this == new RecipientFilter();

    /// <summary>It cannot be decided without the envelope, which is on disk.</summary>
    public bool NeedsEnvelope => Recipient is not null || Sender is not null || EnvelopeId is not null || Job is not null;

    /// <summary>What memory knows. <paramref name="job"/> is null when it does not know the job.</summary>
    public bool MayMatch(QueuedRecipient recipient, string? job, Instant now) =>
        (Priority is not { } priority || recipient.Priority == priority)
        && (OlderThan is not { } age || now - recipient.Message.Id.Time > age)
        && (Job is null || job is null || Matches(Job, job));

    /// <summary>What only the envelope knows.</summary>
    public bool Matches(Envelope envelope, int index) =>
        Matches(Job, envelope.JobId)
        && Matches(EnvelopeId, envelope.EnvelopeId)
        && Matches(Sender, envelope.Sender.IsNull ? "<>" : envelope.Sender.Text)
        && Matches(Recipient, envelope.Recipients[index].Address.Text);

    private static bool Matches(string? pattern, string text) => pattern is null || FileSystemName.MatchesSimpleExpression(pattern, text);
}
