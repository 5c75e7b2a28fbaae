// Stands between the two servers of a pair and reads what passes in clear text: the first octets of each handshake, which say whether the server has taken
// up an older session. What the two sides believe of themselves does not count. Owned by the run that makes it; ends with it.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench;

/// <summary>Counts handshakes of TLS 1.3, and those of them that went on with an older session.</summary>
internal sealed class RelayTap : IDisposable
{
    /// <summary>A record, its header too.</summary>
    private const int MaxRecord = 16384 + 5;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private int _handshakes;
    private int _resumed;

    /// <param name="target">The port on loopback that everything goes to.</param>
    public RelayTap(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public (int Handshakes, int Resumed) Seen => (Volatile.Read(ref _handshakes), Volatile.Read(ref _resumed));

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = JoinAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task JoinAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _target);
                var look = new Look();
                await Task.WhenAll(PassAsync(client, server, null), PassAsync(server, client, look));
            }
            catch (SocketException)
            {
                return; // One side has gone; the other one sees it now.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, Look? look)
    {
        byte[] buffer = new byte[32 * 1024];
        int length;
        while ((length = await from.ReceiveAsync(buffer)) > 0)
        {
            if (look?.IsResumed(buffer.AsSpan(0, length)) is { } resumed)
            {
                Interlocked.Increment(ref _handshakes);
                Interlocked.Add(ref _resumed, resumed ? 1 : 0);
            }

            for (int sent = 0; sent < length;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What one server says, until its ServerHello is whole.</summary>
    private sealed class Look
    {
        /// <summary>RFC 8446 section 4.</summary>
        private const byte ServerHello = 2;

        /// <summary>RFC 8446 section 4.2: the server goes on with a session that the client has named.</summary>
        private const int PreSharedKey = 41;

        private readonly List<byte> _said = [];
        private bool _isOver;

        /// <summary>The end of a line, and behind it a record of the handshake, of version 3 (RFC 8446 section 5.1).</summary>
        private static ReadOnlySpan<byte> FirstRecord => "\n\u0016\u0003"u8;

        /// <summary>Null until it is known, and again behind that.</summary>
        public bool? IsResumed(ReadOnlySpan<byte> octets)
        {
            if (_isOver)
            {
                return null;
            }

            // The server's words before TLS are lines of text, and a record begins behind the end of one.
            _said.AddRange(octets);
            ReadOnlySpan<byte> said = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_said);
            int record = said.IndexOf(FirstRecord) + 1;
            if (record == 0 || said.Length < record + 5
                || said.Length < record + 5 + BinaryPrimitives.ReadUInt16BigEndian(said[(record + 3)..]))
            {
                _isOver = said.Length > 2 * MaxRecord;
                return null;
            }

            _isOver = true;
            return said[record + 5] == ServerHello && Names(said[(record + 9)..], PreSharedKey);
        }

        /// <summary>Whether an extension stands in a ServerHello (RFC 8446 section 4.1.3), of which this is the content.</summary>
        private static bool Names(ReadOnlySpan<byte> hello, int extension)
        {
            // Version and random octets, the session's echo, cipher and compression.
            int at = 34;
            at += 1 + hello[at] + 3;
            int end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(hello[at..]);
            for (at += 2; at < end; at += 4 + BinaryPrimitives.ReadUInt16BigEndian(hello[(at + 2)..]))
            {
                if (BinaryPrimitives.ReadUInt16BigEndian(hello[at..]) == extension)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
