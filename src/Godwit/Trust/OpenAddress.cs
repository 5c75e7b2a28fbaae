// Which addresses are of the open Internet. A stranger's name may lead anywhere, and must not make us knock at what is reachable only from here. Pure.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Trust;

/// <summary>Tells public addresses from those of this host and its networks.</summary>
internal static class OpenAddress
{
    /// <summary>
    /// False for this host, private networks (RFC 1918, 6598, 4193), links (RFC 3927), multicast, and all of IPv6 that is not global unicast (RFC 4291
    /// section 2.4). An address of IPv4 inside one of IPv6 counts as what it is.
    /// </summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        ReadOnlySpan<byte> octets = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return IsFourth(octets);
        }

        // RFC 6052: what a network without IPv4 reaches of it.
        ReadOnlySpan<byte> translated = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
        return octets.StartsWith(translated) ? IsFourth(octets[translated.Length..]) : (octets[0] & 0xe0) == 0x20;
    }

    private static bool IsFourth(ReadOnlySpan<byte> octets) => (octets[0], octets[1]) switch
    {
        (0 or 10 or 127, _) => false,
        (100, >= 64 and < 128) => false,
        (169, 254) => false,
        (172, >= 16 and < 32) => false,
        (192, 168) => false,
        ( >= 224, _) => false,
        _ => true,
    };
}
