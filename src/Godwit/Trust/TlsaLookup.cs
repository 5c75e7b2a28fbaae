// From a host's name to the TLSA records that bind it (RFC 7672 section 2.2.3). The resolver remembers answers; here is remembered what was read from them, for
// as long as it remembers: keys and certificates are not parsed anew for each connection.
// No answer is never "no record": where DNS fails, so does the host, or whoever can suppress an answer could switch DANE off.

using System.Runtime.CompilerServices;
using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Trust;

internal enum TlsaStatus : byte
{
    /// <summary>The host has no secure TLSA record.</summary>
    None,

    /// <summary>It has, and none of them means anything to us.</summary>
    Unusable,

    Usable,

    /// <summary>DNS gave no answer, or one that does not stand the validation.</summary>
    Failed,
}

/// <param name="Records">Set when usable.</param>
/// <param name="Lines">The records as they came, for reports.</param>
/// <param name="BaseName">The host's name that the records are for (RFC 7672 section 2.2.3).</param>
/// <param name="Problem">What failed; empty otherwise.</param>
internal sealed record TlsaAnswer(TlsaStatus Status, TlsaSet? Records, IReadOnlyList<string> Lines, DomainName BaseName, string Problem);

/// <summary>Finds TLSA records. Thread safe.</summary>
internal sealed class TlsaLookup(DnsResolver resolver)
{
    private readonly ConditionalWeakTable<DnsAnswer, TlsaAnswer> _read = [];

    public async ValueTask<TlsaAnswer> FindAsync(DomainName host, int port, CancellationToken cancellation)
    {
        // 1 The names that may have records: none of a host whose address is in a zone without DNSSEC. That also spares the many name servers that
        //   do not know how to say that there is no TLSA record (section 2.2.2).
        (List<DomainName> names, string problem) = await BaseNamesAsync(host, cancellation);

        // 2 The first of them that has some.
        foreach (DomainName name in names)
        {
            if (!DomainName.TryParse($"_{port}._tcp.{name.Text}", out DomainName owner))
            {
                continue; // Too long a name to have records.
            }

            DnsAnswer answer = await resolver.QueryAsync(owner, DnsType.TLSA, cancellation);
            switch (answer.Status)
            {
                case DnsStatus.Failure:
                    problem = answer.Detail;
                    break;
                case DnsStatus.Found when answer.IsAuthentic:
                    return _read.GetValue(answer, Read) with { BaseName = name };
            }

            if (problem.Length > 0)
            {
                break;
            }
        }

        return new TlsaAnswer(problem.Length > 0 ? TlsaStatus.Failed : TlsaStatus.None, null, [], host, problem);
    }

    /// <summary>Without the base name, which the answer does not say: the caller puts it in.</summary>
    private static TlsaAnswer Read(DnsAnswer answer)
    {
        TlsaSet? usable = TlsaSet.Of(answer.Records);
        return new TlsaAnswer(
            usable is null ? TlsaStatus.Unusable : TlsaStatus.Usable,
            usable,
            [.. answer.Records.OfType<TlsaRecord>().Select(record => record.Text)],
            default,
            "");
    }

    /// <summary>Section 2.2.3: the name at the end of the host's aliases, then the host's own, each only if DNSSEC leads to it.</summary>
    private async ValueTask<(List<DomainName> Names, string Problem)> BaseNamesAsync(DomainName host, CancellationToken cancellation)
    {
        DnsAnswer address = await resolver.QueryAsync(host, DnsType.A, cancellation);
        if (address.Status != DnsStatus.Found)
        {
            DnsAnswer sixth = await resolver.QueryAsync(host, DnsType.AAAA, cancellation);
            address = sixth.Status == DnsStatus.Found || address.Status != DnsStatus.Failure ? sixth : address;
        }

        if (address.Status != DnsStatus.Found)
        {
            return ([], address.Status == DnsStatus.Failure ? address.Detail : "");
        }

        if (address.IsAuthentic)
        {
            return (address.CanonicalName == host ? [host] : [address.CanonicalName, host], "");
        }

        // A secure alias into an insecure zone: the alias itself may still be bound.
        if (address.CanonicalName != host)
        {
            DnsAnswer alias = await resolver.QueryAsync(host, DnsType.CNAME, cancellation);
            return alias.Status == DnsStatus.Failure ? ([], alias.Detail) : (alias is { Status: DnsStatus.Found, IsAuthentic: true } ? [host] : [], "");
        }

        return ([], "");
    }
}
