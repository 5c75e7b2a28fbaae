// godwitd: read the arguments and the configuration, then run the server, check the file, or answer a question about it.
// Exit codes: 0 stopped, checked or answered, 1 could not start, there is no such thing, or warnings with --strict, 2 wrong usage or configuration.

using System.Runtime.InteropServices;
using System.Text;
using Godwit;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

const string usage = """
    usage: godwitd --config FILE     run the server in the foreground
           godwitd --check FILE      check a configuration and say what is wrong with it
                   [--strict]        exit with 1 when there are warnings
                   [--json]          say it for a program
                   [--color]         in colour, also where this is no terminal
           godwitd --ask FILE VERB   answer from a configuration file, no server running: show settings DOMAIN[/VMTA] [--origin],
                                     show vmta-settings VMTA, show source-settings IP; --json for programs
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
    string[] options = ["--check", "--strict", "--json", "--color"];
    if (args.Except(options).ToList() is not [{ } file] || file.StartsWith("--", StringComparison.Ordinal))
    {
        return Refuse(usage);
    }

    ConfigLoad load = GodwitServer.LoadConfiguration(file);
    bool colour = args.Contains("--color")
        || (!Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    IEnumerable<string> lines = args.Contains("--json") ? [ConfigReport.Json(load)] : ConfigReport.Lines(load, colour);
    Console.WriteLine(string.Join('\n', lines));
    return load.Settings is null ? 2 : args.Contains("--strict") && load.HasWarnings ? 1 : 0;
}

static async Task<int> AskAsync(string file, string[] words)
{
    ReportFormat format = words.Contains("--json") ? ReportFormat.Json : ReportFormat.Text;
    if (!OperatorCommand.TryParse([.. words.Where(word => word != "--json")], out OperatorCommand question, out MessageReport usage))
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
    (done || format == ReportFormat.Json ? Console.Out : Console.Error).WriteLine(Encoding.UTF8.GetString(report.Write(format).Span).TrimEnd('\n'));
    return report.Outcome switch { ReportOutcome.Done => 0, ReportOutcome.Refused => 1, _ => 2 };
}

static async Task<int> RunAsync(string file)
{
    ConfigLoad load = GodwitServer.LoadConfiguration(file);
    foreach (ConfigProblem problem in load.Problems)
    {
        await Console.Error.WriteLineAsync(problem.ToString());
    }

    if (load.Settings is not { } settings)
    {
        return 2;
    }

    using var stop = new CancellationTokenSource();
    string reason = "";
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        reason = signal.Signal.ToString();
        stop.Cancel();
    }

    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    await using var logFile = new LogFile(
        settings.LogFile, settings.LogRotate, TimeProvider.System, settings.LogAutoRotation, settings.LogFileWorldReadable);
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
        using PosixSignalRegistration reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = server.Operator.ReloadAsync(CancellationToken.None);
        });
        log.ConfigLoaded(settings.ConfigFile, load.Tally.InEffect, load.Tally.NotYet, load.Tally.Unknown);
        log.ServerStarted(ProductVersion.Text, settings.ConfigFile);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
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
        // Asked to stop before everything was open.
    }

    log.ServerStopped(reason);
    return 0;
}
