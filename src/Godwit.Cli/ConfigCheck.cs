// "godwit check config FILE": the server program itself judges the file, so no server has to run and the verdict is the server's own.

using System.ComponentModel;
using System.Diagnostics;

namespace Godwit.Cli;

internal static class ConfigCheck
{
    /// <summary>Names another godwitd than the one beside this program.</summary>
    public const string ServerProgramVariable = "GODWIT_SERVER_PROGRAM";

    /// <summary>Runs <c>godwitd --check FILE</c>; its output and its exit code (0 good, 2 bad) are passed on.</summary>
    public static async Task<int> RunAsync(
        List<string> words, GlobalOptions options, Screen screen, Func<string, string?> environment, CancellationToken cancellation)
    {
        if (words is not [var file])
        {
            await screen.Error.WriteLineAsync("godwit: check config needs one file: godwit check config /etc/godwit/config");
            return ExitCode.Usage;
        }

        string program = environment(ServerProgramVariable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "godwitd");
        if (!File.Exists(program))
        {
            await screen.Error.WriteLineAsync($"godwit: {program} is not there; set {ServerProgramVariable} to the godwitd that shall judge the file");
            return ExitCode.Unreachable;
        }

        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--check");
        start.ArgumentList.Add(file);
        if (options.Format == "json")
        {
            start.ArgumentList.Add("--json");
        }

        return await PassOnAsync(start, screen, cancellation);
    }

    private static async Task<int> PassOnAsync(ProcessStartInfo start, Screen screen, CancellationToken cancellation)
    {
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("a redirected process always starts anew");
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
            await screen.Out.WriteAsync(await output);
            await screen.Error.WriteAsync(await error);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode;
        }
        catch (Win32Exception error)
        {
            await screen.Error.WriteLineAsync($"godwit: {start.FileName} cannot be run: {error.Message}");
            return ExitCode.Unreachable;
        }
    }
}
