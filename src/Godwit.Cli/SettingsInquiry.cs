// "godwit show settings ... --config FILE": the question is answered from a file instead of by a running server.

namespace Godwit.Cli;

internal static class SettingsInquiry
{
    /// <summary>Takes <c>--config FILE</c> out of the words of a <c>show</c>. False when it is not there; an empty file when its name is missing.</summary>
    public static bool TryTakeFile(List<string> words, out string file)
    {
        file = "";
        int at = words.FindIndex(word => word == "--config" || word.StartsWith("--config=", StringComparison.Ordinal));
        if (at < 0 || words[0].Length == 0 || !"show".StartsWith(words[0], StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        int last = at;
        file = GlobalOptions.Value(words, ref last);
        words.RemoveRange(at, last - at + 1);
        return true;
    }

    /// <summary>Runs <c>godwitd --ask FILE VERB</c>; its output and its exit code are passed on.</summary>
    public static async Task<int> RunAsync(
        string file, List<string> words, GlobalOptions options, Screen screen, Func<string, string?> environment, CancellationToken cancellation)
    {
        if (file.Length == 0)
        {
            await screen.Error.WriteLineAsync("godwit: --config needs a file: godwit show settings bigmail.example/vmta-1 --config /etc/godwit/config");
            return ExitCode.Usage;
        }

        return await ServerProgram.RunAsync(["--ask", file, .. words, .. options.FormatOption], screen, environment, cancellation);
    }
}
