// "godwit check config FILE": the server program itself judges the file, so no server has to run and the verdict is the server's own.

namespace Godwit.Cli;

internal static class ConfigCheck
{
    /// <summary>Where PowerMTA keeps its configuration: what <c>pmta test config</c> without a file means.</summary>
    public const string PowerMtaFile = "/etc/pmta/config";

    /// <summary>Options that godwitd itself takes.</summary>
    private static readonly string[] _passedOn = ["--strict", "--file-only", "--all"];

    /// <summary>Whether the words ask for a check: <c>check config</c>, or PowerMTA's <c>test config</c>, with options before or behind.</summary>
    public static bool IsMeant(IEnumerable<string> words) =>
        words.Where(w => !IsOption(w)).Take(2).ToList() is [var verb, var what]
        && verb.Length >= 2 && (Begins("check", verb) || Begins("test", verb)) && what.Length > 0 && Begins("config", what);

    /// <summary>Whether the words are PowerMTA's <c>test config</c> with nothing behind it: the file of the server that runs here.</summary>
    public static bool IsAboutServer(IReadOnlyList<string> words) => words is [var verb, _] && Begins("test", verb) && !words.Any(IsOption);

    /// <summary>Runs <c>godwitd --check FILE</c>; its output and its exit code (0 usable, 1 warnings with --strict, 2 errors) are passed on.</summary>
    /// <param name="usualFile">The file that is judged when none is named and it exists; as <c>pmta</c> also when it does not.</param>
    /// <param name="calledAs">The name this program was started by.</param>
    public static async Task<int> RunAsync(
        List<string> words, GlobalOptions options, Screen screen, Func<string, string?> environment, string calledAs, string usualFile,
        CancellationToken cancellation)
    {
        List<string> files = [.. words.Where(w => !IsOption(w)).Skip(2)];
        if (words.Find(w => IsOption(w) && !_passedOn.Contains(w)) is { } unknown)
        {
            await screen.Error.WriteLineAsync(
                $"godwit: check config does not take \"{unknown}\"; it takes {string.Join(", ", _passedOn)} and --json, --xml or --dom");
            return ExitCode.Usage;
        }

        if (files.Count == 0 && !calledAs.EndsWith("pmta", StringComparison.Ordinal))
        {
            bool isThere = File.Exists(usualFile);
            await screen.Error.WriteLineAsync(isThere
                ? $"godwit: no file is named, so {usualFile} is judged"
                : $"godwit: check config needs one file, and there is no {usualFile} to take instead: godwit check config /etc/godwit/config");
            if (!isThere)
            {
                return ExitCode.Usage;
            }
        }

        if (files.Count > 1)
        {
            await screen.Error.WriteLineAsync("godwit: check config needs one file: godwit check config /etc/godwit/config");
            return ExitCode.Usage;
        }

        string file = files.Count == 1 ? files[0] : usualFile;
        string[] arguments = ["--check", file, .. _passedOn.Where(words.Contains), .. Format(options, screen, environment)];
        return await ServerProgram.RunAsync(arguments, screen, environment, cancellation);
    }

    private static string[] Format(GlobalOptions options, Screen screen, Func<string, string?> environment) =>
        options.Format != "text" ? options.FormatOption
        : screen.IsTerminal && string.IsNullOrEmpty(environment("NO_COLOR")) ? ["--color"] : [];

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);

    private static bool Begins(string whole, string start) => whole.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
