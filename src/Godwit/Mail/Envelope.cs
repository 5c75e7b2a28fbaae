// Who gets a message from whom, and how it came: what the spool keeps beside the content. Immutable once it is spooled.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Mail;

/// <summary>How much of a message a notification returns (RFC 3461 section 4.3, RET).</summary>
public enum DsnReturn : byte
{
    Unspecified,
    Headers,
    Full,
}

/// <summary>How a message came in; accounting's <c>srcType</c>.</summary>
public enum SubmissionKind : byte
{
    Smtp,
    Api,
    Pickup,

    /// <summary>Made by this server: a bounce message or a delay notice.</summary>
    Local,
}

/// <summary>The content's encoding as announced by MAIL's BODY parameter (RFC 6152, RFC 3030).</summary>
public enum BodyKind : byte
{
    SevenBit,
    EightBitMime,
    BinaryMime,
}

/// <summary>Sender, recipients and origin of one message.</summary>
public sealed record Envelope
{
    /// <summary>RFC 5321 section 4.5.3.1.8 asks for 100; one message of a list server carries thousands. Bounds one frame of the spool.</summary>
    public const int MaxRecipients = 50_000;

    public required MessageId Id { get; init; }

    public required EmailAddress Sender { get; init; }

    public required IReadOnlyList<EnvelopeRecipient> Recipients { get; init; }

    /// <summary>The campaign or job that this message belongs to (X-Job); empty when none.</summary>
    public string JobId { get; init; } = "";

    /// <summary>RFC 3461 ENVID or X-Envid, decoded; empty when none.</summary>
    public string EnvelopeId { get; init; } = "";

    public DsnReturn Return { get; init; }

    public BodyKind Body { get; init; }

    /// <summary>Whether MAIL said SMTPUTF8 (RFC 6531).</summary>
    public bool SmtpUtf8 { get; init; }

    public SubmissionKind Kind { get; init; }

    /// <summary>The submitting host as accounting's <c>srcMta</c> shows it: <c>name (address)</c>.</summary>
    public string SourceMta { get; init; } = "";

    /// <summary>The client's address; null for mail that did not come over a network.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>The address of ours that the client reached.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>The authenticated user; empty when none.</summary>
    public string SmtpUser { get; init; } = "";

    /// <summary>When it may be delivered (X-Schedule); null is whenever. Its end takes the place of bounce-after.</summary>
    public DeliveryWindows? Windows { get; init; }

    /// <summary>What the message says about its own signature (X-DKIM-Options, X-DKIM-Key); null when it says nothing.</summary>
    public SigningWishes? Signing { get; init; }

    public Instant TimeQueued => Id.Time;
}
