// Opens one TCP connection from the source address that the queue's virtual MTA names, or says in an operator's words why not.
// Shared by all deliveries; holds nothing. What the network does is a result, never an exception; only cancellation throws.

using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>A connection, or why there is none.</summary>
/// <param name="Problem">Without a connection: <c>ECONNREFUSED connecting to mx.example.org (192.0.2.1)</c>.</param>
/// <param name="SourceUnusable">The source address is not this machine's: no other host will do better.</param>
internal readonly record struct ConnectResult(SmtpConnection? Connection, string Problem, bool SourceUnusable);

/// <summary>Connects to hosts.</summary>
internal sealed class HostConnector(ConnectionDeadlines deadlines, ServerClock clock)
{
    /// <summary>
    /// Linux: choose the local port at connect, when the peer is known. Otherwise one source address has 28,000 connections for all peers together.
    /// </summary>
    private const int IpBindAddressNoPort = 24;

    public async ValueTask<ConnectResult> ConnectAsync(HostAddress host, SourceHost source, DeliverySettings settings, CancellationToken abort)
    {
        var socket = new Socket(host.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        bool kept = false;
        try
        {
            if (source.Address is not null && !TryBind(socket, source.Address, out string problem))
            {
                return new ConnectResult(null, problem, SourceUnusable: true);
            }

            using var timeout = new CancellationTokenSource(settings.ConnectTimeout, clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abort);
            await socket.ConnectAsync(host.EndPoint, either.Token);
            kept = true;
            return new ConnectResult(new SmtpConnection(socket, deadlines), "", SourceUnusable: false);
        }
        catch (SocketException failure)
        {
            return Refused(NameOf(failure.SocketErrorCode), host);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return Refused("ETIMEDOUT", host);
        }
        finally
        {
            if (!kept)
            {
                socket.Dispose();
            }
        }
    }

    private static ConnectResult Refused(string error, HostAddress host) => new(null, $"{error} connecting to {host.Text}", SourceUnusable: false);

    private static bool TryBind(Socket socket, IPAddress address, out string problem)
    {
        problem = "";
        try
        {
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption((int)SocketOptionLevel.IP, IpBindAddressNoPort, [1, 0, 0, 0]);
            }

            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException failure)
        {
            problem = failure.SocketErrorCode == SocketError.AddressNotAvailable
                ? $"EADDRNOTAVAIL source address {address} is not configured on this machine"
                : $"{NameOf(failure.SocketErrorCode)} binding to source address {address}";
            return false;
        }
    }

    /// <summary>The system's own name for an error: what operators search for.</summary>
    private static string NameOf(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "ECONNREFUSED",
        SocketError.TimedOut => "ETIMEDOUT",
        SocketError.ConnectionReset => "ECONNRESET",
        SocketError.NetworkUnreachable => "ENETUNREACH",
        SocketError.NetworkDown => "ENETDOWN",
        SocketError.HostUnreachable => "EHOSTUNREACH",
        SocketError.HostDown => "EHOSTDOWN",
        SocketError.AddressNotAvailable => "EADDRNOTAVAIL",
        SocketError.AddressAlreadyInUse => "EADDRINUSE",
        SocketError.AccessDenied => "EACCES",
        SocketError.TooManyOpenSockets => "EMFILE",
        SocketError.NoBufferSpaceAvailable => "ENOBUFS",
        _ => error.ToString(),
    };
}
