// Runs godwitd for questions about a file: the server program itself answers, so no server has to run and the answer is the server's own.

using System.ComponentModel;
using System.Diagnostics;

namespace Godwit.Cli;

internal static class ServerProgram
{
    /// <summary>Names another godwitd than the one beside this program.</summary>
    public const string Variable = "GODWIT_SERVER_PROGRAM";

    /// <summary>Runs godwitd; its output and its exit code are passed on.</summary>
    public static async Task<int> RunAsync(
        IEnumerable<string> arguments, Screen screen, Func<string, string?> environment, CancellationToken cancellation)
    {
        string program = environment(Variable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "godwitd");
        if (!File.Exists(program))
        {
            await screen.Error.WriteLineAsync($"godwit: {program} is not there; set {Variable} to the godwitd that shall judge the file");
            return ExitCode.Unreachable;
        }

        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
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
