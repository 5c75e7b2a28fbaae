// "godwit check config FILE": the server program itself judges the file, so no server has to run and the verdict is the server's own.

using System.ComponentModel;
using System.Diagnostics;

namespace Godwit.Cli;

internal static class ConfigCheck
{
    /// <summary>Names another godwitd than the one beside this program.</summary>
    public const string ServerProgramVariable = "GODWIT_SERVER_PROGRAM";

    /// <summary>Where PowerMTA keeps its configuration: what <c>pmta test config</c> without a file means.</summary>
    private const string PowerMtaFile = "/etc/pmta/config";

    private const string Strict = "--strict";

    /// <summary>Whether the words ask for a check: <c>check config</c>, or PowerMTA's <c>test config</c>, with options before or behind.</summary>
    public static bool IsMeant(IEnumerable<string> words) =>
        words.Where(w => !IsOption(w)).Take(2).ToList() is [var verb, var what]
        && verb.Length >= 2 && (Begins("check", verb) || Begins("test", verb)) && what.Length > 0 && Begins("config", what);

    /// <summary>Runs <c>godwitd --check FILE</c>; its output and its exit code (0 usable, 1 warnings with --strict, 2 errors) are passed on.</summary>
    /// <param name="calledAs">The name this program was started by; as <c>pmta</c> it knows where the file is.</param>
    public static async Task<int> RunAsync(
        List<string> words, GlobalOptions options, Screen screen, Func<string, string?> environment, string calledAs, CancellationToken cancellation)
    {
        List<string> files = [.. words.Where(w => !IsOption(w)).Skip(2)];
        if (files.Count == 0 && calledAs.EndsWith("pmta", StringComparison.Ordinal))
        {
            files.Add(PowerMtaFile);
        }

        if (words.Find(w => IsOption(w) && w != Strict) is { } unknown)
        {
            await screen.Error.WriteLineAsync($"godwit: check config does not take \"{unknown}\"; it takes {Strict} and --json");
            return ExitCode.Usage;
        }

        if (files is not [var file])
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
        foreach (string argument in Arguments(words.Contains(Strict), options, screen, environment).Prepend(file).Prepend("--check"))
        {
            start.ArgumentList.Add(argument);
        }

        return await PassOnAsync(start, screen, cancellation);
    }

    private static IEnumerable<string> Arguments(bool strict, GlobalOptions options, Screen screen, Func<string, string?> environment)
    {
        if (strict)
        {
            yield return Strict;
        }

        if (options.Format == "json")
        {
            yield return "--json";
        }
        else if (screen.IsTerminal && string.IsNullOrEmpty(environment("NO_COLOR")))
        {
            yield return "--color";
        }
    }

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);

    private static bool Begins(string whole, string start) => whole.StartsWith(start, StringComparison.OrdinalIgnoreCase);

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
