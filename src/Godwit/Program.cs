// godwitd: read the arguments and the configuration, then run the server or check the file.
// Exit codes: 0 stopped or checked clean, 1 could not start, 2 wrong usage or configuration.

using System.Runtime.InteropServices;
using Godwit;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

const string usage = """
    usage: godwitd --config FILE     run the server in the foreground
           godwitd --check FILE      check a configuration and say what is wrong with it
           godwitd --version
    """;

// What a session does between two waits takes microseconds, so it goes on where the network's event is seen instead of on another thread:
// docs/decisions/003. Read by the runtime before the first socket; who sets it to 0 outside has the last word.
const string inlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inlineCompletions) is null)
{
    Environment.SetEnvironmentVariable(inlineCompletions, "1");
}

return args switch
{
    ["--config", { } file] => await RunAsync(file),
    ["--check", { } file, ..] => Check(file, json: args.Contains("--json")),
    ["--version"] => Say($"godwitd {ProductVersion.Text}"),
    ["--help" or "-h"] => Say(usage),
    _ => Refuse(usage),
};

static int Say(string text)
{
    Console.WriteLine(text);
    return 0;
}

static int Refuse(string text)
{
    Console.Error.WriteLine(text);
    return 2;
}

static int Check(string file, bool json)
{
    ConfigLoad load = ConfigFile.Load(file);
    if (json)
    {
        Console.WriteLine(ConfigReport.Json(load));
    }
    else
    {
        foreach (string line in ConfigReport.Lines(load))
        {
            Console.WriteLine(line);
        }
    }

    return load.Settings is null ? 2 : 0;
}

static async Task<int> RunAsync(string file)
{
    // Signals count from here on, also while the server starts: SIGTERM ends the start, SIGHUP is remembered until the server can reload.
    using var stop = new CancellationTokenSource();
    var hangUps = new WakeSignal();
    string reason = "";
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        reason = signal.Signal.ToString();
        stop.Cancel();
    }

    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
    {
        signal.Cancel = true;
        hangUps.Set();
    });
    ConfigLoad load = ConfigFile.Load(file);
    foreach (ConfigProblem problem in load.Problems)
    {
        await Console.Error.WriteLineAsync(problem.ToString());
    }

    if (load.Settings is not { } settings)
    {
        return 2;
    }

    await using var logFile = new LogFile(
        settings.LogFile, settings.LogRotate, TimeProvider.System, settings.LogAutoRotation, settings.LogFileWorldReadable);
    ConfigLoad LoadAgain()
    {
        ConfigLoad again = ConfigFile.Load(file);
        if (again.Settings is { } changed)
        {
            logFile.Configure(changed.LogRotate, changed.LogAutoRotation);
        }

        return again;
    }

    using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(logFile).SetMinimumLevel(LogLevel.Information));
    ILogger log = loggers.CreateLogger("godwitd");
    try
    {
        await using GodwitServer server = await GodwitServer.StartAsync(settings, LoadAgain, TimeProvider.System, loggers, stop.Token);
        log.ConfigLoaded(settings.ConfigFile, load.Tally.InEffect, load.Tally.NotYet, load.Tally.Unknown);
        log.ServerStarted(ProductVersion.Text, settings.ConfigFile);
        await ReloadOnSignalAsync(server, hangUps, log, stop.Token);
    }
    catch (StartupException failure)
    {
        log.ServerNotStarted(failure.Message);
        if (settings.LogFile.Length > 0)
        {
            await Console.Error.WriteLineAsync($"godwitd: {failure.Message}");
        }

        return 1;
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        reason += ", before everything was open";
    }

    log.ServerStopped(reason);
    return 0;
}

// Runs until asked to stop: each SIGHUP is one reload. A reload that is under way then is not waited for.
static async Task ReloadOnSignalAsync(GodwitServer server, WakeSignal hangUps, ILogger log, CancellationToken stop)
{
    try
    {
        while (true)
        {
            await hangUps.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            log.ReloadSignalled();
            await ReloadAsync(server, log).WaitAsync(stop);
        }
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        return;
    }
}

static async Task ReloadAsync(GodwitServer server, ILogger log)
{
    try
    {
        await server.Operator.ReloadAsync(CancellationToken.None);
    }
    catch (Exception error)
    {
        log.ReloadBroke(error);
    }
}
