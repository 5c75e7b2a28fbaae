// One call of godwit from arguments to exit code: own verbs are done here, all other words go to the server.

using System.Reflection;

namespace Godwit.Cli;

/// <summary>The command line. One object a call.</summary>
/// <param name="calledAs">The name the program was started by: a link named <c>pmta</c> is the same program.</param>
/// <param name="usualFile">The configuration that is judged when none is named.</param>
internal sealed class CommandLine(
    Screen screen, Func<string, string?> environment, string calledAs = "godwit", string usualFile = ConfigCheck.PowerMtaFile)
{
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (arguments is [Completion.Word, ..])
        {
            return await Completion.RunAsync([.. arguments.Skip(1)], environment, screen, cancellation);
        }

        if (GlobalOptions.Parse(arguments, environment, out List<string> words, out string problem) is not { } options)
        {
            await screen.Error.WriteLineAsync("godwit: " + problem);
            return ExitCode.Usage;
        }

        if (options.Version)
        {
            await screen.Out.WriteLineAsync("godwit " + Version);
            return ExitCode.Done;
        }

        if (options.Help || words is ["help", ..])
        {
            return await HelpAsync(words is ["help", ..] ? words[1..] : words);
        }

        try
        {
            if (options.Watch is not null && words.Count > 0 && words is not ["top", ..] && !WatchLoop.IsMeant(words))
            {
                return await WatchLoop.RefuseAsync(words, screen);
            }

            return words switch
            {
                [] => await NothingAsync(),
                ["inject", ..] => await InjectCommand.RunAsync(words[1..], options, screen, cancellation),
                ["hash-password", ..] => await HashPasswordCommand.RunAsync(words[1..], screen),
                ["top", ..] => await TopCommand.RunAsync(words[1..], options, screen, cancellation),
                ["completion", ..] => await CompletionScripts.WriteAsync(words[1..], screen),
                ["rehearse", ..] => await RunServerAsync("--rehearse", words[1..], options, cancellation),
                ["keygen", ..] => await RunServerAsync("--keygen", words[1..], options, cancellation),
                _ when ConfigCheck.IsMeant(words) => await CheckConfigAsync(words, options, cancellation),
                _ when SettingsInquiry.TryTakeFile(words, out string file) =>
                    await SettingsInquiry.RunAsync(file, words, options, screen, environment, cancellation),
                _ => await AskServerAsync(words, options, cancellation),
            };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Refused;
        }
    }

    /// <summary>The server program itself does it: a rehearsal is its own queues' decision, a key what it can read.</summary>
    private Task<int> RunServerAsync(string task, List<string> words, GlobalOptions options, CancellationToken cancellation) =>
        options.Format is "xml" or "dom" ? RefuseFormatAsync(task[2..])
        : ServerProgram.RunAsync([task, .. words, .. options.Format == "json" ? (string[])["--json"] : []], screen, environment, cancellation);

    private async Task<int> RefuseFormatAsync(string verb)
    {
        await screen.Error.WriteLineAsync($"godwit: {verb} writes text or --json");
        return ExitCode.Usage;
    }

    /// <summary>PowerMTA's "test config" means the file of the server that runs; without one, and with a file's name, a file is judged from here.</summary>
    private async Task<int> CheckConfigAsync(List<string> words, GlobalOptions options, CancellationToken cancellation)
    {
        if (ConfigCheck.IsAboutServer(words))
        {
            using var server = new ServerConnection(options);
            ServerReply reply = await server.RunAsync(["test", "config"], cancellation);
            if (reply.ExitCode != ExitCode.Unreachable)
            {
                return await PrintAsync(reply, words, options);
            }
        }

        return options.Format is "xml" or "dom" ? await RefuseFormatAsync("check config")
            : await ConfigCheck.RunAsync(words, options, screen, environment, calledAs, usualFile, cancellation);
    }

    private static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private async Task<int> HelpAsync(List<string> words)
    {
        if (HelpText.For(words) is { } help)
        {
            await screen.Out.WriteAsync(help);
            return ExitCode.Done;
        }

        await screen.Error.WriteLineAsync(
            $"godwit: there is no help about \"{string.Join(' ', words)}\"{VerbList.Hint(words)}; \"godwit help\" lists what there is");
        return ExitCode.Usage;
    }

    private async Task<int> NothingAsync()
    {
        await screen.Error.WriteAsync(HelpText.For([])!);
        return ExitCode.Usage;
    }

    private async Task<int> AskServerAsync(List<string> words, GlobalOptions options, CancellationToken cancellation)
    {
        using var server = new ServerConnection(options);
        if (options.Watch is { } pause)
        {
            return await new WatchLoop(screen, words, options.Format, pause).RunAsync(look => server.RunAsync(words, look), cancellation);
        }

        ServerReply reply = await server.RunAsync(words, cancellation);
        if (reply.ExitCode == ExitCode.Unreachable && VerbList.Fault(words) is { } fault)
        {
            // What no server could do is said even when none runs.
            reply = new ServerReply(ExitCode.Usage, "godwit: " + fault);
        }

        return await PrintAsync(reply, words, options);
    }

    private async Task<int> PrintAsync(ServerReply reply, List<string> words, GlobalOptions options)
    {
        if (options.Format != "text")
        {
            await screen.Out.WriteLineAsync(reply.IsReport ? reply.Text.TrimEnd('\n') : FaultEnvelope.Of(reply.Text, options.Format));
        }
        else
        {
            bool done = reply.ExitCode == ExitCode.Done;
            await (done ? screen.Out : screen.Error).WriteLineAsync(done ? TerminalTable.Dress(reply.Text, words, screen) : reply.Text.TrimEnd('\n'));
        }

        return reply.ExitCode;
    }
}
