// One recipient of a message: where it goes, through which virtual MTA, and what its sender wants to be told.

namespace Godwit.Mail;

/// <summary>When the sender wants a notification (RFC 3461 section 4.1, NOTIFY).</summary>
[Flags]
public enum DsnNotify : byte
{
    /// <summary>Nothing was said: failures and delays are reported.</summary>
    Unspecified = 0,
    Never = 1,
    Success = 2,
    Failure = 4,
    Delay = 8,
}

/// <summary>One recipient as it is spooled.</summary>
public sealed record EnvelopeRecipient
{
    public required EmailAddress Address { get; init; }

    /// <summary>The queue's destination: the recipient's domain, or what <c>queue-to</c> made of it.</summary>
    public required DomainName Destination { get; init; }

    /// <summary>The virtual MTA that delivers: a member, never a pool. <see cref="DefaultVirtualMta"/> when none was chosen.</summary>
    public required string VirtualMta { get; init; }

    /// <summary>The pool that the virtual MTA was drawn from; empty when none.</summary>
    public string Pool { get; init; } = "";

    /// <summary>RFC 3461 ORCPT, decoded, with its address type: <c>rfc822;a@b</c>; empty when none.</summary>
    public string OriginalRecipient { get; init; } = "";

    public DsnNotify Notify { get; init; }

    /// <summary>Its place among the recipients of its queue: 0 to 100, the larger first.</summary>
    public byte Priority { get; init; } = DefaultPriority;

    public const byte DefaultPriority = 50;

    public const byte MaxPriority = 100;

    /// <summary>PowerMTA's name for "no virtual MTA was chosen".</summary>
    public const string DefaultVirtualMta = "{default}";

    /// <summary>
    /// Our own reports about TLS leave through this one, and nothing else does: they must arrive where TLS is broken (RFC 8460 section 3), and share no queue
    /// with mail that must not.
    /// </summary>
    public const string ReportVirtualMta = "{tls-report}";
}
