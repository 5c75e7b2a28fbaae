// What the shell may offer behind the words that were typed: the next word of a verb, an option, or a name that the server knows.
// It must be quick and quiet: a server that does not answer in a third of a second has no names to offer, and nothing is ever printed on an error.

using System.Text.Json;

namespace Godwit.Cli;

internal static class Completion
{
    /// <summary>How the scripts of <see cref="CompletionScripts"/> ask.</summary>
    public const string Word = "__complete";

    /// <summary>Longer, and the person has typed the name already.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(300);

    /// <summary>More do not fit a screen.</summary>
    private const int MostNames = 200;

    private static readonly string[] _global =
        ["--server", "--ca-file", "--api-key-file", "--json", "--xml", "--dom", "--timeout", "--watch", "--help", "--version"];

    /// <summary>Prints a candidate a line. The last of the words is the one that is being typed; it may be empty.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> words, Func<string, string?> environment, Screen screen, CancellationToken cancellation)
    {
        string typed = words.Count > 0 ? words[^1] : "";
        if (GlobalOptions.Parse([.. words.SkipLast(1)], environment, out List<string> before, out _) is not { } options)
        {
            return ExitCode.Usage;
        }

        before.RemoveAll(word => word.StartsWith("--", StringComparison.Ordinal));
        foreach (string candidate in await CandidatesAsync(before, typed, options with { Timeout = _patience, Format = "json" }, cancellation))
        {
            await screen.Out.WriteLineAsync(candidate);
        }

        return ExitCode.Done;
    }

    private static async Task<IEnumerable<string>> CandidatesAsync(
        IReadOnlyList<string> before, string typed, GlobalOptions options, CancellationToken cancellation)
    {
        HelpTopic? verb = HelpText.Topics.Where(topic => Begins(before, topic)).MaxBy(topic => topic.Words.Length);
        if (typed.StartsWith('-'))
        {
            return Matching([.. verb is null ? [] : OptionsOf(verb), .. _global], typed);
        }

        string[] next = [.. NextWords(before, typed)];
        if (next.Length > 0 || verb is null)
        {
            return next;
        }

        string operand = verb.Arguments;
        (string question, string list, string name) =
            operand.Contains("DOMAIN[/VMTA]", StringComparison.Ordinal) ? ("topqueues", "queue", "name")
            : operand.StartsWith("ID", StringComparison.Ordinal) ? ("jobs", "job", "id")
            : operand.StartsWith("VMTA", StringComparison.Ordinal) ? ("vmtas", "vmta", "name")
            : operand.Contains("DOMAIN", StringComparison.Ordinal) ? ("topdomains", "domain", "name") : ("", "", "");
        return operand is "bash|zsh" ? Matching(["bash", "zsh"], typed)
            : question.Length == 0 ? [] : Matching(await NamesAsync(question, list, name, options, cancellation), typed);
    }

    /// <summary>The words that may follow, when what stands before is the beginning of verbs.</summary>
    private static IEnumerable<string> NextWords(IReadOnlyList<string> before, string typed) => HelpText.Topics
        .Select(topic => topic.Words.Split(' '))
        .Where(parts => parts.Length > before.Count && before.Zip(parts).All(pair => IsShort(pair.First, pair.Second)))
        .Where(parts => IsShortOrEmpty(typed, parts[before.Count]))
        .Select(parts => parts[before.Count])
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

    private static bool Begins(IReadOnlyList<string> words, HelpTopic topic)
    {
        string[] parts = topic.Words.Split(' ');
        return words.Count >= parts.Length && parts.Zip(words).All(pair => IsShort(pair.Second, pair.First));
    }

    private static bool IsShort(string typed, string word) => typed.Length > 0 && IsShortOrEmpty(typed, word);

    private static bool IsShortOrEmpty(string typed, string word) => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> OptionsOf(HelpTopic verb) => verb.Arguments
        .Split([' ', '[', ']', '|'], StringSplitOptions.RemoveEmptyEntries)
        .Where(part => part.StartsWith("--", StringComparison.Ordinal))
        .Select(part => part.Contains('=', StringComparison.Ordinal) ? part[..(part.IndexOf('=', StringComparison.Ordinal) + 1)] : part);

    private static IEnumerable<string> Matching(IEnumerable<string> candidates, string typed) =>
        candidates.Where(candidate => candidate.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal);

    private static async Task<IReadOnlyList<string>> NamesAsync(
        string question, string list, string name, GlobalOptions options, CancellationToken cancellation)
    {
        using var server = new ServerConnection(options);
        ServerReply reply = await server.RunAsync(["show", question, $"--maxitems={MostNames}"], cancellation);
        if (reply.ExitCode != ExitCode.Done)
        {
            return [];
        }

        try
        {
            using var answer = JsonDocument.Parse(reply.Text);
            return [.. answer.RootElement.GetProperty("data").GetProperty(list).EnumerateArray().Select(item => item.GetProperty(name).GetString() ?? "")];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return [];
        }
    }
}
