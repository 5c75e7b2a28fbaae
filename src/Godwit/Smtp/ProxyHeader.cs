// What stands before the first SMTP octet of a connection through a proxy: from which address it is to connect, and where to.
// The PROXY protocol as HAProxy defines it (proxy-protocol.txt): section 2.1 has the text form, 2.2 the binary one. There, a proxy tells a server who its
// client is; here, as in PowerMTA, we are the client and tell the proxy whom to speak for. Static; allocates the header only.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Smtp;

/// <summary>Writes PROXY headers.</summary>
public static class ProxyHeader
{
    private const byte Version2ProxyCommand = 0x21;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>The header, of 107 octets at most.</summary>
    /// <param name="version">1 or 2.</param>
    /// <param name="source">From where the proxy is to connect; port 0 lets it choose.</param>
    /// <param name="destination">Of the same address family.</param>
    /// <exception cref="ArgumentException">The families differ.</exception>
    public static byte[] Write(int version, IPEndPoint source, IPEndPoint destination)
    {
        if (source.AddressFamily != destination.AddressFamily)
        {
            throw new ArgumentException($"a proxy cannot connect from {source.Address} to {destination.Address}: one is IPv4, the other IPv6");
        }

        return version == 2 ? Binary(source, destination) : Text(source, destination);
    }

    private static byte[] Text(IPEndPoint source, IPEndPoint destination)
    {
        string family = source.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {Bare(source.Address)} {Bare(destination.Address)} {source.Port} {destination.Port}\r\n");
    }

    /// <summary>A scope such as <c>%eth0</c> means something on this machine only.</summary>
    private static IPAddress Bare(IPAddress address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;

    private static byte[] Binary(IPEndPoint source, IPEndPoint destination)
    {
        byte[] from = source.Address.GetAddressBytes();
        byte[] to = destination.Address.GetAddressBytes();
        int addresses = from.Length + to.Length + 4;
        byte[] header = new byte[Signature.Length + 4 + addresses];
        Span<byte> rest = header;
        Signature.CopyTo(rest);
        rest = rest[Signature.Length..];
        rest[0] = Version2ProxyCommand;
        rest[1] = source.AddressFamily == AddressFamily.InterNetwork ? (byte)0x11 : (byte)0x21;
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)addresses);
        rest = rest[4..];
        from.CopyTo(rest);
        to.CopyTo(rest[from.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(rest[^4..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(rest[^2..], (ushort)destination.Port);
        return header;
    }
}
