// In which order the addresses of one host are tried. RFC 5321 section 5.1 leaves the order to the resolver: families alternate, IPv6
// first (the idea of RFC 8305 section 4), so a host whose IPv6 is broken costs one failed connection and not a row of them.
// Who has a source address of one family only does not ask for the other.
// Within a family the order changes from call to call: the hosts behind one name share the load also while the answer is cached.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Dns;

/// <summary>Orders addresses. Pure but for the random numbers handed in.</summary>
internal static class AddressOrder
{
    /// <summary>Addresses kept per host: several connections' worth of attempts, and a bound on what a zone can make us remember.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Alternates the families, IPv6 first; at most <see cref="MaxAddresses"/>.</summary>
    public static IPAddress[] Alternate(IReadOnlyList<DnsRecord> sixth, IReadOnlyList<DnsRecord> fourth)
    {
        var ordered = new List<IPAddress>(Math.Min(MaxAddresses, sixth.Count + fourth.Count));
        for (int i = 0; i < Math.Max(sixth.Count, fourth.Count); i++)
        {
            Add(ordered, sixth, i);
            Add(ordered, fourth, i);
        }

        return [.. ordered];
    }

    /// <summary>Whether <see cref="Shuffle"/> could change anything.</summary>
    public static bool CanVary(IReadOnlyList<IPAddress> addresses) =>
        addresses.Count > 2 || (addresses.Count == 2 && addresses[0].AddressFamily == addresses[1].AddressFamily);

    /// <summary>A copy with each family shuffled over its own places.</summary>
    public static IPAddress[] Shuffle(IReadOnlyList<IPAddress> addresses, Random random)
    {
        IPAddress[] shuffled = [.. addresses];
        Span<int> places = stackalloc int[MaxAddresses];
        ShuffleFamily(shuffled, AddressFamily.InterNetworkV6, places, random);
        ShuffleFamily(shuffled, AddressFamily.InterNetwork, places, random);
        return shuffled;
    }

    private static void Add(List<IPAddress> ordered, IReadOnlyList<DnsRecord> records, int index)
    {
        if (index < records.Count && ordered.Count < MaxAddresses && records[index] is AddressRecord record
            && IsUsable(record.Address) && !ordered.Contains(record.Address))
        {
            ordered.Add(record.Address);
        }
    }

    /// <summary>
    /// "Any" would connect to ourselves, multicast and broadcast to nobody, and a mapped address hides its family from those who choose a source.
    /// Loopback is for Delivery to judge: it knows whether the operator wants it.
    /// </summary>
    private static bool IsUsable(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6 && !address.Equals(IPAddress.IPv6Any)
        : !IsReservedV4(address);

    /// <summary>0.0.0.0/8 (this network), 224.0.0.0/3 (multicast, reserved, broadcast): RFC 1122 section 3.2.1.3.</summary>
    private static bool IsReservedV4(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[4];
        _ = address.TryWriteBytes(octets, out _);
        return octets[0] is 0 or >= 224;
    }

    private static void ShuffleFamily(IPAddress[] addresses, AddressFamily family, Span<int> places, Random random)
    {
        int count = 0;
        for (int i = 0; i < addresses.Length && count < places.Length; i++)
        {
            if (addresses[i].AddressFamily == family)
            {
                places[count++] = i;
            }
        }

        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (addresses[places[i]], addresses[places[j]]) = (addresses[places[j]], addresses[places[i]]);
        }
    }
}
