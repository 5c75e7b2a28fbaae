// unbound on a port of its own, serving records that a test wrote. Ended by its process id.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>A name server for tests.</summary>
internal sealed class LocalDns : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-dns-").FullName;
    private readonly RunningTool _process;

    private LocalDns(int port, IEnumerable<string> records)
    {
        Port = port;
        string config = Path.Combine(_folder, "unbound.conf");
        File.WriteAllText(config, $"""
            server:
              interface: 127.0.0.1@{port}
              access-control: 127.0.0.0/8 allow
              do-daemonize: no
              chroot: ""
              username: ""
              directory: "{_folder}"
              pidfile: ""
              use-syslog: no
              logfile: ""
              verbosity: 1
              module-config: "iterator"
              num-threads: 1
              local-zone: "test." static
              local-data: "test. 300 IN SOA ns.test. hostmaster.test. 1 3600 900 86400 60"
            {string.Concat(records.Select(record => $"  local-data: \"{record}\"\n"))}
            remote-control:
              control-enable: no
            """);
        _process = RunningTool.Start(Tool.Find("unbound")!, ["-d", "-d", "-c", config]);
    }

    public int Port { get; }

    /// <summary>Starts it and waits until its sockets are open. Records are in zone file form, below "test.".</summary>
    public static async Task<LocalDns> StartAsync(IEnumerable<string> records)
    {
        var started = new LocalDns(Tool.FreePort(), records);
        await Eventually.TrueAsync(
            () => started._process.Output.Contains("start of service", StringComparison.Ordinal), TimeSpan.FromSeconds(20), () => started._process.Output);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
