// How this room asks for names: a delegate, so that a test's zone can answer in the resolver's place. Names come as text, because senders write what no
// host is called: many of those can be asked for all the same, and the others have no records.

using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Verification;

/// <summary>What is known about a name.</summary>
/// <param name="Records">Of the asked type; empty unless found.</param>
internal readonly record struct NameAnswer(DnsStatus Status, IReadOnlyList<DnsRecord> Records)
{
    public static readonly NameAnswer NoSuchName = new(DnsStatus.NoSuchName, []);
}

/// <summary>Asks for the records of a name. What goes wrong outside is a status.</summary>
/// <exception cref="OperationCanceledException">The time of the check is over.</exception>
internal delegate ValueTask<NameAnswer> SenderLookup(string name, DnsType type, CancellationToken cancellation);

/// <summary>The lookup of a running server.</summary>
internal static class ResolverLookup
{
    public static SenderLookup Of(DnsResolver resolver) => async (name, type, cancellation) =>
    {
        if (!DomainName.TryParseRecordName(name, out DomainName domain))
        {
            return NameAnswer.NoSuchName;
        }

        DnsAnswer answer = await resolver.QueryAsync(domain, type, cancellation);
        return new NameAnswer(answer.Status, answer.Records);
    };
}
