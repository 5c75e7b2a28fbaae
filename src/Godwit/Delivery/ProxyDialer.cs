// A connection to a host through a PROXY protocol server: the proxies of a source in order of failover, those that failed a moment ago last.
// The proxy says nothing by itself: when it cannot reach the host it hangs up, and the missing greeting is the host's failure like any other.
// Owned by HostConnector; thread safe.

using System.Net;
using System.Net.Sockets;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>Opens connections through proxies.</summary>
internal sealed class ProxyDialer(DeliveryDoors doors, ServerClock clock)
{
    /// <summary>Addresses of one proxy's name that are tried for one connection.</summary>
    private const int MaxAddresses = 4;

    private readonly TcpDialer _dialer = new(doors, clock);
    private readonly BadHosts<IPEndPoint> _bad = new(clock);

    /// <param name="timeout">For each way: a proxy that is silent must not take the time of the next.</param>
    /// <returns>The socket, with the header on its way, and the hop it goes through; or the last proxy's problem.</returns>
    public async ValueTask<(DialResult Result, ProxyHop? Hop)> DialAsync(
        HostAddress host, IReadOnlyList<ProxyHop> hops, DeliverySettings settings, TimeSpan timeout, CancellationToken abort)
    {
        // 1 Where the proxies are.
        var ways = new List<(ProxyHop Hop, IPEndPoint Server)>(hops.Count);
        string unresolved = "";
        foreach (ProxyHop hop in hops)
        {
            string? problem = await AddAsync(ways, hop, settings, timeout, abort);
            unresolved = problem ?? unresolved;
        }

        // 2 The first that can be reached; the order within good and bad stays. One that failed a moment ago is the last resort of one connection.
        var result = new DialResult(null, unresolved, ConnectFailure.Proxy);
        foreach ((ProxyHop hop, IPEndPoint server) in ways.OrderBy(way => _bad.Contains(way.Server)).ToArray())
        {
            result = await DialAsync(host, hop, server, timeout, abort);
            if (result.Socket is not null)
            {
                _bad.Remove(server);
                return (result, hop);
            }

            if (result.Failure == ConnectFailure.Resources)
            {
                break;
            }

            if (result.Failure == ConnectFailure.Proxy)
            {
                _bad.Add(server);
            }
        }

        return (result, null);
    }

    /// <summary>Null, or why the proxy's name leads nowhere.</summary>
    private async ValueTask<string?> AddAsync(
        List<(ProxyHop Hop, IPEndPoint Server)> ways, ProxyHop hop, DeliverySettings settings, TimeSpan timeout, CancellationToken abort)
    {
        if (hop.Server.Address is { } address)
        {
            ways.Add((hop, new IPEndPoint(address, hop.Server.Port)));
            return null;
        }

        using var late = new CancellationTokenSource(timeout, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, abort);
        try
        {
            MxAnswer answer = await doors.FindHost(hop.Server.Name, DestinationHosts.Terms(settings, hop.Local), either.Token);
            IPAddress[] found = [.. answer.Hosts.SelectMany(each => each.Addresses).Take(MaxAddresses)];
            ways.AddRange(found.Select(each => (hop, new IPEndPoint(each, hop.Server.Port))));
            return found.Length > 0 ? null : $"StatusDnsQueryFailed resolving the proxy {hop.Title}: {answer.Detail}";
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return $"ETIMEDOUT resolving the proxy {hop.Title}";
        }
    }

    private async ValueTask<DialResult> DialAsync(HostAddress host, ProxyHop hop, IPEndPoint server, TimeSpan timeout, CancellationToken abort)
    {
        DialResult result = await _dialer.DialAsync(server, $"the proxy {hop.Title} ({server})", hop.Local, timeout, abort);
        if (result.Socket is not { } socket)
        {
            return result.Failure == ConnectFailure.Host ? result with { Failure = ConnectFailure.Proxy } : result;
        }

        try
        {
            // Fits any send buffer of a new socket, so it never waits.
            socket.Send(ProxyHeader.Write(hop.Version, hop.Client, host.EndPoint));
            return result;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return new DialResult(null, $"EDISCON in connection to the proxy {hop.Title} ({server})", ConnectFailure.Proxy);
        }
    }
}
