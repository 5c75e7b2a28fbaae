// A name server for tests: UDP and TCP on one ephemeral loopback port, answering from zones written in the test, and misbehaving where a
// script says so. Its encoder and parser are its own, so a mistake in the product's is not mirrored here. Owned by the test that makes it.
//
//   await using var dns = new ScriptedDnsServer();
//   dns.Zone("example.org").Mx(10, "mx1").A("mx1", "127.0.0.2");
//   dns.When("example.org", DnsType.MX).Drop(times: 2);             then it answers as usual
//   var resolver = new DnsResolver(() => [dns.EndPoint], clock);

using System.Net;
using System.Net.Sockets;
using Godwit.Dns;

namespace Godwit.Tests.Support;

/// <summary>One query as it arrived.</summary>
public sealed record ScriptedQuery(ushort Id, string Name, DnsType Type, bool IsTcp, int SourcePort, int EdnsSize, bool WantsAuthentic);

/// <summary>A recursive name server that knows its zones, NXDOMAIN for everything else, and does as it is told. Thread safe.</summary>
public sealed class ScriptedDnsServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Socket _udp;
    private readonly Socket _stranger;
    private readonly Socket _tcp;
    private readonly List<ScriptedZone> _zones = [];
    private readonly Dictionary<(string Name, DnsType Type), DnsScript> _scripts = [];
    private readonly List<ScriptedQuery> _queries = [];
    private readonly Dictionary<(string Name, DnsType Type), int> _counts = [];
    private readonly List<(string Name, DnsType Type, int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly CancellationTokenSource _stop = new();

    public ScriptedDnsServer()
    {
        (_udp, _tcp) = BindBoth();
        _stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _stranger.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Whether replies say they were validated (AD), when the query asks for it.</summary>
    public bool IsValidating { get; set; }

    /// <summary>Whether the answer goes on behind an alias, as a recursive server's does.</summary>
    public bool FollowsAliases { get; set; } = true;

    /// <summary>All queries so far.</summary>
    public IReadOnlyList<ScriptedQuery> Queries
    {
        get
        {
            lock (_gate)
            {
                return [.. _queries];
            }
        }
    }

    /// <summary>A zone to fill; the same again for the same name.</summary>
    public ScriptedZone Zone(string name)
    {
        lock (_gate)
        {
            ScriptedZone? zone = _zones.Find(z => z.Name == name);
            if (zone is null)
            {
                _zones.Add(zone = new ScriptedZone(name));
            }

            return zone;
        }
    }

    /// <summary>What to do with queries for this name and type instead of answering; the steps are taken in turn.</summary>
    public DnsScript When(string name, DnsType type)
    {
        lock (_gate)
        {
            return _scripts.TryGetValue((name, type), out DnsScript? script) ? script : _scripts[(name, type)] = new DnsScript();
        }
    }

    /// <summary>Queries so far for this name and type.</summary>
    public int CountOf(string name, DnsType type)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault((name, type));
        }
    }

    /// <summary>Returns when so many queries for this name and type have arrived, those before the call included.</summary>
    public Task ReceivedAsync(string name, DnsType type, int count = 1)
    {
        lock (_gate)
        {
            if (_counts.GetValueOrDefault((name, type)) >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((name, type, count, reached));
            return reached.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        _stranger.Dispose();
    }

    private static (Socket Udp, Socket Tcp) BindBoth()
    {
        for (int i = 0; ; i++)
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 22 };
            try
            {
                tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                udp.Bind(tcp.LocalEndPoint!);
                tcp.Listen(64);
                return (udp, tcp);
            }
            catch (SocketException) when (i < 20)
            {
                tcp.Dispose();
                udp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        byte[] buffer = new byte[4096];
        var any = new IPEndPoint(IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got = await _udp.ReceiveFromAsync(buffer, any, _stop.Token);
                _ = ReplyUdpAsync(buffer.AsSpan(0, got.ReceivedBytes).ToArray(), (IPEndPoint)got.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // A client that has gone away says so here.
                continue;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ReplyUdpAsync(byte[] message, IPEndPoint client)
    {
        ScriptedQuery query = DnsBytes.ReadQuery(message, isTcp: false, client.Port);
        DnsScript.Step step = Note(query);
        if (step.Gate is not null)
        {
            await step.Gate;
        }

        foreach ((byte[] reply, bool stranger) in Replies(query, step))
        {
            try
            {
                await (stranger ? _stranger : _udp).SendToAsync(reply, client, _stop.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeConnectionAsync(await _tcp.AcceptAsync(_stop.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeConnectionAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        byte[] prefix = new byte[2];
        try
        {
            while (await stream.ReadAtLeastAsync(prefix, 2, throwOnEndOfStream: false, _stop.Token) == 2)
            {
                byte[] message = new byte[(prefix[0] << 8) | prefix[1]];
                await stream.ReadExactlyAsync(message, _stop.Token);
                ScriptedQuery query = DnsBytes.ReadQuery(message, isTcp: true, ((IPEndPoint)socket.RemoteEndPoint!).Port);
                DnsScript.Step step = Note(query);
                if (step.Gate is not null)
                {
                    await step.Gate;
                }

                foreach ((byte[] reply, _) in Replies(query, step))
                {
                    await stream.WriteAsync((byte[])[(byte)(reply.Length >> 8), (byte)reply.Length, .. reply], _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
    }

    private DnsScript.Step Note(ScriptedQuery query)
    {
        lock (_gate)
        {
            _queries.Add(query);
            int count = _counts[(query.Name, query.Type)] = _counts.GetValueOrDefault((query.Name, query.Type)) + 1;
            foreach (var waiter in _waiters)
            {
                if (waiter.Name == query.Name && waiter.Type == query.Type && count >= waiter.Count)
                {
                    waiter.Reached.TrySetResult();
                }
            }

            return _scripts.TryGetValue((query.Name, query.Type), out DnsScript? script) ? script.Next(query.IsTcp) : DnsScript.AsUsual;
        }
    }

    private List<(byte[] Reply, bool Stranger)> Replies(ScriptedQuery query, DnsScript.Step step)
    {
        byte[] honest = Answer(query, step);
        var replies = new List<(byte[], bool)>();
        if (step.Forge is not null)
        {
            byte[] lie = DnsBytes.Answer(query, 0, false, [Lie(query)], []);
            replies.AddRange(step.Forge(lie).Select(f => (f, step.FromStranger)));
        }

        if (!step.IsSilent)
        {
            replies.Add((step.Tamper is null ? honest : step.Tamper(honest), false));
        }

        return replies;
    }

    private static ScriptedRecord Lie(ScriptedQuery query) => query.Type == DnsType.MX
        ? ScriptedRecord.Mx(query.Name, 300, 0, "forged.example.com")
        : ScriptedRecord.Address(query.Name, 300, IPAddress.Parse(query.Type == DnsType.AAAA ? "2001:db8::666" : "192.0.2.66"));

    private byte[] Answer(ScriptedQuery query, DnsScript.Step step)
    {
        if (step.Rcode != 0)
        {
            return DnsBytes.Answer(query, step.Rcode, false, [], []);
        }

        (int rcode, List<ScriptedRecord> answers, List<ScriptedRecord> authority) = Look(query);
        byte[] whole = DnsBytes.Answer(query, rcode, IsValidating && query.WantsAuthentic, answers, authority);
        int limit = query.IsTcp ? ushort.MaxValue : Math.Max(512, query.EdnsSize);
        return (step.Truncates && !query.IsTcp) || whole.Length > limit ? DnsBytes.Truncated(query) : whole;
    }

    private (int Rcode, List<ScriptedRecord> Answers, List<ScriptedRecord> Authority) Look(ScriptedQuery query)
    {
        var answers = new List<ScriptedRecord>();
        string name = query.Name;
        for (int aliases = 0; ; aliases++)
        {
            ScriptedZone? zone;
            lock (_gate)
            {
                zone = _zones.Where(z => z.Holds(name)).MaxBy(z => z.Name.Length);
            }

            if (zone is null || !zone.Knows(name))
            {
                return (3, answers, zone?.Soa ?? []);
            }

            List<ScriptedRecord> found = zone.Find(name, query.Type);
            answers.AddRange(found);
            if (found.Count > 0)
            {
                return (0, answers, []);
            }

            if (zone.FindAlias(name) is not { } alias)
            {
                return (0, answers, zone.Soa);
            }

            answers.Add(alias);
            name = alias.Target!;
            if (!FollowsAliases || aliases > 20)
            {
                return (0, answers, []);
            }
        }
    }
}

/// <summary>What a server does with one question, step by step; when the steps are used up it answers as usual.</summary>
public sealed class DnsScript
{
    /// <summary>For <c>times</c>: for ever.</summary>
    public const int Always = int.MaxValue;

    internal static readonly Step AsUsual = new();

    private readonly Queue<(Step Step, int Times)> _steps = new();
    private int _taken;

    public DnsScript ServFail(int times = Always) => Add(new Step { Rcode = 2 }, times);

    public DnsScript NxDomain(int times = Always) => Add(new Step { Rcode = 3 }, times);

    public DnsScript FormErr(int times = Always) => Add(new Step { Rcode = 1 }, times);

    public DnsScript Refuse(int times = Always) => Add(new Step { Rcode = 5 }, times);

    /// <summary>Takes the query and says nothing.</summary>
    public DnsScript Drop(int times = Always) => Add(new Step { IsSilent = true }, times);

    /// <summary>Answers as usual.</summary>
    public DnsScript Answer(int times = 1) => Add(AsUsual, times);

    /// <summary>Answers as usual once the gate opens.</summary>
    public DnsScript AnswerAfter(Task gate, int times = 1) => Add(new Step { Gate = gate }, times);

    /// <summary>"Too long for UDP", whatever its length; over TCP the whole answer.</summary>
    public DnsScript Truncate(int times = Always) => Add(new Step { Truncates = true }, times);

    /// <summary>The usual answer, changed by the test.</summary>
    public DnsScript Tamper(Func<byte[], byte[]> change, int times = Always) => Add(new Step { Tamper = change }, times);

    /// <summary>Lies with wrong ids first, then the truth (or nothing).</summary>
    public DnsScript ForgeIds(int lies, bool thenTruth = true, int times = Always) => Add(
        new Step { Forge = lie => Enumerable.Range(1, lies).Select(i => DnsBytes.WithId(lie, i)), IsSilent = !thenTruth }, times);

    /// <summary>A lie with the right id from another port, then the truth.</summary>
    public DnsScript ForgeSource(int times = Always) => Add(new Step { Forge = lie => [lie], FromStranger = true }, times);

    /// <summary>A lie with the right id about another name, then the truth.</summary>
    public DnsScript ForgeQuestion(int times = Always) => Add(new Step { Forge = lie => [DnsBytes.AboutAnotherName(lie)] }, times);

    internal Step Next(bool isTcp)
    {
        if (_steps.Count == 0)
        {
            return AsUsual;
        }

        (Step step, int times) = _steps.Peek();
        if (!isTcp && times != Always && ++_taken >= times)
        {
            _steps.Dequeue();
            _taken = 0;
        }

        // Forgers do not reach a TCP connection.
        return isTcp && step.Forge is not null ? AsUsual : step;
    }

    private DnsScript Add(Step step, int times)
    {
        _steps.Enqueue((step, times));
        return this;
    }

    internal sealed class Step
    {
        public int Rcode { get; init; }

        public bool IsSilent { get; init; }

        public bool Truncates { get; init; }

        public Task? Gate { get; init; }

        public Func<byte[], byte[]>? Tamper { get; init; }

        public Func<byte[], IEnumerable<byte[]>>? Forge { get; init; }

        public bool FromStranger { get; init; }
    }
}
