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
    private const int Reloads = 5;
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
        for (int i = 1; i <= Reloads; i++)
        {
            watch.Take();
            await Task.Delay(_window, TimeProvider.System);
            Report($"no reload, window {i}", watch.Take(), _window);
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

            Report($"reload {i}, {took.TotalMilliseconds:0} ms until it is in force", watch.Take(), took);
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        watch.Stop();
    }

    private static void Report(string what, (long Delivered, TimeSpan LongestGap, TimeSpan LongestPause) seen, TimeSpan over) => Console.WriteLine(
        $"{what}: {seen.Delivered / over.TotalSeconds:#,0} deliveries/s, the longest time without one {seen.LongestGap.TotalMilliseconds:0.0} ms, "
        + $"the longest pause of the collector {seen.LongestPause.TotalMilliseconds:0.0} ms");

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

    /// <summary>Looks at the server's counter of deliveries, thousands of times a second, on a thread of its own.</summary>
    private sealed class DeliveryWatch
    {
        private readonly GodwitServer _server;
        private readonly Lock _gate = new();
        private readonly CancellationTokenSource _stop = new();
        private long _last;
        private long _first;
        private long _since = Stopwatch.GetTimestamp();
        private TimeSpan _longest;
        private TimeSpan _longestPause;
        private long _collections;

        public DeliveryWatch(GodwitServer server)
        {
            _server = server;
            new Thread(Look) { IsBackground = true, Priority = ThreadPriority.Highest }.Start();
        }

        /// <summary>What was delivered since the last call, the longest gap, and the longest collection.</summary>
        public (long Delivered, TimeSpan LongestGap, TimeSpan LongestPause) Take()
        {
            lock (_gate)
            {
                (long, TimeSpan, TimeSpan) seen = (_last - _first, _longest, _longestPause);
                (_first, _longest, _longestPause, _since) = (_last, TimeSpan.Zero, TimeSpan.Zero, Stopwatch.GetTimestamp());
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
                    _longestPause = pause > _longestPause ? pause : _longestPause;
                }
            }
        }

        private void Look()
        {
            while (!_stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(0.2)))
            {
                lock (_gate)
                {
                    long delivered = _server.Traffic.Out.Messages.Total;
                    TimeSpan gap = Stopwatch.GetElapsedTime(_since);
                    _longest = gap > _longest ? gap : _longest;
                    LookAtCollector();
                    if (delivered != _last)
                    {
                        _last = delivered;
                        _since = Stopwatch.GetTimestamp();
                    }
                }
            }
        }
    }
}
