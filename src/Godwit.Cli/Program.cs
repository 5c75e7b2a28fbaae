// godwit: the operator's command line. It starts in milliseconds, passes the words to the server and prints what comes back.

using Godwit.Cli;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var screen = new Screen(Console.Out, Console.Error, !Console.IsOutputRedirected)
{
    AskSecret = SecretInput.Ask, AsksPerson = !Console.IsInputRedirected,
};
string calledAs = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
return await new CommandLine(screen, Environment.GetEnvironmentVariable, calledAs).RunAsync(args, stop.Token);
