// "godwit check config FILE": the server program itself judges the file, so no server has to run and the verdict is the server's own.

namespace Godwit.Cli;

internal static class ConfigCheck
{
    /// <summary>Runs <c>godwitd --check FILE</c>; its output and its exit code (0 good, 2 bad) are passed on.</summary>
    public static async Task<int> RunAsync(
        List<string> words, GlobalOptions options, Screen screen, Func<string, string?> environment, CancellationToken cancellation)
    {
        if (words is not [var file])
        {
            await screen.Error.WriteLineAsync("godwit: check config needs one file: godwit check config /etc/godwit/config");
            return ExitCode.Usage;
        }

        string[] arguments = options.Format == "json" ? ["--check", file, "--json"] : ["--check", file];
        return await ServerProgram.RunAsync(arguments, screen, environment, cancellation);
    }
}
