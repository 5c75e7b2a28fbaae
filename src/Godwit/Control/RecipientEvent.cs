using System.Net;
using Godwit.Foundation;

namespace Godwit.Control;

/// <summary>What became of one recipient lately.</summary>
/// <param name="Source">The address of ours; null when no host was spoken to.</param>
/// <param name="Recipient">The address of theirs.</param>
/// <param name="Job">Empty when it has none.</param>
/// <param name="Host">Their host; empty when no host was spoken to.</param>
/// <param name="Text">As in dsnDiag: <c>smtp;250 DATA ok</c>.</param>
public sealed record RecipientEvent(
    RecentOutcome Outcome, Instant Time, IPAddress? Source, string Recipient, string Job, string Host, IPAddress? HostAddress, string Text);

/// <summary>The three things that can become of a recipient in one attempt.</summary>
public enum RecentOutcome : byte
{
    Delivered,
    Bounced,
    Deferred,
}
