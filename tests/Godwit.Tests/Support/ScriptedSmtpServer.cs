// A host on loopback that does what a script says: the far end of a delivery in tests. It records every octet it is sent.

using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Godwit.Tests.Support;

/// <summary>A scripted SMTP server on an ephemeral port.</summary>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener;
    private readonly Lock _lock = new();
    private readonly List<ScriptedSession> _sessions = [];
    private readonly Channel<ScriptedSession> _newSessions = Channel.CreateUnbounded<ScriptedSession>();
    private readonly Channel<ReceivedMessage> _messages = Channel.CreateUnbounded<ReceivedMessage>();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    /// <param name="address">A loopback address; 127.0.0.1 when none is given. All of 127/8 is this machine, so several hosts can share a port.</param>
    /// <param name="port">0 takes a free one.</param>
    public ScriptedSmtpServer(Action<PeerScript>? script = null, IPAddress? address = null, int port = 0)
    {
        script?.Invoke(Script);
        address ??= IPAddress.Loopback;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _loop = AcceptAsync();
    }

    public PeerScript Script { get; } = new();

    public IPEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    /// <summary>All connections so far, in order.</summary>
    public IReadOnlyList<ScriptedSession> Sessions
    {
        get
        {
            lock (_lock)
            {
                return [.. _sessions];
            }
        }
    }

    /// <summary>A port of loopback on which nobody listens.</summary>
    public static int UnusedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The next connection that nobody has asked for yet.</summary>
    public async Task<ScriptedSession> NextSessionAsync() => await _newSessions.Reader.ReadAsync().AsTask().WaitAsync(_patience);

    /// <summary>The next message taken that nobody has asked for yet.</summary>
    public async Task<ReceivedMessage> NextMessageAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(_patience);

    /// <summary>Messages taken that nobody has asked for.</summary>
    public int MessagesWaiting => _messages.Reader.Count;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _stopped.TrySetResult();
        await _loop;
        foreach (ScriptedSession session in Sessions)
        {
            session.Socket.Dispose();
            await session.Ended.WaitAsync(_patience);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            var session = new ScriptedSession(socket, Script, _stopped.Task, message => _messages.Writer.TryWrite(message));
            lock (_lock)
            {
                _sessions.Add(session);
            }

            _newSessions.Writer.TryWrite(session);
            _ = session.RunAsync();
        }
    }
}
