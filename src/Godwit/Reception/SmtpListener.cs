// One listening socket and its accept loop. Owned by whoever opened it; what happens with a client is the delegate's business, which must not block
// and owns the socket. Between opening and Start the kernel completes connections, and they wait.
// Errors have three tiers: one client's is ignored, exhausted resources make the loop pause, a dead socket ends it with a log line.
// Closing is at once and does not touch accepted sockets.

using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Accepts connections on one address.</summary>
public sealed class SmtpListener : IAsyncDisposable
{
    /// <summary>
    /// Connections the kernel may complete ahead of us: a burst of clients after a restart. Capped by net.core.somaxconn, 4096 on current systems.
    /// </summary>
    private const int Backlog = 4096;

    /// <summary>Pauses when descriptors have run out: long enough for some to come back, short enough to go unnoticed.</summary>
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly Action<Socket> _accepted;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _closing = new();
    private Task _loop = Task.CompletedTask;

    private SmtpListener(Socket socket, Action<Socket> accepted, TimeProvider time, ILogger log)
    {
        _socket = socket;
        _accepted = accepted;
        _time = time;
        _log = log;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens; the port is real also when 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The accept loop has given up: nobody is let in here any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Binds and listens. Returns null, and a sentence that says which address failed and what to do, when that is impossible.</summary>
    /// <param name="directives">Those that say where, for that sentence.</param>
    internal static SmtpListener? TryOpen(
        IPEndPoint endPoint, EntranceDirectives directives, Action<Socket> accepted, TimeProvider time, ILogger log, out string problem)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // [::]:25 and 0.0.0.0:25 stand side by side in many configurations.
                socket.DualMode = false;
            }

            // Bind sets SO_REUSEADDR itself; asking for it here would set SO_REUSEPORT too, and two servers would share a port without a word.
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            problem = "";
            return new SmtpListener(socket, accepted, time, log);
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            problem = Explain(endPoint, directives, failure);
            return null;
        }
    }

    /// <summary>Begins to accept. Once.</summary>
    public void Start()
    {
        _log.Listening(EndPoint);
        _loop = Task.Run(AcceptAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        _socket.Dispose();
        bool started = _loop != Task.CompletedTask;
        await _loop;
        _closing.Dispose();
        if (started)
        {
            _log.ListenerClosed(EndPoint);
        }
    }

    private static string Explain(IPEndPoint endPoint, EntranceDirectives directives, SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"{endPoint} is in use by another program; stop it (ss -ltnp shows which), or choose another port in {directives.Port}",
        SocketError.AccessDenied =>
            $"{endPoint} needs a privilege: ports below 1024 are for root, or for a service with CAP_NET_BIND_SERVICE",
        SocketError.AddressNotAvailable =>
            $"{endPoint} is not an address of this machine; correct {directives.Address}, or configure the address on an interface first",
        SocketError.AddressFamilyNotSupported =>
            $"{endPoint} is an IPv6 address, and this system has IPv6 switched off",
        SocketError.TooManyOpenSockets =>
            $"{endPoint} needs a file descriptor and there is none: raise the limit of open files (LimitNOFILE in the systemd unit, ulimit -Hn)",
        _ => $"{endPoint}: {failure.Message}",
    };

    private async Task AcceptAsync()
    {
        TimeSpan pause = _firstPause;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Socket client = await _socket.AcceptAsync(_closing.Token);
                pause = _firstPause;
                _accepted(client);
            }
            catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failure)
            {
                switch (AcceptErrorPolicy.Judge(failure.SocketErrorCode))
                {
                    case AcceptTrouble.Connection:
                        break;
                    case AcceptTrouble.Resources:
                        _log.ListenerPauses(EndPoint, failure.Message);
                        await PauseAsync(pause);
                        pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
                        break;
                    default:
                        if (!_closing.IsCancellationRequested)
                        {
                            HasFailed = true;
                            _log.ListenerFailed(EndPoint, failure.Message);
                        }

                        return;
                }
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _time, _closing.Token);
        }
        catch (OperationCanceledException)
        {
            // Closing: the loop sees it.
            return;
        }
    }
}
