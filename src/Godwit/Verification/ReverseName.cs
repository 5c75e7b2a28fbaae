using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Verification;

/// <summary>The name under which an address has its names (RFC 1035 section 3.5, RFC 3596 section 2.5).</summary>
internal static class ReverseName
{
    public static string Of(IPAddress address)
    {
        byte[] octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var name = new StringBuilder(80);
        for (int i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4)
            {
                name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            }
            else
            {
                name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 15:x}.{octets[i] >> 4:x}.");
            }
        }

        return name.Append(octets.Length == 4 ? "in-addr.arpa" : "ip6.arpa").ToString();
    }
}
