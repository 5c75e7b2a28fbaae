// The names of a client's address that lead back to it: what iprev asks for (RFC 8601 section 3) and SPF calls validated (RFC 7208 section 5.5). Static.

using System.Net;
using System.Net.Sockets;
using Godwit.Dns;

namespace Godwit.Verification;

/// <summary>What was found of an address.</summary>
/// <param name="Status">Of the question for its names.</param>
/// <param name="Validated">Those that lead back.</param>
/// <param name="IsUnanswered">Whether the question for a name's address failed.</param>
internal sealed record ClientNames(DnsStatus Status, IReadOnlyList<string> Validated, bool IsUnanswered)
{
    /// <summary>Names of an address that are looked up (RFC 7208 section 4.6.4).</summary>
    public const int MaxNames = SpfCheck.MaxNames;

    /// <summary>Asks. A name that cannot be looked up is passed over, as are those beyond ten.</summary>
    /// <param name="most">Names that are wanted.</param>
    public static async ValueTask<ClientNames> FindAsync(Func<string, DnsType, ValueTask<NameAnswer>> ask, IPAddress address, int most)
    {
        DnsType type = address.AddressFamily == AddressFamily.InterNetworkV6 ? DnsType.AAAA : DnsType.A;
        NameAnswer names = await ask(ReverseName.Of(address), DnsType.PTR);
        var validated = new List<string>();
        bool unanswered = false;
        for (int i = 0; i < names.Records.Count && i < MaxNames && validated.Count < most; i++)
        {
            if (names.Records[i] is NameRecord { Target.IsEmpty: false } pointer)
            {
                NameAnswer back = await ask(pointer.Target.Text, type);
                unanswered |= back.Status == DnsStatus.Failure;
                if (back.Status == DnsStatus.Found && Has(back, address))
                {
                    validated.Add(pointer.Target.Text);
                }
            }
        }

        return new ClientNames(names.Status, validated, unanswered);
    }

    private static bool Has(in NameAnswer answer, IPAddress address)
    {
        foreach (DnsRecord each in answer.Records)
        {
            if (each is AddressRecord host && host.Address.Equals(address))
            {
                return true;
            }
        }

        return false;
    }
}
