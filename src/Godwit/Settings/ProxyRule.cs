// Connections through a PROXY protocol server: client lines of <proxy>, and smtp-proxy-source-host. Immutable.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>client IP[:PORT] HOST</c>: the address behind the proxy and the name it says at EHLO.</summary>
/// <param name="EndPoint">Port 0 lets the proxy choose.</param>
public sealed record ProxyClient(IPEndPoint EndPoint, DomainName HostName)
{
    internal static ValueForm<ProxyClient> Form { get; } = ValueParsers.Pair(
        "IP or IP:port, and a host name", ValueParsers.AddressAndPort, ValueParsers.Domain,
        (e, n) => new ProxyClient(e, n), v => (v.EndPoint, v.HostName));
}

/// <summary><c>smtp-proxy-source-host LOCAL PROXY:PORT CLIENT[:PORT] HOST</c>: a source address on another machine.</summary>
/// <param name="Local">Our address towards the proxy.</param>
/// <param name="Proxy">The proxy's host or address, always with a port.</param>
public sealed record ProxySourceHost(IPAddress Local, HostTarget Proxy, ProxyClient Client)
{
    internal static ValueForm<ProxySourceHost> Form { get; } = new(
        "our IP, the proxy's host:port, IP or IP:port behind the proxy, and a host name",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(ValueParsers.Address, out IPAddress local) || !cursor.TryPart(ValueParsers.HostAndPort, out HostTarget proxy)
                || !cursor.TryPart(ValueParsers.AddressAndPort, out IPEndPoint client) || !cursor.TryPart(ValueParsers.Domain, out DomainName name))
            {
                return false;
            }

            value = new ProxySourceHost(local, proxy, new ProxyClient(client, name));
            return cursor.TryEnd();
        },
        v => $"{v.Local} {ValueParsers.HostAndPort.Print(v.Proxy)} {ProxyClient.Form.Print(v.Client)}") { Quotes = QuoteUse.Raw };
}
