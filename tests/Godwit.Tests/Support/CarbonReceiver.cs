// Stands in for Carbon: takes connections on its port and does with them what a test wants. Owned by one test.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Tests.Support;

/// <summary>How the receiver treats those who connect.</summary>
internal enum CarbonManners
{
    Reads,
    NeverReads,
    Resets,
}

/// <summary>A receiver of lines.</summary>
internal sealed class CarbonReceiver : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CarbonManners _manners;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentBag<Socket> _clients = [];
    private readonly Task _loop;

    public CarbonReceiver(CarbonManners manners, int port = 0)
    {
        _manners = manners;
        _listener.ReceiveBufferSize = 4096;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        _loop = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public int Connections { get; private set; }

    /// <summary>Every whole line so far.</summary>
    public string[] Lines => [.. _lines];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (Socket client in _clients)
        {
            client.Dispose();
        }

        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stop.Token);
                Connections++;
                _clients.Add(client);
                if (_manners == CarbonManners.Reads)
                {
                    _ = ReadAsync(client);
                }
                else if (_manners == CarbonManners.Resets)
                {
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                    client.Close();
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            return;
        }
    }

    private async Task ReadAsync(Socket client)
    {
        try
        {
            using var reader = new StreamReader(new NetworkStream(client, ownsSocket: true));
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                _lines.Enqueue(line);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
    }
}
