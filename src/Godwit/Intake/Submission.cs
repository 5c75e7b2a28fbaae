// What a client hands in: the draft of an envelope and the content. Intake turns it into a message or into a refusal.

using System.Net;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>One message as it was submitted.</summary>
public sealed record Submission
{
    public required EmailAddress Sender { get; init; }

    public required IReadOnlyList<SubmittedRecipient> Recipients { get; init; }

    public required ContentBuffer Content { get; init; }

    /// <summary>The rules of whoever submits.</summary>
    public required SourceSettings Source { get; init; }

    public SubmissionKind Kind { get; init; }

    public string EnvelopeId { get; init; } = "";

    public DsnReturn Return { get; init; }

    public BodyKind Body { get; init; }

    public bool SmtpUtf8 { get; init; }

    /// <summary>Name the client gave at EHLO; for Received and srcMta.</summary>
    public string ClientName { get; init; } = "";

    public IPAddress? ClientAddress { get; init; }

    public IPAddress? LocalAddress { get; init; }

    public string SmtpUser { get; init; } = "";

    /// <summary>What was found of the sender's claims, as fields to stand before the message; null when nothing was checked.</summary>
    public SenderStamp? Stamp { get; init; }

    /// <summary>SMTP, ESMTP, ESMTPS, ESMTPA, UTF8SMTP and so on (RFC 3848, RFC 6531): what Received says behind "with".</summary>
    public string Protocol { get; init; } = "ESMTP";
}

/// <summary>One recipient as the client named it.</summary>
public readonly record struct SubmittedRecipient(EmailAddress Address, string OriginalRecipient, DsnNotify Notify);

/// <summary>What became of a submission.</summary>
/// <param name="Reply">What to say to the client: a 250 with the message's id, or a 4xx or 5xx that says what is wrong.</param>
public sealed record IntakeResult(SmtpReply Reply, MessageId Id)
{
    public bool Accepted => Reply.IsPositive;
}

/// <summary>Fields that tell what was found of a message.</summary>
/// <param name="Results">An Authentication-Results field with its line end; those in our name that the message came with are removed for it.</param>
/// <param name="SealAsync">
/// Makes the fields of an ARC set over the header as it leaves, to stand before it; null for none. May return no octets.
/// </param>
public sealed record SenderStamp(ReadOnlyMemory<byte> Results, Func<ReadOnlyMemory<byte>, Task<byte[]>>? SealAsync);
