// Opens one TCP connection from the source address that the queue's virtual MTA names, or says in an operator's words why not.
// Shared by all deliveries; holds nothing. What the network does is a result, never an exception; only cancellation throws.

using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>Whom a failed connection says something about.</summary>
internal enum ConnectFailure : byte
{
    None,

    /// <summary>The host: the next one may do better.</summary>
    Host,

    /// <summary>The source address is not this machine's: no other host will do better.</summary>
    Source,

    /// <summary>This process or machine has no socket to give: nobody out there is to blame, and it passes.</summary>
    Resources,
}

/// <summary>A connection, or why there is none.</summary>
/// <param name="Problem">Without a connection: <c>ECONNREFUSED connecting to mx.example.org (192.0.2.1)</c>.</param>
internal readonly record struct ConnectResult(SmtpConnection? Connection, string Problem, ConnectFailure Failure);

/// <summary>Connects to hosts.</summary>
internal sealed class HostConnector(DeliveryDoors doors, ConnectionDeadlines deadlines, ServerClock clock)
{
    /// <summary>
    /// Linux: choose the local port at connect, when the peer is known. Otherwise one source address has 28,000 connections for all peers together.
    /// </summary>
    private const int IpBindAddressNoPort = 24;

    /// <summary>Kernels give up after some minutes by themselves, and timers end at 49 days: what is configured beyond this changes nothing.</summary>
    private static readonly TimeSpan _longestTimeout = TimeSpan.FromHours(1);

    public async ValueTask<ConnectResult> ConnectAsync(HostAddress host, SourceHost source, DeliverySettings settings, CancellationToken abort)
    {
        Socket? socket = null;
        try
        {
            socket = doors.OpenSocket(host.EndPoint.AddressFamily);
            if (source.Address is not null && !TryBind(socket, source.Address, out string problem))
            {
                return new ConnectResult(null, problem, ConnectFailure.Source);
            }

            using var timeout = new CancellationTokenSource(Bounded(settings.ConnectTimeout), clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abort);
            await socket.ConnectAsync(host.EndPoint, either.Token);
            var connection = new SmtpConnection(socket, deadlines);
            socket = null; // The connection's own from here on.
            return new ConnectResult(connection, "", ConnectFailure.None);
        }
        catch (SocketException failure) when (OfResources(failure.SocketErrorCode) is { } shortage)
        {
            return new ConnectResult(null, shortage, ConnectFailure.Resources);
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
            socket?.Dispose();
        }
    }

    private static TimeSpan Bounded(TimeSpan timeout) => timeout < _longestTimeout ? timeout : _longestTimeout;

    private static ConnectResult Refused(string error, HostAddress host) => new(null, $"{error} connecting to {host.Text}", ConnectFailure.Host);

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
