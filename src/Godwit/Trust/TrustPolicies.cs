// How receiving hosts must prove themselves: the one object that Delivery asks. Owned by GodwitServer. It remembers the MTA-STS policies of domains, and
// counts sessions for the daily reports. What goes wrong outside is part of the answer; only cancellation throws.

using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>Finds out how hosts must prove themselves. Thread safe.</summary>
public sealed class TrustPolicies
{
    /// <summary>Sessions are noted here for the daily reports.</summary>
    public TlsReportCounts Counts { get; } = new();

    /// <summary>
    /// What one recipient domain wants. At once from memory in the usual case; at most about a minute for a policy that must be fetched first. Ask for every
    /// recipient domain whose mail is to go over a connection. A domain literal, and mail to hosts that the configuration names, have nothing to ask:
    /// <see cref="DestinationTrust.None"/>.
    /// </summary>
    public ValueTask<DestinationTrust> ForDestinationAsync(DomainName recipientDomain, TrustTerms terms, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>How this host must prove itself for that domain's mail: by DNS answers that are remembered mostly.</summary>
    /// <param name="destination">The recipients' domain.</param>
    /// <param name="host">A host of it: its name as the MX record, or the configuration, says it.</param>
    /// <param name="isNameAuthentic"><see cref="Dns.MxAnswer.IsAuthentic"/> of the answer that names the host; true for a host that the configuration names.</param>
    /// <param name="port">Where it is connected to; TLSA records are for a port.</param>
    public ValueTask<HostTrust> ForHostAsync(
        DestinationTrust destination, DomainName host, bool isNameAuthentic, int port, TrustTerms terms, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
