// godwit: the operator's command line. It starts in milliseconds, passes the words to the server and prints what comes back.

using System.Runtime.InteropServices;
using Godwit.Cli;

using var stop = new CancellationTokenSource();

// What ends it leaves the terminal as it was: top has it in another state.
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using PosixSignalRegistration hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

bool isTerminal = !Console.IsOutputRedirected;
bool isDumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
var screen = new Screen(Console.Out, Console.Error, isTerminal)
{
    AskSecret = SecretInput.Ask,
    AsksPerson = !Console.IsInputRedirected,
    Size = isTerminal ? static () => (Math.Max(20, Console.WindowWidth), Math.Max(5, Console.WindowHeight)) : static () => (80, 24),
    // https://no-color.org: any value that is not empty.
    Colours = isTerminal && !isDumb && Environment.GetEnvironmentVariable("NO_COLOR") is null or "",
    NextKey = isTerminal && !isDumb && !Console.IsInputRedirected ? static () => Console.KeyAvailable ? Console.ReadKey(intercept: true) : null : null,
};
string calledAs = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
return await new CommandLine(screen, Environment.GetEnvironmentVariable, calledAs).RunAsync(args, stop.Token);

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
