using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>The policy that a session was held to, as a report names it (RFC 8460 section 4.4).</summary>
/// <param name="Domain">The recipient's domain for MTA-STS, the TLSA base domain's host for DANE.</param>
/// <param name="Lines">The policy itself: the lines of the MTA-STS policy, the TLSA records; empty without policy.</param>
/// <param name="Hosts">The MX patterns of the MTA-STS policy; empty otherwise.</param>
public sealed record ReportedPolicy(TlsPolicyKind Kind, DomainName Domain, IReadOnlyList<string> Lines, IReadOnlyList<string> Hosts)
{
    public static ReportedPolicy NotFound(DomainName domain) => new(TlsPolicyKind.NoPolicyFound, domain, [], []);
}
