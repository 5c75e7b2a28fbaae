// godwitd as it is published, on a configuration of its own: spool durable before 250, accounting durable before a message leaves.

using System.Diagnostics;
using System.Globalization;

namespace Godwit.Bench;

internal sealed class RelayGodwit : RelayServer
{
    private readonly Process _process;
    private readonly string _directory;
    private readonly AccountingRows _rows;

    private RelayGodwit(string name, Process process, string directory, int port)
    {
        Name = name;
        _process = process;
        _directory = directory;
        _rows = new AccountingRows(directory);
        Port = port;
    }

    public override string Name { get; }

    public override int Port { get; }

    public static async Task<RelayGodwit> StartAsync(RelaySettings settings, string directory, int sink, RelayVariant variant)
    {
        Directory.CreateDirectory(Path.Combine(directory, "spool"));
        int port = RelayProcess.FreePort();
        string file = Path.Combine(directory, "godwit.conf");

        // Many domains are many queues with the same host: each connection serves one and ends, as the default is. One smart host is one queue whose idle
        // connections wait for more, as Postfix's do on demand.
        string route = settings.Domains == 1
            ? string.Create(CultureInfo.InvariantCulture, $"<domain *>\n  queue-to relay.queue\n</domain>\n<domain relay.queue>\n  smtp-hosts {variant.Host}:{sink}\n  max-smtp-out 100\n  connection-idle-timeout 5s\n</domain>\n")
            : string.Create(CultureInfo.InvariantCulture, $"<domain *>\n  smtp-hosts {variant.Host}:{sink}\n  max-smtp-out 20\n</domain>\n");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            postmaster postmaster@bench.test
            host-name godwit.test
            smtp-listener 127.0.0.1:{port}
            http-mgmt-port {RelayProcess.FreePort()}
            total-max-smtp-in 1000
            <spool {directory}/spool>
            </spool>
            log-file {directory}/godwit.log
            <acct-file {directory}/acct.csv>
              records d, b, t
            </acct-file>
            <source 127.0.0.1>
              always-allow-relaying yes
            </source>
            {variant.Global}
            {route}
            <domain *>
            {variant.Domain}
            </domain>
            """));
        Process process = RelayProcess.Start(settings.Godwitd, "--config", file);
        await RelayProcess.AnswersAsync(port, "godwitd");
        return new RelayGodwit(variant.Name, process, directory, port);
    }

    public override CpuTime Cpu() => RelayProcess.Cpu(_process.Id, reaped: false);

    public override double PeakMegabytes() => RelayProcess.Megabytes(_process.Id, "VmHWM:");

    public override void BeginRun() => _rows.Begin();

    public override int Delivered(int sent) => _process.HasExited
        ? throw new RelayFailedException($"godwitd ended by itself: see {_directory}/godwit.log")
        : _rows.Count();

    public override IReadOnlyList<int> Processes() => [_process.Id];

    public override async Task StopAsync()
    {
        // SIGTERM, so that the end of a run is a clean one too; a server that does not end is killed.
        await RelayProcess.RunAsync(TimeSpan.FromSeconds(5), "/bin/kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>Counts the delivered rows of the accounting files, reading each octet once.</summary>
    private sealed class AccountingRows(string directory)
    {
        private readonly Dictionary<string, long> _read = [];
        private readonly byte[] _buffer = new byte[256 * 1024];
        private int _count;

        /// <summary>How the row of a delivered recipient begins; a header line stands before the first.</summary>
        private static ReadOnlySpan<byte> Mark => "\nd,"u8;

        public void Begin()
        {
            Count();
            _count = 0;
        }

        public int Count()
        {
            foreach (string file in Directory.EnumerateFiles(directory, "acct*.csv"))
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                long position = _read.GetValueOrDefault(file);
                while (true)
                {
                    stream.Position = position;
                    int length = stream.Read(_buffer);
                    if (length <= Mark.Length - 1)
                    {
                        break;
                    }

                    // A mark that the end of this piece cuts is found in the next: pieces overlap by one octet less than it has.
                    _count += _buffer.AsSpan(0, length).Count(Mark);
                    position += length - (Mark.Length - 1);
                }

                _read[file] = position;
            }

            return _count;
        }
    }
}
