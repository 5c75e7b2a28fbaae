// A mailbox provider on loopback: listens on one or more addresses 127.0.0.x, keeps its personality's limits, and books what it sees. Owned by a test.
// A 421 closes the connection, as does any refusal by the greeting. A connection that breaks ends its session only.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Tests.Support;

/// <summary>One provider. Thread safe.</summary>
internal sealed class MailboxHost : IAsyncDisposable
{
    private readonly List<Socket> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private int _sessions;

    /// <param name="addresses">Its own, at a port that all hosts of a test share.</param>
    public MailboxHost(HostPersonality personality, TimeProvider time, int port, params IPAddress[] addresses)
    {
        (Personality, Judge, Addresses) = (personality, new HostJudge(personality, time), addresses);
        foreach (IPAddress address in addresses)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(512);
            _listeners.Add(listener);
            _ = AcceptAsync(listener);
        }
    }

    public HostPersonality Personality { get; }

    public HostJudge Judge { get; }

    public IReadOnlyList<IPAddress> Addresses { get; }

    public HostBook Book { get; } = new();

    /// <summary>While it is not set, the reply to each message's content waits: every connection that may be opened is seen.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _stop.Cancel();
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        CancellationToken stop = _stop.Token;
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync(stop);
                _ = Task.Run(() => ServeAsync(client, Interlocked.Increment(ref _sessions), stop), stop);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return; // The test is over.
        }
    }

    private async Task ServeAsync(Socket client, int number, CancellationToken stop)
    {
        IPAddress source = ((IPEndPoint)client.RemoteEndPoint!).Address;
        using (client)
        {
            client.NoDelay = true;
            string? refusal = Judge.Connected(source);
            Book.Add(new HostEvent(Judge.Now, HostEventKind.Connected, source, number));
            try
            {
                await new MailboxSession(client, this, source, number, stop).RunAsync(refusal);
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return; // The sender hung up or was killed, or the test is over.
            }
            finally
            {
                Book.Add(new HostEvent(Judge.Now, HostEventKind.Closed, source, number));
                Judge.Closed(source);
            }
        }
    }
}
