// What one attempt means for one recipient: a value, made by pure code, carried out by Settlement.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Disposition;

public enum VerdictKind : byte
{
    Delivered,
    Deferred,
    Bounced,
}

/// <summary>The fate of one recipient after one attempt, or after too much waiting.</summary>
/// <param name="Reply">What the peer (or we) said; its text stands in accounting and in bounce messages.</param>
/// <param name="NotBefore">For deferred: when to try again.</param>
/// <param name="Category">For bounced and deferred: one of the seventeen bounce categories.</param>
public sealed record Verdict(VerdictKind Kind, SmtpReply Reply, EnhancedStatus Status, Instant NotBefore, string Category)
{
    /// <summary>The reply is our own finding: no peer has said it. A bounce message must not put it into the peer's mouth.</summary>
    public bool IsLocal { get; init; }

    /// <summary>False for a deferral without an attempt: it counts as none, is on no record, and nobody is told.</summary>
    public bool WasAttempted { get; init; } = true;

    /// <summary>A bounce that is for the records only: its sender is not told.</summary>
    public bool IsUntold { get; init; }
}
