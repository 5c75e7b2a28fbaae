// "godwit top": looks at the server every few seconds, draws, and does what keys ask. q, Ctrl-C and SIGTERM end it with 0 and leave the terminal as it was.
// Where the first look fails, nothing is drawn: why is said, with its exit code. Later it goes on without an answer, and says so on the screen.

using Godwit.Cli.Top;

namespace Godwit.Cli;

internal static class TopCommand
{
    private static readonly TimeSpan _usualPause = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks at the keyboard: below what a finger notices.</summary>
    private static readonly TimeSpan _keyPause = TimeSpan.FromMilliseconds(40);

    // The alternate screen keeps what stood on the terminal; a hidden cursor does not flicker.
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";

    public static async Task<int> RunAsync(IReadOnlyList<string> words, GlobalOptions options, Screen screen, CancellationToken cancellation)
    {
        if (words.Count > 0)
        {
            await screen.Error.WriteLineAsync($"godwit: top takes no \"{words[0]}\"; / filters while it runs");
            return ExitCode.Usage;
        }

        if (!screen.IsTerminal || screen.NextKey is not { } nextKey)
        {
            await screen.Error.WriteLineAsync("godwit: top needs a terminal; \"godwit show topqueues --watch 2\" works without one");
            return ExitCode.Usage;
        }

        using var server = new ServerConnection(options with { Format = "json" });
        using var talker = new ServerConnection(options with { Format = "text" });
        var reader = new TopReader(server);
        var model = new TopModel();
        bool isOpen = false;
        try
        {
            TopSnapshot first = await reader.LookAsync(model.Pattern, model.Sort, cancellation);
            if (first.Trouble.Length > 0)
            {
                await screen.Error.WriteLineAsync(first.Trouble);
                return first.ExitCode;
            }

            model.Show(first);
            isOpen = true;
            await screen.Out.WriteAsync(Enter);
            await new Loop(screen, nextKey, model, reader, talker, options.Watch ?? _usualPause).RunAsync(cancellation);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is one of the two ways out.
            return ExitCode.Done;
        }
        finally
        {
            await screen.Out.WriteAsync(isOpen ? Leave : "");
            await screen.Out.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>One view from its first look to its end.</summary>
    private sealed class Loop(
        Screen screen, Func<ConsoleKeyInfo?> nextKey, TopModel model, TopReader reader, ServerConnection talker, TimeSpan pause)
    {
        private string _drawn = "";

        /// <summary>What a key has asked the server; its answer is drawn when it comes, and keys go on meanwhile.</summary>
        private Task<bool>? _asked;

        public async Task RunAsync(CancellationToken cancellation)
        {
            // The first look is shown already.
            Task<TopSnapshot> look = Task.FromResult(model.Snapshot);
            long looked = TimeProvider.System.GetTimestamp();
            while (true)
            {
                bool isOld = _asked is { IsCompleted: true } asked && await asked;
                _asked = _asked is { IsCompleted: true } ? null : _asked;
                if (look.IsCompleted && !model.Frozen)
                {
                    model.Show(await look);
                    if (isOld || TimeProvider.System.GetElapsedTime(looked) >= pause)
                    {
                        look = LookAsync(cancellation);
                        looked = TimeProvider.System.GetTimestamp();
                    }
                }

                while (nextKey() is { } key)
                {
                    (int columns, int lines) = screen.Size();
                    TopWish wish = model.Press(key, lines - TopView.LinesAround, columns);
                    if (wish == TopWish.Quit)
                    {
                        return;
                    }

                    if (wish == TopWish.LookAgain)
                    {
                        looked = 0; // As if the pause were over.
                    }
                    else if (wish != TopWish.Nothing)
                    {
                        Ask(wish, cancellation);
                    }
                }

                await DrawAsync();
                await screen.Pause(_keyPause, cancellation);
            }
        }

        private Task<TopSnapshot> LookAsync(CancellationToken cancellation) => reader.LookAsync(model.Pattern, model.Sort, cancellation);

        private void Ask(TopWish wish, CancellationToken cancellation)
        {
            if (_asked is not null)
            {
                model.Message = "The server has not answered the last command yet.";
                return;
            }

            _asked = wish == TopWish.Run ? CommandAsync([.. model.Command], cancellation) : ExplainAsync(model.Chosen!.Name, cancellation);
        }

        /// <summary>True: the picture is old now.</summary>
        private async Task<bool> CommandAsync(string[] command, CancellationToken cancellation)
        {
            model.Message = $"{string.Join(' ', command)} …";
            string answer = (await talker.RunAsync(command, cancellation)).Text.TrimEnd('\n');
            // The choice may have moved on since: the answer says which queue it is about.
            model.Message = answer.Contains(command[^1], StringComparison.Ordinal) ? answer : $"{command[^1]}: {answer}";
            return true;
        }

        private async Task<bool> ExplainAsync(string queue, CancellationToken cancellation)
        {
            model.OpenPage((await talker.RunAsync(["why", queue], cancellation)).Text.TrimEnd('\n'));
            return false;
        }

        private async Task DrawAsync()
        {
            (int columns, int lines) = screen.Size();
            string picture = TopView.Draw(model, pause, columns, lines, screen.Colours);
            if (picture == _drawn)
            {
                return;
            }

            // Written over in one piece; each line clears its rest, and what is below the last.
            await screen.Out.WriteAsync("\e[H" + picture.Replace("\n", "\e[K\n", StringComparison.Ordinal) + "\e[K\e[J");
            await screen.Out.FlushAsync();
            _drawn = picture;
        }
    }
}
