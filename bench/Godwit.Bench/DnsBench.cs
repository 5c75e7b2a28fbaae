// What DNS costs: the question every connection asks (a remembered MX answer), and a question that goes to a server.
// The responder lives in this process on a thread of its own, and its CPU is taken off, so the numbers are the client's alone.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Bench;

internal static class DnsBench
{
    private const int CachedRounds = 5_000_000;
    private const int Names = 40_000;
    private const int Askers = 64;

    public static async Task RunAsync()
    {
        using var responder = new Responder();
        await RunCachedAsync(responder.EndPoint);
        for (int round = 0; round < 2; round++)
        {
            await RunUncachedAsync(responder, "Godwit", Ours(responder.EndPoint));
            await RunUncachedAsync(responder, "DnsClient", Theirs(responder.EndPoint));
        }
    }

    private static async Task RunCachedAsync(IPEndPoint server)
    {
        await using var resolver = new DnsResolver(() => [server], new ServerClock(TimeProvider.System));
        var lookup = new MxLookup(resolver, new Random(1));
        foreach (string name in (string[])["one.example", "tie.example"])
        {
            var domain = DomainName.Parse(name);
            MxAnswer answer = await lookup.FindAsync(domain, default, CancellationToken.None);
            for (int i = 0; i < 100_000; i++)
            {
                await lookup.FindAsync(domain, default, CancellationToken.None);
            }

            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < CachedRounds; i++)
            {
                await lookup.FindAsync(domain, default, CancellationToken.None);
            }

            double ns = Stopwatch.GetElapsedTime(start).TotalNanoseconds / CachedRounds;
            long each = (GC.GetAllocatedBytesForCurrentThread() - bytes) / CachedRounds;
            Console.WriteLine($"cached MX, {answer.Hosts.Count} host(s) of {name}: {ns:0} ns, {each} bytes allocated");
        }
    }

    private static (Func<string, Task> AskAsync, Func<ValueTask> StopAsync) Ours(IPEndPoint server)
    {
        var resolver = new DnsResolver(() => [server], new ServerClock(TimeProvider.System));
        return (
            async name =>
            {
                DnsAnswer answer = await resolver.QueryAsync(DomainName.Parse(name), DnsType.A, CancellationToken.None);
                if (answer.Status != DnsStatus.Found)
                {
                    throw new InvalidOperationException(answer.Detail);
                }
            },
            resolver.DisposeAsync);
    }

    private static (Func<string, Task> AskAsync, Func<ValueTask> StopAsync) Theirs(IPEndPoint server)
    {
        var client = new LookupClient(new LookupClientOptions(server) { UseCache = true });
        return (name => client.QueryAsync(name, QueryType.A), () => ValueTask.CompletedTask);
    }

    private static async Task RunUncachedAsync(Responder responder, string who, (Func<string, Task> AskAsync, Func<ValueTask> StopAsync) resolver)
    {
        await AskAllAsync(resolver.AskAsync, Names / 10, "warm");
        GC.Collect();
        long bytes = GC.GetTotalAllocatedBytes();
        TimeSpan own = Environment.CpuUsage.TotalTime - responder.CpuTime;
        long start = Stopwatch.GetTimestamp();

        await AskAllAsync(resolver.AskAsync, Names, "h");

        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        double cpu = (Environment.CpuUsage.TotalTime - responder.CpuTime - own).TotalMicroseconds / Names;
        long each = (GC.GetTotalAllocatedBytes() - bytes) / Names;
        await resolver.StopAsync();
        Console.WriteLine($"{who,-10} uncached A: {Names / wall.TotalSeconds:0} queries/s, {cpu:0.0} µs CPU, {each} bytes allocated each");
    }

    private static Task AskAllAsync(Func<string, Task> askAsync, int count, string prefix)
    {
        int next = 0;
        return Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i <= count; i = Interlocked.Increment(ref next))
            {
                await askAsync($"{prefix}{i}.example");
            }
        })));
    }

    /// <summary>Answers every A with 192.0.2.1, MX of "tie" with two equal hosts, other MX with one, and everything else with nothing.</summary>
    private sealed class Responder : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 22 };
        private long _cpuNanoseconds;

        public Responder()
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
            new Thread(Serve) { IsBackground = true }.Start();
        }

        public IPEndPoint EndPoint { get; }

        /// <summary>What the responder's own thread has used, to the last few hundred queries.</summary>
        public TimeSpan CpuTime => TimeSpan.FromMicroseconds(Volatile.Read(ref _cpuNanoseconds) / 1000.0);

        public void Dispose() => _socket.Dispose();

        private static int Answer(Span<byte> message, int length)
        {
            int end = 12 + message[12..].IndexOf((byte)0) + 5;
            int type = message[end - 3];
            ReadOnlySpan<byte> record = type switch
            {
                1 => [0xC0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1],
                15 => [0xC0, 12, 0, 15, 0, 1, 0, 0, 14, 16, 0, 7, 0, 10, 2, (byte)'m', (byte)'x', 0xC0, 12],
                _ => [],
            };
            int records = record.IsEmpty ? 0 : 1;
            record.CopyTo(message[end..]);
            length = end + record.Length;
            if (type == 15 && message[13] == 't')
            {
                record.CopyTo(message[length..]);
                message[length + 16] = (byte)'y';
                length += record.Length;
                records = 2;
            }

            message[2] = 0x81;
            message[3] = 0x80;
            message[7] = (byte)records;
            message[11] = 0;
            return length;
        }

        private void Serve()
        {
            byte[] buffer = new byte[1500];
            var client = new SocketAddress(AddressFamily.InterNetwork);
            try
            {
                for (int i = 0; ; i++)
                {
                    int length = _socket.ReceiveFrom(buffer, SocketFlags.None, client);
                    length = Answer(buffer, length);
                    _socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, client);
                    if (i % 500 == 0)
                    {
                        string used = File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0];
                        Volatile.Write(ref _cpuNanoseconds, long.Parse(used, CultureInfo.InvariantCulture));
                    }
                }
            }
            catch (SocketException)
            {
                Console.WriteLine("responder stopped");
            }
        }
    }
}
