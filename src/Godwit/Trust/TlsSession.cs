using System.Net;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>One session with a receiving host, as it is counted for the daily report (RFC 8460 section 4.2).</summary>
/// <param name="Recipient">The recipients' domain: it gets the report.</param>
/// <param name="Policy">What it was held to: <see cref="HostTrust.Reported"/>, or <see cref="DestinationTrust.Reported"/> where there was no host yet.</param>
/// <param name="Failure">Null for a session that was encrypted and proved what it had to.</param>
public sealed record TlsSession(DomainName Recipient, ReportedPolicy Policy, TlsResultType? Failure)
{
    /// <summary>Our address, as the host saw it; null when unknown.</summary>
    public IPAddress? SendingAddress { get; init; }

    /// <summary>The MX host's name; empty when no host was reached.</summary>
    public string ReceivingHost { get; init; } = "";

    /// <summary>Its address.</summary>
    public IPAddress? ReceivingAddress { get; init; }

    /// <summary>The name in its greeting; may be empty.</summary>
    public string ReceivingGreeting { get; init; } = "";

    /// <summary>Words about the failure; may be empty.</summary>
    public string Detail { get; init; } = "";
}
