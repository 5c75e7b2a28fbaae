// godwit: the operator's command line. It starts in milliseconds, passes the words to the server and prints what comes back.

using Godwit.Cli;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var screen = new Screen(Console.Out, Console.Error, !Console.IsOutputRedirected);
return await new CommandLine(screen, Environment.GetEnvironmentVariable).RunAsync(args, stop.Token);
