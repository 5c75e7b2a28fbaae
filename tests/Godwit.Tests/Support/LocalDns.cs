// unbound on a port of its own, serving records that a test wrote. Ended by its process id.
// It gives records in one and the same order: who spreads load must do so itself.
// A start that fails is a failed test with unbound's own words; only a port that somebody else took in the meantime is tried again.

namespace Godwit.Tests.Support;

/// <summary>A name server for tests. Say <c>Tool.Need("unbound")</c> first.</summary>
internal sealed class LocalDns : IAsyncDisposable
{
    private const int Attempts = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-dns-").FullName;
    private readonly RunningTool _process;

    private LocalDns(int port, IEnumerable<string> records, string zones)
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
              rrset-roundrobin: no
              local-zone: "test." static
              local-data: "test. 300 IN SOA ns.test. hostmaster.test. 1 3600 900 86400 60"
            {zones}
            {string.Concat(records.Select(record => $"  local-data: {Quoted(record)}\n"))}
            remote-control:
              control-enable: no
            """);
        _process = RunningTool.Start(Tool.Find("unbound")!, ["-d", "-d", "-c", config]);
    }

    public int Port { get; }

    /// <summary>It says so once its sockets are open.</summary>
    private bool Serves => _process.Output.Contains("start of service", StringComparison.Ordinal);

    /// <summary>Starts it and waits until its sockets are open. Records are in zone file form, below "test.".</summary>
    /// <param name="zones">Further lines of its section <c>server:</c>.</param>
    public static async Task<LocalDns> StartAsync(IEnumerable<string> records, string zones = "")
    {
        for (int attempt = 1; ; attempt++)
        {
            var started = new LocalDns(Tool.FreePort(), records, zones);
            try
            {
                await Eventually.TrueAsync(() => started.Serves || started._process.HasExited, TimeSpan.FromSeconds(20), () => started._process.Output);
            }
            catch
            {
                await started.DisposeAsync();
                throw;
            }

            if (started.Serves)
            {
                return started;
            }

            // Once it is gone for good, all that it wrote has been read.
            await started.DisposeAsync();
            string said = started._process.Output;
            Assert.True(attempt < Attempts && said.Contains("in use", StringComparison.Ordinal), $"unbound did not start: {said}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Quoted(string record) => record.Contains('"', StringComparison.Ordinal) ? $"'{record}'" : $"\"{record}\"";
}
