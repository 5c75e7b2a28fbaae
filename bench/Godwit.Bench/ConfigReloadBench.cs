// A whole server on the large configuration, mail going through it all the time, and reloads: how long no delivery ends.
// Clients, server and receiver share this process, so a pause of the collector counts as well as a lock.

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Control;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Bench;

internal static class ConfigReloadBench
{
    private const int Reloads = 9;
    private const int Clients = 8;

    /// <summary>Until the code of the mail's way is compiled.</summary>
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(4);

    /// <summary>About as long as a reload takes, to compare with.</summary>
    private static readonly TimeSpan _window = TimeSpan.FromMilliseconds(500);

    public static async Task RunAsync(string folder)
    {
        int smtp = RelayProcess.FreePort();
        int sink = RelayProcess.FreePort();
        string file = Path.Combine(folder, "server");
        Directory.CreateDirectory(Path.Combine(folder, "spool"));
        string head = $"""
            postmaster postmaster@example.com
            host-name mta.example.com
            log-file {folder}/godwit.log
            smtp-listener 127.0.0.1:{smtp}
            http-mgmt-port 0
            dummy-smtp-port {sink}
            dummy-smtp-has-pipelining yes
            <spool {folder}/spool>
            </spool>
            <acct-file {folder}/acct.csv>
            </acct-file>
            <source 127.0.0.1>
              always-allow-relaying yes
            </source>
            <domain *>
              smtp-hosts [127.0.0.1]:{sink}
            </domain>

            """;
        await File.WriteAllTextAsync(file, LargeConfig.Text(head));
        ServerSettings settings = ConfigFile.Load(file).Settings!;
        await using GodwitServer server = await GodwitServer.StartAsync(
            settings, () => ConfigFile.Load(file), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(i => Task.Run(() => SendAsync(smtp, i, stop.Token)))];
        var watch = new DeliveryWatch(server);
        await Task.Delay(_calm, TimeProvider.System);
        var calm = new List<Seen>();
        var reloads = new List<Seen>();
        for (int i = 1; i <= Reloads; i++)
        {
            watch.Take();
            await Task.Delay(_window, TimeProvider.System);
            calm.Add(Report($"no reload, window {i}", watch.Take(), _window));
        }

        for (int i = 1; i <= Reloads; i++)
        {
            await File.WriteAllTextAsync(file, LargeConfig.Text(head, seed: i));
            watch.Take();
            long start = Stopwatch.GetTimestamp();
            ReloadReport report = await server.Operator.ReloadAsync(CancellationToken.None);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            if (!report.Reloaded)
            {
                throw new InvalidOperationException(report.Message);
            }

            reloads.Add(Report($"reload {i}, {took.TotalMilliseconds:0} ms until it is in force", watch.Take(), took));
        }

        Sum("no reload", calm);
        Sum("reload", reloads);

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        watch.Stop();
    }

    private static Seen Report(string what, Seen seen, TimeSpan over)
    {
        Console.WriteLine(
            $"{what}: {seen.Delivered / over.TotalSeconds:#,0} deliveries/s, the longest time without one {seen.LongestGap.TotalMilliseconds:0.0} ms "
            + $"({seen.PausedInIt.TotalMilliseconds:0.0} ms of it the collector); the collector paused {seen.Paused.TotalMilliseconds:0.0} ms, "
            + $"{seen.LongestPause.TotalMilliseconds:0.0} ms at the longest");
        return seen;
    }

    private static void Sum(string what, List<Seen> all)
    {
        List<double> gaps = [.. all.Select(seen => seen.LongestGap.TotalMilliseconds).Order()];
        Console.WriteLine($"{what}, of {gaps.Count}: the longest time without a delivery {gaps[gaps.Count / 2]:0.0} ms (median), {gaps[^1]:0.0} ms (largest)");
    }

    /// <summary>Message after message to domain after domain, on one connection.</summary>
    private static async Task SendAsync(int port, int client, CancellationToken stop)
    {
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, port, CancellationToken.None);
        using var reader = new StreamReader(tcp.GetStream(), Encoding.ASCII);
        byte[] content = Encoding.ASCII.GetBytes($"Subject: x\r\n\r\n{new string('x', 1000)}\r\n.\r\n");
        await AskAsync(tcp, reader, "", 1);
        await AskAsync(tcp, reader, "HELO bench.example\r\n", 1);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string domain = LargeConfig.Name((client + (i * Clients)) % LargeConfig.Domains);
            await AskAsync(tcp, reader, $"MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@{domain}>\r\nDATA\r\n", 3);
            await tcp.GetStream().WriteAsync(content, CancellationToken.None);
            await AskAsync(tcp, reader, "", 1);
        }
    }

    private static async Task AskAsync(TcpClient tcp, StreamReader reader, string text, int replies)
    {
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), CancellationToken.None);
        for (int i = 0; i < replies; i++)
        {
            string line = await reader.ReadLineAsync(CancellationToken.None) ?? throw new IOException("the server hung up");
            if (line[0] is not ('2' or '3'))
            {
                throw new IOException(line);
            }
        }
    }

    /// <summary>One stretch of time.</summary>
    /// <param name="LongestGap">The longest time without a delivery.</param>
    /// <param name="PausedInIt">How long the collector paused the process within that gap.</param>
    /// <param name="Paused">How long the collector paused the process in all.</param>
    private readonly record struct Seen(long Delivered, TimeSpan LongestGap, TimeSpan PausedInIt, TimeSpan Paused, TimeSpan LongestPause);

    /// <summary>Looks at the server's counter of deliveries, a thousand times a second, on a thread of its own: more often would cost a core.</summary>
    private sealed class DeliveryWatch
    {
        private readonly GodwitServer _server;
        private readonly Lock _gate = new();
        private readonly CancellationTokenSource _stop = new();
        private long _last;
        private long _first;
        private long _since = Stopwatch.GetTimestamp();
        private TimeSpan _pausedAtFirst;
        private TimeSpan _pausedAtLast;
        private Seen _seen;
        private long _collections;

        public DeliveryWatch(GodwitServer server)
        {
            _server = server;
            new Thread(Look) { IsBackground = true }.Start();
        }

        /// <summary>What was seen since the last call.</summary>
        public Seen Take()
        {
            lock (_gate)
            {
                TimeSpan paused = GC.GetTotalPauseDuration();
                Seen seen = _seen with { Delivered = _last - _first, Paused = paused - _pausedAtFirst };
                (_first, _seen, _since, _pausedAtFirst, _pausedAtLast) = (_last, default, Stopwatch.GetTimestamp(), paused, paused);
                return seen;
            }
        }

        public void Stop() => _stop.Cancel();

        private void LookAtCollector()
        {
            GCMemoryInfo collection = GC.GetGCMemoryInfo(GCKind.Any);
            if (collection.Index != _collections)
            {
                _collections = collection.Index;
                foreach (TimeSpan pause in collection.PauseDurations)
                {
                    _seen = pause > _seen.LongestPause ? _seen with { LongestPause = pause } : _seen;
                }
            }
        }

        private void Look()
        {
            while (!_stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(1)))
            {
                lock (_gate)
                {
                    long delivered = _server.Traffic.Out.Messages.Total;
                    TimeSpan gap = Stopwatch.GetElapsedTime(_since);
                    TimeSpan paused = GC.GetTotalPauseDuration();
                    if (gap > _seen.LongestGap)
                    {
                        _seen = _seen with { LongestGap = gap, PausedInIt = paused - _pausedAtLast };
                    }

                    LookAtCollector();
                    if (delivered != _last)
                    {
                        (_last, _since, _pausedAtLast) = (delivered, Stopwatch.GetTimestamp(), paused);
                    }
                }
            }
        }
    }
}
