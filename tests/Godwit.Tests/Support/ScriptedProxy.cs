// A server of the PROXY protocol on loopback: reads the header in either version, connects to its destination from its source, and copies both ways.
// Owned by a test. Strict: anything else than a whole header ends the connection, and Problems says so.

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>Connects for others.</summary>
internal sealed class ScriptedProxy : IAsyncDisposable
{
    private const int LongestText = 107;
    private const int BinaryStart = 16;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _headers = new();
    private readonly ConcurrentQueue<string> _problems = new();

    public ScriptedProxy(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was asked for: <c>v1 source destination</c>.</summary>
    public IReadOnlyCollection<string> Headers => _headers;

    public IReadOnlyCollection<string> Problems => _problems;

    public ValueTask DisposeAsync()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        CancellationToken stop = _stop.Token;
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(stop), stop);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return; // The test has ended.
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using Socket near = client;
        try
        {
            (IPEndPoint source, IPEndPoint destination) = await ReadHeaderAsync(near, stop);
            using var far = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            far.Bind(source);
            await far.ConnectAsync(destination, stop);
            await Task.WhenAny(CopyAsync(near, far, stop), CopyAsync(far, near, stop));
        }
        catch (FormatException broken)
        {
            _problems.Enqueue(broken.Message);
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException)
        {
            return; // One of the two is gone, and so is the other.
        }
    }

    private async Task<(IPEndPoint Source, IPEndPoint Destination)> ReadHeaderAsync(Socket near, CancellationToken stop)
    {
        byte[] header = new byte[LongestText];
        int length = 0;
        while (true)
        {
            // Octet by octet: what follows belongs to the host.
            if (length == header.Length || await near.ReceiveAsync(header.AsMemory(length, 1), stop) == 0)
            {
                throw new FormatException($"no header in {Convert.ToHexString(header.AsSpan(0, length))}");
            }

            length++;
            if (header[0] == 'P' && header[length - 1] == '\n')
            {
                return Note("v1", Encoding.ASCII.GetString(header, 0, length - 2).Split(' '));
            }

            if (header[0] == '\r' && length >= BinaryStart && length == BinaryStart + BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(14)))
            {
                return Note("v2", FromBinary(header.AsSpan(BinaryStart, length - BinaryStart)));
            }
        }
    }

    private static string[] FromBinary(ReadOnlySpan<byte> block)
    {
        int each = (block.Length - 4) / 2;
        return
        [
            "PROXY", "", $"{new IPAddress(block[..each])}", $"{new IPAddress(block[each..(2 * each)])}",
            $"{BinaryPrimitives.ReadUInt16BigEndian(block[^4..])}", $"{BinaryPrimitives.ReadUInt16BigEndian(block[^2..])}",
        ];
    }

    private (IPEndPoint Source, IPEndPoint Destination) Note(string version, string[] words)
    {
        if (words is not ["PROXY", _, var from, var to, var fromPort, var toPort])
        {
            throw new FormatException(string.Join(' ', words));
        }

        IPEndPoint source = IPEndPoint.Parse($"{from}:{fromPort}");
        IPEndPoint destination = IPEndPoint.Parse($"{to}:{toPort}");
        _headers.Enqueue($"{version} {source} {destination}");
        return (source, destination);
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken stop)
    {
        byte[] buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, stop) is > 0 and var count)
        {
            for (int sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stop);
            }
        }
    }
}
