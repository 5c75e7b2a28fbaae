// Opens one TCP connection from one address of this machine, or says in an operator's words why not.
// Shared by all deliveries; holds nothing. What the network does is a result, never an exception; only cancellation throws.

using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;

namespace Godwit.Delivery;

/// <summary>Whom a failed connection says something about.</summary>
internal enum ConnectFailure : byte
{
    None,

    /// <summary>The host: the next one may do better.</summary>
    Host,

    /// <summary>The source address is not this machine's: no other host will do better.</summary>
    Source,

    /// <summary>No proxy of the source can be reached: no other host will do better, and nobody there is to blame.</summary>
    Proxy,

    /// <summary>This process or machine has no socket to give: nobody out there is to blame, and it passes.</summary>
    Resources,
}

/// <summary>A connected socket, or why there is none.</summary>
/// <param name="Problem">Without a socket: <c>ECONNREFUSED connecting to mx.example.org (192.0.2.1)</c>.</param>
internal readonly record struct DialResult(Socket? Socket, string Problem, ConnectFailure Failure);

/// <summary>Opens connections.</summary>
internal sealed class TcpDialer(DeliveryDoors doors, ServerClock clock)
{
    /// <summary>
    /// Linux: choose the local port at connect, when the peer is known. Otherwise one source address has 28,000 connections for all peers together.
    /// </summary>
    private const int IpBindAddressNoPort = 24;

    /// <param name="peer">Whom the problem names.</param>
    /// <param name="from">null lets the system choose.</param>
    /// <param name="timeout">Ends the wait; a cancelled <paramref name="abort"/> throws instead.</param>
    public async ValueTask<DialResult> DialAsync(IPEndPoint to, string peer, IPAddress? from, TimeSpan timeout, CancellationToken abort)
    {
        Socket? socket = null;
        try
        {
            socket = doors.OpenSocket(to.AddressFamily);
            if (from is not null && !TryBind(socket, from, out string problem))
            {
                return new DialResult(null, problem, ConnectFailure.Source);
            }

            using var late = new CancellationTokenSource(timeout, clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, abort);
            await socket.ConnectAsync(to, either.Token);
            var result = new DialResult(socket, "", ConnectFailure.None);
            socket = null; // The caller's from here on.
            return result;
        }
        catch (SocketException failure) when (OfResources(failure.SocketErrorCode) is { } shortage)
        {
            return new DialResult(null, shortage, ConnectFailure.Resources);
        }
        catch (SocketException failure)
        {
            return Refused(NameOf(failure.SocketErrorCode), peer);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return Refused("ETIMEDOUT", peer);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    private static DialResult Refused(string error, string peer) => new(null, $"{error} connecting to {peer}", ConnectFailure.Host);

    /// <summary>What this machine lacks, and who can help; null when the error is not about that.</summary>
    private static string? OfResources(SocketError error) => error switch
    {
        SocketError.TooManyOpenSockets =>
            $"EMFILE no file descriptor for a connection, {OpenFileLimit.Words}: raise it (LimitNOFILE in the systemd unit, ulimit -Hn), "
            + "or lower total-max-smtp-out",
        SocketError.NoBufferSpaceAvailable => "ENOBUFS the system has no memory for a connection: lower total-max-smtp-out",
        _ => null,
    };

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
        _ => error.ToString(),
    };
}
