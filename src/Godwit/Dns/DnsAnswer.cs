// What the resolver found out about one question: immutable, cached, shared.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dns;

public enum DnsStatus : byte
{
    /// <summary>At least one record of the asked type.</summary>
    Found,

    /// <summary>The name exists, records of this type do not (NODATA, RFC 2308 section 2.2).</summary>
    NoRecords,

    /// <summary>NXDOMAIN, for the name itself or for the end of its aliases.</summary>
    NoSuchName,

    /// <summary>SERVFAIL, silence, nonsense, an alias loop: nothing is known, ask again later.</summary>
    Failure,
}

/// <summary>The answer to one question.</summary>
public sealed class DnsAnswer
{
    public required DnsQuestion Question { get; init; }

    public required DnsStatus Status { get; init; }

    /// <summary>Records of the asked type only, owned by <see cref="CanonicalName"/>; empty unless found.</summary>
    public IReadOnlyList<DnsRecord> Records { get; init; } = [];

    /// <summary>The name at the end of the aliases; the asked name when there are none.</summary>
    public required DomainName CanonicalName { get; init; }

    /// <summary>
    /// Whether everything was validated by DNSSEC: the AD bit of every message used, each from a server on this host, or from one that the
    /// configuration believes (<c>name-server-trust-ad</c>); the bit is worth as much as the path (RFC 7672 section 2.1.3).
    /// </summary>
    public bool IsAuthentic { get; init; }

    /// <summary>Who answered last; null when nobody did.</summary>
    public IPEndPoint? Server { get; init; }

    /// <summary>When it came.</summary>
    public required Instant Came { get; init; }

    /// <summary>When this must be asked again.</summary>
    public required Instant Expires { get; init; }

    /// <summary>What came back, in the words of a log line: "SERVFAIL", "2 records".</summary>
    public required string Outcome { get; init; }

    /// <summary>Bytes of the last message; a hint for what it costs to remember.</summary>
    internal int WireSize { get; init; }

    /// <summary>What was asked and what came back: "MX example.org: SERVFAIL from 127.0.0.1".</summary>
    public string Detail => Server is null ? $"{Question}: {Outcome}" : $"{Question}: {Outcome} from {Describe(Server)}";

    public override string ToString() => Detail;

    internal static string Describe(IPEndPoint server) => server.Port == DnsResolver.StandardPort ? server.Address.ToString() : server.ToString();
}
