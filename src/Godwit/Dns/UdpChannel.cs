// One UDP socket connected to one name server from a random port, shared by the queries that happen to be sent through it.
// Owned by its NameServer. Connected, so that the kernel drops datagrams from anywhere else and tells us when nobody listens.
// A channel is soon worn: it takes no more queries and closes itself when its last one has ended, so a port that somebody
// has found out is worth little. Every query ends exactly once: by a reply, the timeout, a socket error, or the close.

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Godwit.Foundation;

namespace Godwit.Dns;

/// <summary>Sends queries and matches replies by id and question. Thread safe.</summary>
internal sealed class UdpChannel : IDisposable
{
    /// <summary>Queries before the port is changed. A new socket costs as much as two queries, so one in sixty-four is no burden.</summary>
    public const int MaxQueries = 64;

    /// <summary>Finding an open port by probing takes longer than this.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    /// <summary>Replies to our question with a wrong id before it is asked over TCP instead: late duplicates are fewer, guesses are thousands.</summary>
    private const int MaxWrongIds = 10;

    private const int LowestPort = 1024;
    private const int MaxBindTries = 8;

    /// <summary>
    /// More than any server should send, since we announce <see cref="DnsMessage.UdpPayload"/>; a longer datagram is cut and then fails to parse.
    /// </summary>
    private const int BufferLength = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, PendingQuery> _pending = [];
    private readonly Socket _socket;
    private readonly IPEndPoint _server;
    private readonly Instant _opened;
    private readonly PacketTrace? _trace;
    private int _asked;
    private bool _worn;
    private bool _closed;

    private UdpChannel(Socket socket, IPEndPoint server, Instant now, PacketTrace? trace) =>
        (_socket, _server, _opened, _trace) = (socket, server, now, trace);

    /// <summary>Opens a channel. Throws <see cref="SocketException"/> when the system has no socket or no route.</summary>
    /// <param name="trace">Is told of each query and of its reply; null for none.</param>
    public static UdpChannel Open(IPEndPoint server, Instant now, PacketTrace? trace = null)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            BindRandomPort(socket, server.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any);
            socket.Connect(server);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var channel = new UdpChannel(socket, server, now, trace);
        _ = channel.ReceiveAllAsync();
        return channel;
    }

    public bool IsWorn(Instant now) => Volatile.Read(ref _worn) || Volatile.Read(ref _asked) >= MaxQueries || now - _opened > MaxAge;

    /// <summary>Sends one query. False when the channel has just been closed; the answer never fails.</summary>
    public bool TryAsk(in DnsQuestion question, ushort id, bool edns, TimeSpan timeout, TimeProvider time, out Task<DnsExchange> answer)
    {
        var query = new PendingQuery(this, question);
        answer = query.Task;
        lock (_gate)
        {
            if (_closed || _worn)
            {
                return false;
            }

            // Taken by another query: the neighbour is as hard to guess.
            while (!_pending.TryAdd(id, query))
            {
                id++;
            }

            query.Id = id;
            _asked++;
        }

        query.StartTimer(time, timeout);
        Span<byte> message = stackalloc byte[DnsMessage.MaxQueryLength];
        int length = DnsMessage.WriteQuery(message, id, question, edns);

        _trace?.Sent(_server, "udp", message[..length], question);

        // Synchronous on purpose: a datagram goes into the socket's buffer or is refused, it does not wait for the network.
        Send(message[..length]);
        return true;
    }

    /// <summary>Takes no more queries; closes when the last pending one has ended.</summary>
    public void Retire()
    {
        bool close;
        lock (_gate)
        {
            _worn = true;
            close = _pending.Count == 0;
        }

        if (close)
        {
            Dispose();
        }
    }

    /// <summary>Closes at once; whatever is pending ends as unreachable.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = _worn = true;
        }

        _socket.Dispose();
        EndAll();
    }

    private static void BindRandomPort(Socket socket, IPAddress any)
    {
        for (int i = 0; i < MaxBindTries; i++)
        {
            try
            {
                // The widest range that is nobody's (RFC 5452 section 9.2); the system's own would be half of it.
                socket.Bind(new IPEndPoint(any, RandomNumberGenerator.GetInt32(LowestPort, IPEndPoint.MaxPort + 1)));
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                continue;
            }
        }

        socket.Bind(new IPEndPoint(any, 0));
    }

    private void Send(ReadOnlySpan<byte> message)
    {
        SocketError error;
        try
        {
            _socket.Send(message, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.Shutdown;
        }

        // The error of an earlier datagram may come out here; it is true of all that are pending.
        if (error != SocketError.Success)
        {
            Dispose();
            EndAll();
        }
    }

    private async Task ReceiveAllAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            while (true)
            {
                int length = await _socket.ReceiveAsync(buffer.AsMemory(0, BufferLength), SocketFlags.None, CancellationToken.None);
                Receive(buffer.AsSpan(0, length));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // "Port unreachable" comes back here, and so does our own close. The next query opens a new channel.
            Dispose();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Receive(ReadOnlySpan<byte> message)
    {
        if (!DnsMessage.TryReadId(message, out ushort id))
        {
            return;
        }

        PendingQuery? query;
        lock (_gate)
        {
            _pending.TryGetValue(id, out query);
        }

        if (query is not null && DnsMessage.AnswersQuestion(message, query.Question))
        {
            _trace?.Received(_server, "udp", message, query.Question);
            End(query, DnsExchange.Read(message, query.Question));
        }
        else
        {
            CountWrongId(message);
        }
    }

    private void CountWrongId(ReadOnlySpan<byte> message)
    {
        PendingQuery? victim = null;
        lock (_gate)
        {
            foreach (PendingQuery query in _pending.Values)
            {
                if (DnsMessage.AnswersQuestion(message, query.Question) && ++query.WrongIds >= MaxWrongIds)
                {
                    victim = query;
                }
            }
        }

        if (victim is not null)
        {
            End(victim, DnsExchange.Suspicious);
        }
    }

    private void End(PendingQuery query, in DnsExchange exchange)
    {
        bool close;
        lock (_gate)
        {
            // A timer may fire for a query that has just ended and whose id is another's by now.
            if (!_pending.TryGetValue(query.Id, out PendingQuery? current) || current != query)
            {
                return;
            }

            _pending.Remove(query.Id);
            close = _worn && !_closed && _pending.Count == 0;
        }

        query.Finish(exchange);
        if (close)
        {
            Dispose();
        }
    }

    private void EndAll()
    {
        while (true)
        {
            PendingQuery? query = null;
            lock (_gate)
            {
                foreach (PendingQuery pending in _pending.Values)
                {
                    query = pending;
                    break;
                }
            }

            if (query is null)
            {
                return;
            }

            End(query, DnsExchange.Unreachable);
        }
    }

    /// <summary>
    /// One query on the wire. What follows runs on the receiving thread's stack, outside every lock, and is short: the resolver's own
    /// continuation, which hands callers over to other threads. That saves a hop for every query.
    /// </summary>
    private sealed class PendingQuery(UdpChannel channel, DnsQuestion question) : TaskCompletionSource<DnsExchange>
    {
        private ITimer? _timer;

        public DnsQuestion Question { get; } = question;

        public ushort Id { get; set; }

        public int WrongIds { get; set; }

        public void StartTimer(TimeProvider time, TimeSpan timeout) =>
            _timer = time.CreateTimer(static state => ((PendingQuery)state!).TimeOut(), this, timeout, Timeout.InfiniteTimeSpan);

        public void Finish(in DnsExchange exchange)
        {
            _timer?.Dispose();
            TrySetResult(exchange);
        }

        private void TimeOut() => channel.End(this, DnsExchange.TimedOut);
    }
}
