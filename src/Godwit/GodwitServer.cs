// The composition root: every room built, started and stopped, in order, on one page. Owned by Program (and by tests, which start whole servers in
// their process).
// Starting fails with a StartupException whose message is for the operator. Stopping goes backwards: no new mail, no new deliveries, fates settled,
// files closed.

using Godwit.Accounting;
using Godwit.Control;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dkim;
using Godwit.Dns;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Metrics;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Spool;
using Godwit.Tls;
using Godwit.Trust;
using Godwit.Verification;
using Godwit.Web;
using Microsoft.Extensions.Logging;

namespace Godwit;

/// <summary>One running server.</summary>
public sealed partial class GodwitServer : IAsyncDisposable
{
    /// <summary>Sessions and deliveries have this long to end by themselves; with what follows, the whole stop stays below ten seconds.</summary>
    private static readonly TimeSpan _stopBound = TimeSpan.FromSeconds(3);

    /// <summary>A stop waits no longer than this for a device that refuses the records and marks of what was delivered.</summary>
    private static readonly TimeSpan _recordBound = TimeSpan.FromSeconds(2);

    private readonly Func<ConfigLoad> _load;
    private readonly ILogger _log;
    private readonly ServerClock _clock;
    private readonly CurrentSettings _settings;
    private readonly MessageSpool _spool;
    private readonly AccountingLog _accounting;
    private readonly RecordExports _exports;
    private readonly Scheduler _scheduler;
    private readonly Settlement _settlement;
    private readonly QueueStateKeeper _queueStates;
    private readonly UnclassifiedReplies _unclassified = new();
    private readonly DnsResolver _resolver;
    private readonly MessageSigning _signing;
    private readonly TrustPolicies _trust;
    private readonly ConnectionDeadlines _deadlines;
    private readonly DeliveryDispatcher _dispatcher;
    private readonly SmtpReception _reception;
    private readonly DummyReceiver _dummy;
    private readonly Operator _operator;
    private readonly ManagementPort _management;
    private readonly LogFile? _logFile;
    private readonly string _spoolDirectory;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private ServerTlsTable _tls = ServerTlsTable.Empty;
    private int _openFiles;

    private GodwitServer(
        ServerSettings settings, Func<ConfigLoad> load, TimeProvider time, ILoggerFactory loggers, LogFile? logFile, HttpsSeams? https)
    {
        (_load, _logFile, _spoolDirectory) = (load, logFile, settings.Spool.Directory);
        _log = loggers.CreateLogger("godwitd");
        _clock = new ServerClock(time);
        _settings = new CurrentSettings(settings, _clock.Now);
        Traffic = new TrafficCounters(_clock);
        Alarms = new Alarms(_clock);

        // Floor 3: what keeps, what knows, what decides.
        _spool = OpenSpool(settings, _clock, _settings, _log);
        _accounting = new AccountingLog(settings.AccountingFiles, _clock, _log);
        _scheduler = new Scheduler(_settings);
        _resolver = new DnsResolver(() => _settings.Value.NameServers, _clock, _log, believesRemote: () => _settings.Value.NameServerTrustAd);
        _signing = new MessageSigning(KeyRings.Read(settings, ConfigSurroundings.Machine.Read, _clock, _log), _clock);
        _deadlines = new ConnectionDeadlines(time);
        var mx = new MxLookup(_resolver, new Random());

        // Floors 4 and 5: the two doors, and records on their way out.
        _exports = new RecordExports(_accounting, ConfigSurroundings.Machine.Read, _clock, _log);
        var ids = new MessageId.Sequence(_clock);
        ids.StartAfter(_spool.LargestId);
        var intake = new MessageIntake(_spool, _accounting, _scheduler, _settings, Traffic, ids, _clock, _log);
        _settlement = new Settlement(_accounting, _spool, _scheduler, intake, _settings, Traffic, _clock, _log);

        _queueStates = new QueueStateKeeper(_scheduler, _spool, intake, _settings, _clock, _log);
        _trust = new TrustPolicies(_resolver, OpenState(_spoolDirectory, _log), intake, _settings, _clock, _log, https);
        var checks = new SenderChecks(ResolverLookup.Of(_resolver), _signing, new Random(), _clock, _log);

        // Floor 6: the two sides of the network.
        DeliveryDoors doors = DeliveryDoors.Of(_spool, _settlement, mx, _settings) with
        {
            HasVirtualMta = name => _settings.Value.VirtualMtas.ContainsKey(name),
            Settings = () => _settings.Value,
            StreamOf = _scheduler.StreamOf,
            Unclassified = _unclassified,
            Signing = _signing,
            Trust = _trust,
            CheckSender = checks.CheckOutgoingAsync,
            IsOurs = name => _settings.Value.HostNames.Contains(name),
            ReplyList = name => _settings.Value.ReplyListFor(name),
            Waiting = _scheduler.Recipients,
            Withdraw = (key, recipients) => _scheduler.Withdraw(key, recipients, _clock.Now),
        };
        _dispatcher = new DeliveryDispatcher(_scheduler, doors, _deadlines, Traffic, new Random(), _clock, _log);
        _reception = new SmtpReception(
            _settings, SubmissionDoor.To(intake, _settlement, checks), Traffic, _deadlines, _clock, _log, DecoyKey(_spool));
        _reception.Use(_tls = ReadTls(settings));
        _dummy = new DummyReceiver(_deadlines, time, _log);

        // Floors 7 and 8: the operator, and who watches.
        History = new TrafficHistory(Traffic, () => _scheduler.Totals().Recipients, _clock, _log);
        _sampling = BeginSampling();
        _operator = new Operator(View(mx, checks, intake), _log);
        MetricView meters = Meters();
        _statistics = new StatisticsSending(meters, _log);
        _management = new ManagementPort(
            _operator, Path.Combine(_spoolDirectory, "control-token"), loggers, () => _tls.Of(_settings.Value.HttpTls), Routes(meters),
            _reception.Passwords);
        _queueStates.Restore();
        Restore(intake);
    }

    public TrafficCounters Traffic { get; }

    /// <summary>Where clients can connect, with real ports.</summary>
    public IReadOnlyList<System.Net.IPEndPoint> SmtpEndPoints => _reception.EndPoints;

    /// <summary>The management port that is open; 0 when none is.</summary>
    public int ManagementPort => _management.Port;

    public Operator Operator => _operator;

    /// <summary>Reads a configuration for this server: the machine, and what the server can write into accounting files.</summary>
    /// <param name="isForeign">The file is for another machine; what this one lacks is not told.</param>
    public static ConfigLoad LoadConfiguration(string file, bool isForeign = false) =>
        ConfigFile.Load(file, ConfigSurroundings.Machine with { AccountingFields = AccountingColumns.NamesOf, IsForeign = isForeign });

    /// <summary>Builds the server and opens its doors, mail last.</summary>
    /// <param name="load">Reads the configuration again for a reload.</param>
    /// <param name="logFile">The log that a reload may turn to another file; null leaves the log alone.</param>
    /// <param name="https">Where a test takes the place of hosts that are spoken to over HTTPS.</param>
    public static async Task<GodwitServer> StartAsync(
        ServerSettings settings, Func<ConfigLoad> load, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation, LogFile? logFile = null,
        HttpsSeams? https = null)
    {
        GodwitServer server;
        try
        {
            server = new GodwitServer(settings, load, time, loggers, logFile, https);
        }
        catch (Exception failure) when (failure is SpoolException or AccountingException or DkimKeyException or TlsFileException
            or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(failure.Message, failure);
        }

        try
        {
            await server.OpenAsync(cancellation);
            return server;
        }
        catch (Exception)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops within ten seconds. Nothing acknowledged is lost: what is not settled stays in the spool.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        using var patience = new CancellationTokenSource(_recordBound, _clock.Time);
        await using CancellationTokenRegistration over = patience.Token.UnsafeRegister(static state => ((GodwitServer)state!).GiveUpRecording(), this);

        // A reload that is under way ends first: it must not open what is closed here.
        await _changing.WaitAsync();
        await _statistics.DisposeAsync();
        await _operator.StopOperationsAsync();
        await _reception.StopAsync(_stopBound);
        await _dispatcher.StopAsync(_stopBound);
        await _queueStates.DisposeAsync();
        await _trust.DisposeAsync();
        await _settlement.DisposeAsync();
        await _accounting.DisposeAsync();
        await _exports.DisposeAsync();
        await _spool.DisposeAsync();
        await _dispatcher.DisposeAsync();
        _signing.Dispose();
        await _dummy.DisposeAsync();
        await _management.DisposeAsync();
        History.Dispose();
        _sampling.Dispose();
        _operator.Dispose();
        await _resolver.DisposeAsync();
        _deadlines.Dispose();
    }

    /// <summary>
    /// Reads the configuration anew: all of it takes effect that can without a restart, or nothing does. The report names what needs a restart.
    /// </summary>
    public async Task<ReloadReport> ReloadAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        try
        {
            await _changing.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return Report(reloaded: false, [new ConfigProblem(_settings.Value.ConfigFile, 0, 0, ConfigSeverity.Error, "the server is stopping")]);
        }

        try
        {
            ConfigLoad load = await LoadAsync();
            List<ConfigProblem> problems = [.. load.Problems];
            bool reloaded = load.Settings is { } settings && await PutInForceAsync(settings, problems);
            foreach (ConfigProblem problem in problems.Where(problem => problem.Severity == ConfigSeverity.Error))
            {
                _log.ConfigError(problem.ToString());
            }

            // Only those of the file: what the machine does not allow was logged where it was met.
            foreach (ConfigProblem problem in load.Problems.Where(problem => reloaded && problem.Severity == ConfigSeverity.Warning))
            {
                _log.ConfigWarning(problem.ToString());
            }

            return Report(reloaded, problems);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>
    /// Reads on a thread of its own: the pool has one for each core, and mail needs them all. Its priority is the usual one: the collector works on whichever
    /// thread calls it and waits for every other, so a thread that gets no time would hold up all of them.
    /// </summary>
    private Task<ConfigLoad> LoadAsync() => Task.Factory.StartNew(_load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private ReloadReport Report(bool reloaded, IReadOnlyList<ConfigProblem> problems) => new(reloaded, problems, _settings.Load.Version, _settings.Load.Loaded);

    /// <summary>Sessions and deliveries that wait for a device go on, and end. What it did not take stays in the spool.</summary>
    private void GiveUpRecording()
    {
        _accounting.GiveUp();
        _settlement.GiveUp();
    }

    /// <summary>The settings with as many connections as the limit of open files has room for; the operator is told of those that have none.</summary>
    private ServerSettings Fitting(ServerSettings settings, List<ConfigProblem> problems)
    {
        ServerSettings fitting = OpenFilePolicy.Fit(settings, OpenFileLimit.Current, _openFiles, out string problem);
        if (problem.Length > 0)
        {
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Warning, problem));
            _log.ConfigWarning(problem);
        }

        return fitting;
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        await KeepDecoyKeyAsync();
        ConfigurationChange opening = await TryAsync(_settings.Value, cancellation);
        if (opening.Obstacle.Length > 0)
        {
            await opening.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            throw new StartupException(opening.Obstacle);
        }

        // Before the first connection: what is open now stays open.
        _openFiles = OpenFileLimit.CountOpen();
        ServerSettings fitting = Fitting(_settings.Value, []);
        if (!ReferenceEquals(fitting, _settings.Value))
        {
            // Only then: with a million restored queues, looking at each again takes a second.
            _settings.Correct(fitting);
            _scheduler.SettingsChanged(_clock.Now);
        }

        _queueStates.Start();
        _trust.Start();
        _dispatcher.Start();
        await opening.CommitAsync();
        _statistics.Use(_settings.Value);
    }

    /// <summary>Everything that the configuration opens, tried and not yet in force.</summary>
    private async Task<ConfigurationChange> TryAsync(ServerSettings settings, CancellationToken cancellation)
    {
        var change = new ConfigurationChange();
        await change.TryAsync(async () => await _dummy.PrepareAsync(settings.DummyReceiver, settings.HostName));
        await change.TryAsync(async () => await _management.PrepareAsync(settings, cancellation));
        await change.TryAsync(() => Task.FromResult(
            _logFile?.Prepare(settings.LogFile, settings.LogRotate, settings.LogAutoRotation, settings.LogFileWorldReadable, settings.LogAsJson)));
        await change.TryAsync(async () => await _reception.PrepareAsync(settings.Listeners));
        await change.TryAsync(() => Task.FromResult<IPreparedChange?>(_exports.Prepare(settings.AccountingFiles)));
        await change.TryAsync(async () =>
        {
            // Soon also while a full disk refuses records: another file may be the cure. A server that is to stop does not wait for it.
            await _accounting.ReplaceAsync(settings.AccountingFiles).AsTask().WaitAsync(cancellation);
            return null;
        });
        return change;
    }

    /// <summary>False, with a problem more, when the machine does not allow it; nothing has changed then.</summary>
    private async Task<bool> PutInForceAsync(ServerSettings settings, List<ConfigProblem> problems)
    {
        if (await ReadKeysAsync(settings, problems) is not { } keys || await ReadTlsAsync(settings, problems) is not { } tls)
        {
            return false;
        }

        ConfigurationChange change = await TryAsync(settings, _stop.Token);
        if (change.Obstacle.Length > 0)
        {
            await change.CancelAsync();
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Error, change.Obstacle));
            return false;
        }

        // Keys before the settings that ask for them: in between, nothing may leave unsigned.
        _signing.Use(keys);
        _reception.Use(_tls = tls);
        ServerSettings before = _settings.Value;
        _settings.Replace(Fitting(settings, problems), _clock.Now);
        _scheduler.SettingsChanged(_clock.Now);
        await change.CommitAsync();
        _statistics.Use(settings);
        if (!settings.NameServers.SequenceEqual(before.NameServers) || settings.NameServerTrustAd != before.NameServerTrustAd)
        {
            // What other servers said may be the reason for the change.
            _resolver.ClearCache(null);
        }

        NoteManagementPort(settings, before, problems);
        if (settings.Spool.Directory != _spoolDirectory)
        {
            string restart = $"spool: {_spoolDirectory} stays in use, a spool is changed by a restart only; everything else has taken effect";
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Warning, restart));
            _log.ConfigWarning(restart);
        }

        return true;
    }

    /// <summary>Null, with a problem more, when a key cannot be used. On a thread of its own, like the configuration itself.</summary>
    private async Task<KeyRings?> ReadKeysAsync(ServerSettings settings, List<ConfigProblem> problems)
    {
        try
        {
            return await Task.Factory.StartNew(
                () => KeyRings.Read(settings, ConfigSurroundings.Machine.Read, _clock, _log),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (DkimKeyException unusable)
        {
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Error, unusable.Message));
            return null;
        }
    }

    private async Task<ServerTlsTable?> ReadTlsAsync(ServerSettings settings, List<ConfigProblem> problems)
    {
        try
        {
            return await Task.Factory.StartNew(() => ReadTls(settings), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (TlsFileException unusable)
        {
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Error, unusable.Message));
            return null;
        }
    }

    private ServerTlsTable ReadTls(ServerSettings settings) =>
        ServerTlsTable.Read([.. settings.Listeners.Select(one => one.Tls), settings.HttpTls], _tls, ConfigSurroundings.Machine.Read, _clock.Time, _log);
}
