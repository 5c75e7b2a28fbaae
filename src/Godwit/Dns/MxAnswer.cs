// What MxLookup is asked on, and what it says: immutable, remembered, shared.

using System.Net;
using Godwit.Mail;

namespace Godwit.Dns;

public enum MxStatus : byte
{
    Found,

    /// <summary>"MX 0 ." (RFC 7505): the domain takes no mail, for good.</summary>
    NullMx,

    /// <summary>NXDOMAIN.</summary>
    NoSuchDomain,

    /// <summary>The domain exists, but neither MX nor address records lead to an address.</summary>
    NoHosts,

    /// <summary>SERVFAIL, no answer, broken answers: ask again later.</summary>
    TemporaryFailure,
}

/// <summary>One host, with its addresses already in the order to try.</summary>
public sealed record MailHost(DomainName Name, int Preference, IReadOnlyList<IPAddress> Addresses);

/// <summary>A host as the destination names it, whether or not it has an address.</summary>
public readonly record struct MailExchange(DomainName Name, int Preference);

/// <param name="Hosts">By preference, equal preferences shuffled; empty unless found.</param>
/// <param name="Detail">For log and accounting: what was asked and what came back.</param>
public sealed record MxAnswer(MxStatus Status, IReadOnlyList<MailHost> Hosts, string Detail)
{
    /// <summary>The whole list by preference, hosts without an address included; a domain without MX records is its own. Empty for single hosts.</summary>
    public IReadOnlyList<MailExchange> Exchanges { get; init; } = [];

    /// <summary>
    /// Whether the names of the hosts can be believed: the MX answer, or the answer that there is none, was validated by DNSSEC
    /// (<see cref="DnsAnswer.IsAuthentic"/>), or the asker named the host itself.
    /// </summary>
    public bool IsAuthentic { get; init; }
}

/// <summary>Which addresses the asker can connect to.</summary>
public enum AddressFamilies : byte
{
    Both,
    IPv4Only,
    IPv6Only,
}

/// <summary>On what terms a lookup is made.</summary>
/// <param name="Families">Addresses of the other family are asked for only when there are none of this one; then they are the answer, as the reason.</param>
/// <param name="FailuresFor">
/// A remembered failure that is this old is asked for again: who waits so long before coming again never meets the failure that made it wait. Counts as no less
/// than a second and no more than thirty.
/// </param>
public readonly record struct LookupTerms(AddressFamilies Families, TimeSpan FailuresFor);
