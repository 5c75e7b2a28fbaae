// Records as the rest of the server reads them. Only types somebody uses are decoded; every other keeps its bytes.
// All are immutable and shared by everybody who finds them in the cache.

using System.Net;
using Godwit.Mail;

namespace Godwit.Dns;

/// <param name="Owner">Lower case; empty when the owner is no name a mail server would ask for.</param>
/// <param name="Ttl">Seconds, as the server said; 0 when the server sent nonsense (RFC 2181 section 8).</param>
public abstract record DnsRecord(DomainName Owner, DnsType Type, int Ttl);

/// <summary>A or AAAA.</summary>
public sealed record AddressRecord(DomainName Owner, DnsType Type, int Ttl, IPAddress Address) : DnsRecord(Owner, Type, Ttl);

/// <param name="Host">Empty for the root (RFC 7505) and for targets that are no host name.</param>
/// <param name="IsRoot">Whether the target is "." and not merely unusable.</param>
public sealed record MxRecord(DomainName Owner, int Ttl, int Preference, DomainName Host, bool IsRoot) : DnsRecord(Owner, DnsType.MX, Ttl);

/// <summary>CNAME, NS or PTR: a name that points to a name.</summary>
/// <param name="Target">Empty for the root and for targets that are no host name.</param>
public sealed record NameRecord(DomainName Owner, DnsType Type, int Ttl, DomainName Target) : DnsRecord(Owner, Type, Ttl);

/// <param name="Text">The strings joined without a space (as SPF, DKIM and MTA-STS join them), each byte one character.</param>
public sealed record TextRecord(DomainName Owner, int Ttl, string Text) : DnsRecord(Owner, DnsType.TXT, Ttl);

/// <param name="Minimum">Seconds a negative answer may be believed (RFC 2308 section 4).</param>
public sealed record SoaRecord(DomainName Owner, int Ttl, DomainName PrimaryServer, uint Serial, int Minimum) : DnsRecord(Owner, DnsType.SOA, Ttl);

/// <summary>TLSA (RFC 6698 section 2.1). Fields are as they came: which of them mean something is for others to say.</summary>
/// <param name="Usage">-1 for a record that is too short to be one.</param>
public sealed record TlsaRecord(DomainName Owner, int Ttl, int Usage, int Selector, int Matching, ReadOnlyMemory<byte> Content)
    : DnsRecord(Owner, DnsType.TLSA, Ttl)
{
    /// <summary>As it stands in a zone file: <c>3 1 1 0D6F…</c>.</summary>
    public string Text => Usage < 0 ? "malformed" : $"{Usage} {Selector} {Matching} {Convert.ToHexString(Content.Span)}";
}

/// <summary>Any other type, as it came.</summary>
public sealed record RawRecord(DomainName Owner, DnsType Type, int Ttl, ReadOnlyMemory<byte> Content) : DnsRecord(Owner, Type, Ttl);
