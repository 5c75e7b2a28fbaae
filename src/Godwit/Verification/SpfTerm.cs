// One SPF record as read: terms in their order (RFC 7208 section 4.6.1). Immutable; reading them is SpfReader's work.

using System.Net;

namespace Godwit.Verification;

internal enum SpfMechanism : byte
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>A mechanism and what its match means.</summary>
/// <param name="Text">As it stands in the record, for the operator.</param>
/// <param name="DomainSpec">Unexpanded; empty when the current domain is meant.</param>
/// <param name="Network">For ip4 and ip6.</param>
/// <param name="Prefix4">Bits of an IPv4 address that count, for a and mx.</param>
/// <param name="Prefix6">Bits of an IPv6 address that count, for a and mx.</param>
internal sealed record SpfTerm(string Text, SpfResult Means, SpfMechanism Mechanism, string DomainSpec, IPAddress? Network, int Prefix4, int Prefix6);

/// <summary>A record without syntax errors.</summary>
/// <param name="Redirect">Domain-spec of redirect=; null when there is none.</param>
/// <param name="Explanation">Domain-spec of exp=; null when there is none.</param>
internal sealed record SpfRecord(IReadOnlyList<SpfTerm> Terms, string? Redirect, string? Explanation);
