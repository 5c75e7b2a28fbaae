// Prometheus and Carbon themselves on the other side.

using System.Net.Sockets;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

public sealed class MonitoringTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Prometheus_scrapes_the_server_and_its_own_check_finds_nothing()
    {
        Tool.Need("prometheus", "promtool");
        int web = Tool.FreePort();
        int port = Tool.FreePort();
        await using RunningServer server = await StartAsync($"http-mgmt-port {web}");
        await server.SendAsync("a@sender.test", ["b@there.test", "c@other.test"]);
        await server.RecordsAsync("d", 2);
        using var http = new HttpClient();
        string page = Path.Combine(server.Root, "metrics");
        await File.WriteAllTextAsync(page, await http.GetStringAsync(new Uri($"http://127.0.0.1:{web}/metrics"), TestContext.Current.CancellationToken));
        ToolResult check = await Tool.RunAsync("sh", ["-c", $"{Tool.Find("promtool")} check metrics < {page}"], _patience);
        Assert.Equal((0, ""), (check.ExitCode, check.Output));

        string config = Path.Combine(server.Root, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            scrape_configs:
              - job_name: godwit
                scrape_interval: 1s
                static_configs:
                  - targets: ["127.0.0.1:{{web}}"]
            """);
        await using RunningTool prometheus = RunningTool.Start(
            Tool.Find("prometheus")!,
            [$"--config.file={config}", $"--storage.tsdb.path={server.Root}/tsdb", $"--web.listen-address=127.0.0.1:{port}"]);

        string answer = "";
        await Eventually.TrueAsync(() => HasValue("godwit_recipients_delivered_total", "2"), _patience, () => $"{answer}\n{prometheus.Output}");
        await Eventually.TrueAsync(() => HasValue("sum(godwit_destination_recipients_total)", "2"), _patience, () => $"{answer}\n{prometheus.Output}");
        await Eventually.TrueAsync(() => HasValue("up", "1"), _patience, () => $"{answer}\n{prometheus.Output}");
        await Eventually.TrueAsync(() => HasValue("histogram_quantile(0.5, godwit_time_to_deliver_seconds_bucket) < bool 60", "1"), _patience, () => $"{answer}\n{prometheus.Output}");

        bool HasValue(string query, string value)
        {
            try
            {
                answer = http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}")).GetAwaiter().GetResult();
                return answer.Contains($",\"{value}\"]", StringComparison.Ordinal);
            }
            catch (HttpRequestException error)
            {
                answer = error.Message;
                return false;
            }
        }
    }

    [Fact]
    public async Task Carbon_keeps_what_it_is_sent()
    {
        Tool.Need("carbon-cache", "whisper-fetch");
        int port = Tool.FreePort();
        string folder = Directory.CreateTempSubdirectory("godwit-carbon-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 1s:1h\n");
        string config = Path.Combine(folder, "carbon.conf");
        await File.WriteAllTextAsync(config, $"""
            [cache]
            STORAGE_DIR = {folder}/
            LOCAL_DATA_DIR = {folder}/whisper/
            CONF_DIR = {folder}/
            LOG_DIR = {folder}/
            PID_DIR = {folder}/
            USER =
            LINE_RECEIVER_INTERFACE = 127.0.0.1
            LINE_RECEIVER_PORT = {port}
            PICKLE_RECEIVER_PORT = 0
            CACHE_QUERY_PORT = 0
            ENABLE_UDP_LISTENER = False
            MAX_CREATES_PER_MINUTE = inf
            MAX_UPDATES_PER_SECOND = inf
            """);
        await using (RunningTool carbon = RunningTool.Start(Tool.Find("carbon-cache")!, [$"--config={config}", "--nodaemon", "start"]))
        {
            await Eventually.TrueAsync(() => Listens(port), _patience, () => carbon.Output);
            await using RunningServer server = await StartAsync($"""
                statistics-interval 1
                <statistics graphite>
                  host 127.0.0.1
                  port {port}
                  prefix mta1
                </statistics>
                """);
            await server.SendAsync("a@sender.test", ["b@there.test", "c@other.test"]);
            await server.RecordsAsync("d", 2);
            string file = $"{folder}/whisper/mta1/godwit_recipients_delivered_total.wsp";
            await Eventually.TrueAsync(() => File.Exists(file), _patience, () => carbon.Output);
            string kept = "";
            await Eventually.TrueAsync(
                () => (kept = Tool.RunAsync("whisper-fetch", ["--drop=nulls", file], _patience).GetAwaiter().GetResult().Output).Contains("\t2.0", StringComparison.Ordinal),
                _patience, () => $"{kept}\n{carbon.Output}");
            Assert.True(File.Exists($"{folder}/whisper/mta1/godwit_destination_recipients_total/there_test/delivered.wsp"));
            Assert.Empty(server.Server.Alarms.Read());
        }

        Directory.Delete(folder, recursive: true);
    }

    private static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Task<RunningServer> StartAsync(string config) => RunningServer.StartAsync(config + """

        <domain *>
          type discard
        </domain>
        """);
}
