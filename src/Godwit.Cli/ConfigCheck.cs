// "godwit check config FILE": the server program itself judges the file, so no server has to run and the verdict is the server's own.

namespace Godwit.Cli;

internal static class ConfigCheck
{
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

        string[] arguments = ["--check", file, .. Options(words.Contains(Strict), options, screen, environment)];
        return await ServerProgram.RunAsync(arguments, screen, environment, cancellation);
    }

    private static IEnumerable<string> Options(bool strict, GlobalOptions options, Screen screen, Func<string, string?> environment)
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
}
