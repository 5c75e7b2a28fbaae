// --watch N: the same look again and again. On a terminal one screen that is written over, elsewhere one answer behind the other.
// Where no server answers at first, there is nothing to watch: that is said, with its exit code. Later it goes on without an answer: whoever watches a restart
// wants to see its end. Ctrl-C and SIGTERM end it with 0, for it did what it was asked to do.

using System.Text;

namespace Godwit.Cli;

internal sealed class WatchLoop(Screen screen, IReadOnlyList<string> words, string format, TimeSpan pause)
{
    /// <summary>Verbs that only look; repeating a change would be a mishap.</summary>
    private static readonly string[] _looks = ["show", "list", "why", "resolve", "check"];

    private const string Home = "\e[H";
    private const string ClearLine = "\e[K";
    private const string ClearBelow = "\e[J";

    /// <summary>Whether the words ask the server and only look.</summary>
    public static bool IsMeant(IReadOnlyList<string> words) => words[0].Length > 1
        && _looks.Any(verb => verb.StartsWith(words[0], StringComparison.OrdinalIgnoreCase))
        && !ConfigCheck.IsMeant(words) && !SettingsInquiry.TryTakeFile([.. words], out _);

    public static string Refusal(IReadOnlyList<string> words) =>
        $"--watch repeats what asks the server and only looks ({string.Join(", ", _looks)}), not \"{string.Join(' ', words)}\"";

    /// <summary>Looks until it is cancelled; a command that no server understands ends it at once.</summary>
    public async Task<int> RunAsync(Func<CancellationToken, Task<ServerReply>> look, CancellationToken cancellation)
    {
        try
        {
            for (bool isFirst = true; ; isFirst = false)
            {
                ServerReply reply = await look(cancellation);
                if (reply.ExitCode == ExitCode.Usage || (isFirst && reply.ExitCode == ExitCode.Unreachable))
                {
                    await SayAsync(reply);
                    return reply.ExitCode;
                }

                await ShowAsync(reply);
                await screen.Pause(pause, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
    }

    /// <summary>What is no answer goes where single looks put it: a reader of the answers does not stumble over it.</summary>
    private async Task SayAsync(ServerReply reply)
    {
        bool isText = format == "text";
        TextWriter to = isText ? screen.Error : screen.Out;
        await to.WriteLineAsync(reply.IsReport || isText ? reply.Text.TrimEnd('\n') : Envelope.Fault(reply.Text, format));
        await to.FlushAsync();
    }

    private async Task ShowAsync(ServerReply reply)
    {
        if (!screen.IsTerminal && reply.ExitCode != ExitCode.Done)
        {
            await SayAsync(reply);
            return;
        }

        string text = format == "text" ? TerminalTable.Dress(reply.Text, words, screen) : reply.Text.TrimEnd('\n');
        if (!screen.IsTerminal)
        {
            await screen.Out.WriteAsync(text + "\n\n");
            await screen.Out.FlushAsync();
            return;
        }

        (int columns, int lines) = screen.Size();
        string title = $"Every {pause.TotalSeconds:0.#} s: godwit {string.Join(' ', words)}";
        string clock = TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss");
        var whole = new StringBuilder(Home);
        whole.Append(TerminalTable.Fit(title + clock.PadLeft(Math.Max(clock.Length + 2, columns - title.Length)), columns)).Append(ClearLine).Append('\n');
        foreach (string line in text.Split('\n').Take(lines - 2))
        {
            // A line that is wider than the window would scroll what is written over; one with colours fits already.
            whole.Append(line.Contains('\e') ? line : TerminalTable.Fit(line, columns)).Append(ClearLine).Append('\n');
        }

        // In one piece: a screen that is cleared first flickers.
        await screen.Out.WriteAsync(whole.Append(ClearBelow).ToString());
        await screen.Out.FlushAsync();
    }
}
