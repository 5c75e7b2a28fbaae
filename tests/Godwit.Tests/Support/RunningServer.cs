// A whole server in this process: a configuration, a temporary directory with spool, accounting and log, an ephemeral port. Owned by one test.
// What every test wants stands in the preamble; the test's own text comes behind it. Stop and Start make a restart on the same directory.

using System.Net;
using System.Text;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Trust;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Support;

/// <summary>One running server.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly string _preamble;
    private readonly TimeProvider _time;
    private readonly HttpsSeams? _https;
    private GodwitServer? _server;
    private ILoggerFactory? _loggers;

    private RunningServer(IPEndPoint? nameServer, TimeProvider time, HttpsSeams? https)
    {
        (_time, _https) = (time, https);
        Root = Directory.CreateTempSubdirectory("godwit-scenario-").FullName;
        Directory.CreateDirectory(Spool);
        Accounting = new AccountingCsv(Root, "acct-*.csv");
        _preamble = $"""
            postmaster postmaster@mx.test
            host-name mx.test
            smtp-listener 127.0.0.1:0
            http-mgmt-port 0
            name-server {nameServer ?? new IPEndPoint(IPAddress.Loopback, ScriptedSmtpServer.UnusedPort())}
            log-file {Root}/godwit.log
            <spool {Spool}>
            </spool>
            <acct-file {Root}/acct.csv>
              records d, b, t, tq, r
              record-fields d *,dlvTlsPolicy
            </acct-file>
            <source 127.0.0.1>
              always-allow-relaying yes
              process-x-virtual-mta yes
              process-x-job yes
              process-x-envid yes
            </source>

            """;
    }

    /// <summary>The directory of everything.</summary>
    public string Root { get; }

    public string Spool => Path.Combine(Root, "spool");

    public AccountingCsv Accounting { get; }

    public GodwitServer Server => _server ?? throw new InvalidOperationException("the server is stopped");

    /// <summary>Done by a reload where it reads the configuration, before it does.</summary>
    public Action WhileReading { get; set; } = static () => { };

    /// <summary>Where mail is handed in.</summary>
    public IPEndPoint EndPoint => Server.SmtpEndPoints[0];

    private string ConfigPath => Path.Combine(Root, "config");

    /// <param name="config">What follows the preamble.</param>
    /// <param name="dns">Without one, every lookup fails.</param>
    /// <param name="time">The server's clock; the machine's when it is null.</param>
    /// <param name="https">Where policies of MTA-STS come from; the network when it is null.</param>
    public static Task<RunningServer> StartAsync(string config, ScriptedDnsServer? dns = null, TimeProvider? time = null, HttpsSeams? https = null) =>
        StartAsync(config, dns?.EndPoint, time, https);

    /// <summary>The same with a name server that is none of ours.</summary>
    public static async Task<RunningServer> StartAsync(string config, IPEndPoint? nameServer, TimeProvider? time = null, HttpsSeams? https = null)
    {
        var running = new RunningServer(nameServer, time ?? TimeProvider.System, https);
        running.Write(config);
        await running.StartAsync();
        return running;
    }

    /// <summary>Starts again behind <see cref="StopAsync"/>, on what that left.</summary>
    public async Task StartAsync()
    {
        ConfigLoad load = GodwitServer.LoadConfiguration(ConfigPath);
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        var logFile = new LogFile(load.Settings.LogFile, load.Settings.LogRotate, TimeProvider.System);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(logFile));
        _server = await GodwitServer.StartAsync(
            load.Settings, Reread, _time, _loggers, TestContext.Current.CancellationToken, logFile, _https);
    }

    private ConfigLoad Reread()
    {
        WhileReading();
        return GodwitServer.LoadConfiguration(ConfigPath);
    }

    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _loggers!.Dispose();
            _server = null;
        }
    }

    /// <summary>Writes another configuration and puts it in force.</summary>
    public async Task ReloadAsync(string config)
    {
        Write(config);
        ReloadReport report = await Server.Operator.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.True(report.Reloaded, string.Join('\n', report.Problems));
    }

    /// <summary>The same for a reload that may be refused.</summary>
    /// <param name="edit">Changes the whole file, the preamble included.</param>
    public async Task<ReloadReport> TryReloadAsync(string config, Func<string, string>? edit = null)
    {
        string text = _preamble + config;
        File.WriteAllText(ConfigPath, edit is null ? text : edit(text));
        return await Server.Operator.ReloadAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Hands one message in over a connection of its own.</summary>
    public async Task SendAsync(string sender, string recipient, string content = "Subject: hello\r\n\r\nhello\r\n") =>
        await SendAsync(sender, [recipient], content);

    public async Task SendAsync(string sender, IEnumerable<string> recipients, string content = "Subject: hello\r\n\r\nhello\r\n", string parameters = "")
    {
        await using MailClient client = await MailClient.ConnectAsync(EndPoint);
        await client.SendAsync(sender, recipients, Encoding.Latin1.GetBytes(content), parameters);
    }

    /// <summary>The first record of that type, when it is there.</summary>
    /// <param name="recipient">The recipient it is about; empty for records of whole queues.</param>
    public async Task<AccountingRow> RecordAsync(string type, string recipient = "")
    {
        AccountingRow? found = null;
        await Eventually.TrueAsync(
            () => (found = Accounting.Of(type).FirstOrDefault(row => recipient.Length == 0 || row["rcpt"] == recipient)) is not null,
            _patience,
            () => $"a record {type} for {recipient}; there are:\n{string.Join('\n', Accounting.Rows)}");
        return found!;
    }

    /// <summary>Waits until there are so many records of that type, and returns them.</summary>
    public async Task<IReadOnlyList<AccountingRow>> RecordsAsync(string type, int count)
    {
        await Eventually.TrueAsync(() => Accounting.Of(type).Count >= count, _patience, $"{count} records {type}");
        return Accounting.Of(type);
    }

    /// <summary>Recipients without a final fate.</summary>
    public long Waiting => Server.Operator.ShowTopQueues(QueuePattern.All, 100, errors: false).Queues.Sum(queue => queue.Recipients);

    /// <summary>Runs an operator's command and returns what is printed.</summary>
    public async Task<string> RunAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return ReportFormats.Text(await Server.Operator.RunAsync(command, TestContext.Current.CancellationToken));
    }

    /// <summary>What <c>show topqueues --errors</c> prints.</summary>
    public string TopQueues()
    {
        var text = new StringBuilder();
        Server.Operator.ShowTopQueues(QueuePattern.All, 100, errors: true).WriteText(text);
        return text.ToString();
    }

    /// <summary>Waits until <c>show topqueues --errors</c> prints a text.</summary>
    public Task TopQueuesSayAsync(string text) =>
        Eventually.TrueAsync(() => TopQueues().Contains(text, StringComparison.Ordinal), _patience, () => $"\"{text}\" in\n{TopQueues()}");

    /// <summary>Waits until the log has a text.</summary>
    public Task LogSaysAsync(string text) => Eventually.TrueAsync(() => Log().Contains(text, StringComparison.Ordinal), _patience, () => $"\"{text}\" in\n{Log()}");

    /// <summary>Whether the log has a text by now.</summary>
    public bool LogHas(string text) => Log().Contains(text, StringComparison.Ordinal);

    /// <summary>The one queue of a destination.</summary>
    public QueueReport Queue(string destination) =>
        Server.Operator.ShowTopQueues(QueuePattern.All, 100, errors: true).Queues.Single(queue => queue.Key.Destination.Text == destination);

    /// <summary>Waits until no recipient of a destination waits any more.</summary>
    public Task EmptyAsync(string destination) => Eventually.TrueAsync(
        () => Server.Operator.ShowTopQueues(QueuePattern.All, 100, errors: false).Queues.Where(queue => queue.Key.Destination.Text == destination)
            .Sum(queue => queue.Recipients) == 0,
        _patience, () => $"no mail for {destination}:\n{TopQueues()}");

    /// <summary>All that the log has by now.</summary>
    public string Log()
    {
        string file = Path.Combine(Root, "godwit.log");
        if (!File.Exists(file))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>Waits until no recipient waits any more.</summary>
    public Task EmptyAsync() => Eventually.TrueAsync(() => Waiting == 0, _patience, () => $"empty queues:\n{TopQueues()}");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Writes another configuration and leaves it to somebody else to put it in force.</summary>
    public void Write(string config) => File.WriteAllText(ConfigPath, _preamble + config);
}
