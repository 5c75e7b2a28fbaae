// rspamd with nothing but its DKIM and ARC modules, on ports of its own, asking a name server that the test names. Ended by its process id.

using System.Net.Http.Json;
using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>A verifier. Say <c>Tool.Need("rspamd")</c> first.</summary>
internal sealed class RspamdInstance : IAsyncDisposable
{
    private const int Terminate = 15;

    /// <summary>It compiles the public suffixes first.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-rspamd-").FullName;
    private readonly HttpClient _client;
    private readonly RunningTool _process;

    private RspamdInstance(int port, int dnsPort)
    {
        string config = Path.Combine(_folder, "rspamd.conf");
        File.WriteAllText(config, $$"""
            options {
              filters = "dkim";
              dns { nameserver = ["127.0.0.1:{{dnsPort}}"]; timeout = 5s; }
              pidfile = "{{_folder}}/pid";
              control_socket = "{{_folder}}/control mode=0600";
              cache_file = "{{_folder}}/cache";
              tempdir = "{{_folder}}";
            }
            logging { type = "console"; level = "info"; }
            worker "normal" { bind_socket = "127.0.0.1:{{port}}"; count = 1; }
            dkim { max_sigs = 10; }
            modules { path = "/usr/share/rspamd/plugins/arc.lua"; }
            arc { sign_local = false; sign_authenticated = false; }
            actions { reject = 1000; }
            """);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        // It believes whatever comes from a local network; this client is from elsewhere.
        _client.DefaultRequestHeaders.Add("IP", "203.0.113.9");
        _process = RunningTool.Start(Tool.Find("rspamd")!, ["-f", "-i", "-c", config]);
    }

    public static async Task<RspamdInstance> StartAsync(int dnsPort)
    {
        var started = new RspamdInstance(Tool.FreePort(), dnsPort);
        await Eventually.TrueAsync(
            () => started._process.HasExited || started._process.Output.Contains("start_worker", StringComparison.Ordinal), _patience, () => started._process.Output);
        return started;
    }

    /// <summary>What it says of a message: its symbols, each with the signatures that it is about.</summary>
    public async Task<IReadOnlyDictionary<string, string[]>> JudgeAsync(byte[] message)
    {
        using HttpResponseMessage answer = await _client.PostAsync("/checkv2", new ByteArrayContent(message), TestContext.Current.CancellationToken);
        JsonElement said = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return said.GetProperty("symbols").EnumerateObject().ToDictionary(
            symbol => symbol.Name,
            symbol => symbol.Value.TryGetProperty("options", out JsonElement options) ? options.EnumerateArray().Select(each => each.GetString()!).ToArray() : []);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        Tool.Signal(_process.Id, Terminate); // Its workers end with it, which they do not when it is killed.
        await _process.WaitForExitAsync(_patience);
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
