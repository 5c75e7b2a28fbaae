// The composition root: every room built, started and stopped, in order, on one page. Owned by Program (and by tests, which start whole servers in
// their process).
// Starting fails with a StartupException whose message is for the operator. Stopping goes backwards: no new mail, no new deliveries, fates settled,
// files closed.

using Godwit.Accounting;
using Godwit.Control;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Spool;
using Godwit.Web;
using Microsoft.Extensions.Logging;

namespace Godwit;

/// <summary>One running server.</summary>
public sealed class GodwitServer : IAsyncDisposable
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
    private readonly Scheduler _scheduler;
    private readonly Settlement _settlement;
    private readonly DnsResolver _resolver;
    private readonly ConnectionDeadlines _deadlines;
    private readonly DeliveryDispatcher _dispatcher;
    private readonly SmtpReception _reception;
    private readonly Operator _operator;
    private DummyReceiver? _dummy;
    private WebConsole? _console;
    private volatile bool _stopping;

    private GodwitServer(ServerSettings settings, Func<ConfigLoad> load, TimeProvider time, ILoggerFactory loggers)
    {
        _load = load;
        _log = loggers.CreateLogger("godwitd");
        _clock = new ServerClock(time);
        _settings = new CurrentSettings(settings);
        Traffic = new TrafficCounters(_clock);

        // Floor 3: what keeps, what knows, what decides.
        _spool = OpenSpool(settings, _clock, _settings, _log);
        _accounting = new AccountingLog(settings.AccountingFiles, _clock, _log);
        _scheduler = new Scheduler(_settings);
        _resolver = new DnsResolver(() => _settings.Value.NameServers, _clock, _log);
        _deadlines = new ConnectionDeadlines(time);
        var mx = new MxLookup(_resolver, new Random());

        // Floors 4 and 5: the two doors.
        var ids = new MessageId.Sequence(_clock);
        ids.StartAfter(_spool.LargestId);
        var intake = new MessageIntake(_spool, _accounting, _scheduler, _settings, Traffic, ids, _clock, _log);
        _settlement = new Settlement(_accounting, _spool, _scheduler, intake, _settings, Traffic, _clock, _log);

        // Floor 6: the two sides of the network.
        DeliveryDoors doors = DeliveryDoors.Of(_spool, _settlement, mx) with { HasVirtualMta = name => _settings.Value.VirtualMtas.ContainsKey(name) };
        _dispatcher = new DeliveryDispatcher(_scheduler, doors, _deadlines, Traffic, new Random(), _clock, _log);
        _reception = new SmtpReception(_settings, SubmissionDoor.To(intake, _settlement), Traffic, _deadlines, _clock, _log);

        // Floor 7: the operator.
        _operator = new Operator(View(), _log);
        Restore(intake);
    }

    public TrafficCounters Traffic { get; }

    /// <summary>Where clients can connect, with real ports.</summary>
    public IReadOnlyList<System.Net.IPEndPoint> SmtpEndPoints => _reception.EndPoints;

    /// <summary>The management port that is open; 0 when none is.</summary>
    public int ManagementPort => _console?.Port ?? 0;

    public Operator Operator => _operator;

    /// <summary>Builds the server and opens its doors, mail last. <paramref name="load"/> reads the configuration again for a reload.</summary>
    public static async Task<GodwitServer> StartAsync(
        ServerSettings settings, Func<ConfigLoad> load, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation)
    {
        GodwitServer server;
        try
        {
            server = new GodwitServer(settings, load, time, loggers);
        }
        catch (Exception failure) when (failure is SpoolException or AccountingException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(failure.Message, failure);
        }

        try
        {
            await server.OpenAsync(loggers, cancellation);
            return server;
        }
        catch (Exception failure)
        {
            await server.DisposeAsync();
            if (failure is PortUnavailableException or IOException or UnauthorizedAccessException)
            {
                throw new StartupException(failure.Message, failure);
            }

            throw;
        }
    }

    /// <summary>Stops within ten seconds. Nothing acknowledged is lost: what is not settled stays in the spool.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        using var patience = new CancellationTokenSource(_recordBound, _clock.Time);
        await using CancellationTokenRegistration over = patience.Token.UnsafeRegister(static state => ((GodwitServer)state!).GiveUpRecording(), this);
        await _reception.StopAsync(_stopBound);
        await _dispatcher.StopAsync(_stopBound);
        await _settlement.DisposeAsync();
        await _accounting.DisposeAsync();
        await _spool.DisposeAsync();
        await _dispatcher.DisposeAsync();
        if (_dummy is not null)
        {
            await _dummy.DisposeAsync();
        }

        if (_console is not null)
        {
            await _console.DisposeAsync();
        }

        _operator.Dispose();
        await _resolver.DisposeAsync();
        _deadlines.Dispose();
    }

    /// <summary>Reads the configuration anew: all of it takes effect, or nothing does.</summary>
    public async Task<ReloadReport> ReloadAsync(CancellationToken cancellation)
    {
        ConfigLoad load = _load();
        foreach (ConfigProblem problem in load.Problems.Where(problem => problem.Severity == ConfigSeverity.Error))
        {
            _log.ConfigError(problem.ToString());
        }

        if (load.Settings is not { } settings)
        {
            return new ReloadReport(false, load.Problems);
        }

        // What can fail comes first: a refused reload has changed nothing.
        var problems = load.Problems.ToList();
        try
        {
            await _accounting.ReplaceAsync(settings.AccountingFiles);
        }
        catch (AccountingException failure)
        {
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Error, failure.Message));
            return new ReloadReport(false, problems);
        }

        _settings.Replace(settings);
        _scheduler.SettingsChanged(_clock.Now);
        foreach (string problem in await _reception.ApplyAsync(settings.Listeners))
        {
            _log.ConfigWarning(problem);
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Warning, problem));
        }

        return new ReloadReport(true, problems);
    }

    /// <summary>Sessions and deliveries that wait for a device go on, and end. What it did not take stays in the spool.</summary>
    private void GiveUpRecording()
    {
        _accounting.GiveUp();
        _settlement.GiveUp();
    }

    private static MessageSpool OpenSpool(ServerSettings settings, ServerClock clock, CurrentSettings current, ILogger log)
    {
        if (!Directory.Exists(settings.Spool.Directory))
        {
            throw new SpoolException(
                $"the spool directory {settings.Spool.Directory} does not exist: create it, or correct <spool> in {settings.ConfigFile}");
        }

        // Mail is its senders' business: nobody else on the machine reads it.
        var volume = new OsVolume(settings.Spool.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return MessageSpool.Open(volume, () => current.Value.Spool.MinFreeSpace, clock, log);
    }

    private async Task OpenAsync(ILoggerFactory loggers, CancellationToken cancellation)
    {
        ServerSettings settings = _settings.Value;
        if (settings.DummyReceiver is { } dummy)
        {
            _dummy = new DummyReceiver(dummy, settings.HostName, _deadlines, _clock.Time);
            if (!_dummy.TryStart(_log, out string problem))
            {
                throw new StartupException(problem);
            }
        }

        if (settings.HttpManagementPort > 0)
        {
            string token = Path.Combine(settings.Spool.Directory, "control-token");
            _console = await WebConsole.StartAsync(_operator, settings.HttpManagementPort, token, loggers, cancellation);
        }

        _dispatcher.Start();
        IReadOnlyList<string> closed = await _reception.ApplyAsync(settings.Listeners);
        if (closed.Count > 0)
        {
            throw new StartupException(string.Join("; ", closed));
        }
    }

    private void Restore(MessageIntake intake)
    {
        long recipients = 0;
        long messages = 0;
        foreach (RecoveredMessage recovered in _spool.Recovered)
        {
            intake.Restore(recovered);
            messages++;
            recipients += recovered.Open.Count;
        }

        if (messages > 0)
        {
            _log.SpoolRestored(messages, recipients);
        }
    }

    private ServerView View() => new()
    {
        Clock = _clock,
        Settings = _settings,
        Traffic = Traffic,
        QueueTotals = _scheduler.Totals,
        TopQueues = _scheduler.TopQueues,
        Spool = () => new SpoolCounts(100, _spool.Files.InUse, _spool.Files.Free),
        Resolver = () => new ResolverCounts(_resolver.NamesCached, _resolver.QueriesPending),
        AccountingFiles = () => _accounting.CurrentPaths,
        NotReady = () => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason),
        ShuttingDown = () => _stopping,
        Reload = ReloadAsync,
    };
}
