using System.Net;
using System.Net.Sockets;
using Godwit.Smtp;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Smtp;

/// <summary>A connection of ours and the bare socket at its other end, over loopback.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    private ConnectionPair(ConnectionDeadlines deadlines, FakeTimeProvider time, Socket ours, Socket peer)
    {
        Deadlines = deadlines;
        Time = time;
        Peer = peer;
        Ours = new SmtpConnection(ours, deadlines);
    }

    public ConnectionDeadlines Deadlines { get; }

    public FakeTimeProvider Time { get; }

    public SmtpConnection Ours { get; }

    public Socket Peer { get; }

    public static async Task<ConnectionPair> OpenAsync()
    {
        var time = new FakeTimeProvider();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!);
        return new ConnectionPair(new ConnectionDeadlines(time), time, await listener.AcceptAsync(), peer);
    }

    /// <summary>What the peer receives until the connection ends.</summary>
    public async Task<byte[]> ReceiveAllAsync()
    {
        using var received = new MemoryStream();
        await using var stream = new NetworkStream(Peer);
        await stream.CopyToAsync(received);
        return received.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        Deadlines.Dispose();
        Peer.Dispose();
    }
}
