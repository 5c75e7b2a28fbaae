// godwitd: read the arguments and the configuration, then run the server, check the file, answer a question about it, rehearse a campaign, or make a key.
// Exit codes: 0 stopped, checked or answered, 1 could not start, there is no such thing, or warnings with --strict, 2 wrong usage or configuration.

using System.Runtime.InteropServices;
using System.Text;
using Godwit;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Rehearsal;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

const string usage = """
    usage: godwitd --config FILE     run the server in the foreground
           godwitd --check FILE      check a configuration and say what is wrong with it
                   [--strict]        exit with 1 when there are warnings
                   [--file-only]     judge the file alone: not the directories, addresses and keys of this machine
                   [--all]           list every place of a problem
                   [--json] [--xml] [--dom]    say it for a program
                   [--color]         in colour, also where this is no terminal
           godwitd --ask FILE VERB   answer from a configuration file, no server running: show settings DOMAIN[/VMTA] [--origin] [--set],
                                     show vmta-settings VMTA, show source-settings IP; --json for programs
           godwitd --rehearse FILE --recipients N | --campaign FILE.csv    how a campaign would run: godwitd --rehearse says more
           godwitd --keygen DOMAIN SELECTOR    make a DKIM key: godwitd --keygen says more
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
    ["--ask", { } file, .. var words] => await AskAsync(file, words),
    ["--rehearse", .. var words] => RehearsalCommand.Run(words, file => GodwitServer.LoadConfiguration(file, isForeign: true), Console.Out, Console.Error),
    ["--keygen", .. var words] => KeygenCommand.Run(words, Console.Out, Console.Error),
    _ when args.Contains("--check") => Check(args),
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

static int Check(string[] args)
{
    string[] options = ["--check", "--strict", "--file-only", "--all", "--color"];
    if (args.Except(options).Except(MachineFormats()).ToList() is not [{ } file] || file.StartsWith("--", StringComparison.Ordinal))
    {
        return Refuse(usage);
    }

    ConfigLoad load = GodwitServer.LoadConfiguration(file, isForeign: args.Contains("--file-only"));
    bool strict = args.Contains("--strict");
    if (FormatOf(args) is not ReportFormat.Text and var format)
    {
        return Print(new CheckedConfigReport(load, strict), format);
    }

    bool colour = args.Contains("--color")
        || (!Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    Console.WriteLine(string.Join('\n', ConfigReport.Lines(load, colour, all: args.Contains("--all"))));
    return load.Settings is null ? 2 : strict && load.HasWarnings ? 1 : 0;
}

static string[] MachineFormats() => ["--json", "--xml", "--dom"];

static ReportFormat FormatOf(string[] words)
{
    _ = ReportFormats.TryParse(words.LastOrDefault(MachineFormats().Contains)?[2..], ReportFormat.Text, out ReportFormat format);
    return format;
}

static async Task<int> AskAsync(string file, string[] words)
{
    ReportFormat format = FormatOf(words);
    if (!OperatorCommand.TryParse([.. words.Where(word => !MachineFormats().Contains(word))], out OperatorCommand question, out MessageReport usage))
    {
        return Print(usage, format);
    }

    if (!SettingsQuestion.IsAskedBy(question))
    {
        return Print(new MessageReport(ReportOutcome.Usage, $"\"{question.Name}\" is for a running server; a file answers questions about settings"), format);
    }

    ConfigLoad load = GodwitServer.LoadConfiguration(file);
    if (load.Settings is { } settings)
    {
        return Print(SettingsQuestion.Answer(settings, question), format);
    }

    foreach (ConfigProblem problem in load.Problems.Where(problem => problem.Severity == ConfigSeverity.Error))
    {
        await Console.Error.WriteLineAsync(problem.ToString());
    }

    return Print(new MessageReport(ReportOutcome.Usage, $"{file} has errors and would not load: see \"godwit check config {file}\""), format);
}

static int Print(OperatorReport report, ReportFormat format)
{
    bool done = report.Outcome == ReportOutcome.Done;
    (done || format != ReportFormat.Text ? Console.Out : Console.Error).WriteLine(Encoding.UTF8.GetString(report.Write(format).Span).TrimEnd('\n'));
    return report.Outcome switch { ReportOutcome.Done => 0, ReportOutcome.Refused => 1, _ => 2 };
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
    ConfigLoad load = GodwitServer.LoadConfiguration(file);
    foreach (ConfigProblem problem in load.Problems)
    {
        await Console.Error.WriteLineAsync(problem.ToString());
    }

    if (load.Settings is not { } settings)
    {
        return 2;
    }

    await using var logFile = new LogFile(
        settings.LogFile, settings.LogRotate, TimeProvider.System, settings.LogAutoRotation, settings.LogFileWorldReadable, asJson: settings.LogAsJson);
    ConfigLoad LoadAgain()
    {
        // Also for a configuration that is refused: whoever has moved the log away sends the same signal.
        _ = logFile.ReopenAsync();
        return GodwitServer.LoadConfiguration(file);
    }

    using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(logFile).SetMinimumLevel(LogLevel.Information));
    ILogger log = loggers.CreateLogger("godwitd");
    try
    {
        await using GodwitServer server = await GodwitServer.StartAsync(
            settings, LoadAgain, TimeProvider.System, loggers, stop.Token, logFile);
        LogWarnings(load, settings, log);
        log.ConfigLoaded(settings.ConfigFile, load.Tally.InEffect, load.Tally.NotYet, load.Tally.Unknown);
        log.ServerStarted(ProductVersion.Text, settings.ConfigFile);
        await ReloadOnSignalAsync(server, hangUps, log, stop.Token);
    }
    catch (StartupException failure)
    {
        await ReportAsync(failure, settings, log);
        return 1;
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        reason += ", before everything was open";
    }

    log.ServerStopped(reason);
    return 0;
}

static async Task ReportAsync(StartupException failure, ServerSettings settings, ILogger log)
{
    // While another godwitd has the spool, the log file is that one's too.
    bool isForeign = settings.LogFile.Length > 0 && failure.InnerException is SpoolException { IsInUse: true };
    if (!isForeign)
    {
        log.ServerNotStarted(failure.Message);
    }

    if (settings.LogFile.Length > 0)
    {
        await Console.Error.WriteLineAsync($"godwitd: {failure.Message}");
    }
}

// Who looks for a reason later looks into the log. Without a file for it the log is standard error, which has them already.
static void LogWarnings(ConfigLoad load, ServerSettings settings, ILogger log)
{
    foreach (ConfigProblem problem in load.Problems.Where(problem => settings.LogFile.Length > 0 && problem.Severity == ConfigSeverity.Warning))
    {
        log.ConfigWarning(problem.ToString());
    }
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
