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
            return await RefuseAsync(problem, GlobalOptions.FormatOf(arguments));
        }

        if (options.Version)
        {
            await screen.Out.WriteLineAsync(options.Format == "text" ? "godwit " + Version : Envelope.Value("version", Version, options.Format));
            return ExitCode.Done;
        }

        if (options.Format != "text" && TextOnly(words, options) is { Length: > 0 } verb)
        {
            string forms = verb == "rehearse" ? "text or --json" : "text only";
            return await RefuseAsync($"{verb} writes {forms}: it takes no --{options.Format}", options.Format);
        }

        if (options.Help || words is ["help", ..])
        {
            return await HelpAsync(words is ["help", ..] ? words[1..] : words);
        }

        if (options.Watch is not null && words.Count > 0 && words is not ["top", ..] && !WatchLoop.IsMeant(words))
        {
            return await RefuseAsync(WatchLoop.Refusal(words), options.Format);
        }

        if (options.Format == "text" || IsOfServer(words))
        {
            return await ObeyAsync(words, options, screen, cancellation);
        }

        // What is said here comes in the format that was asked for, as what the server says does.
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await ObeyAsync(words, options, screen with { Out = output, Error = error }, cancellation);
        bool isMute = output.GetStringBuilder().Length == 0 && code != ExitCode.Done;
        await screen.Out.WriteAsync(isMute ? Envelope.Fault(error.ToString(), options.Format) + "\n" : output.ToString());
        await screen.Error.WriteAsync(isMute ? "" : error.ToString());
        return code;
    }

    private async Task<int> ObeyAsync(List<string> words, GlobalOptions options, Screen at, CancellationToken cancellation)
    {
        try
        {
            return words switch
            {
                [] when options.Format != "text" => await SayAsync(at, "no verb was given; \"godwit help\" lists what there is"),
                [] => await NothingAsync(),
                ["inject", ..] => await InjectCommand.RunAsync(words[1..], options, at, cancellation),
                ["hash-password", ..] => await HashPasswordCommand.RunAsync(words[1..], options.Format, at),
                ["top", ..] => await TopCommand.RunAsync(words[1..], options, at, cancellation),
                ["completion", ..] => await CompletionScripts.WriteAsync(words[1..], at),
                ["rehearse", ..] => await RunServerAsync("--rehearse", words[1..], options, at, cancellation),
                ["keygen", ..] => await RunServerAsync("--keygen", words[1..], options, at, cancellation),
                _ when ConfigCheck.IsMeant(words) => await CheckConfigAsync(words, options, at, cancellation),
                _ when SettingsInquiry.TryTakeFile(words, out string file) =>
                    await SettingsInquiry.RunAsync(file, words, options, at, environment, cancellation),
                _ when VerbList.Group(words) is { } group => await SayAsync(at, group),
                _ => await AskServerAsync(words, options, cancellation),
            };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Refused;
        }
    }

    /// <summary>The server writes the answer in the format that was asked for.</summary>
    private static bool IsOfServer(List<string> words) =>
        words is not ([] or ["hash-password" or "rehearse" or "keygen", ..]) && !ConfigCheck.IsMeant(words)
        && !SettingsInquiry.TryTakeFile([.. words], out _) && VerbList.Group(words) is null;

    /// <summary>The verb when it has no such format; else empty.</summary>
    private static string TextOnly(List<string> words, GlobalOptions options) => words switch
    {
        _ when options.Help => "help",
        ["help" or "inject" or "top" or "completion", ..] => words[0],
        ["rehearse", ..] when options.Format != "json" => words[0],
        _ => "",
    };

    /// <summary>The server program itself does it: a rehearsal is its own queues' decision, a key what it can read.</summary>
    private Task<int> RunServerAsync(string task, List<string> words, GlobalOptions options, Screen at, CancellationToken cancellation) =>
        ServerProgram.RunAsync([task, .. words, .. options.FormatOption], at, environment, cancellation);

    private async Task<int> RefuseAsync(string why, string format)
    {
        bool isText = format == "text";
        await (isText ? screen.Error : screen.Out).WriteLineAsync(isText ? "godwit: " + why : Envelope.Fault("godwit: " + why, format));
        return ExitCode.Usage;
    }

    private static async Task<int> SayAsync(Screen at, string problem)
    {
        await at.Error.WriteLineAsync("godwit: " + problem);
        return ExitCode.Usage;
    }

    /// <summary>PowerMTA's "test config" means the file of the server that runs; without one, and with a file's name, a file is judged from here.</summary>
    private async Task<int> CheckConfigAsync(List<string> words, GlobalOptions options, Screen at, CancellationToken cancellation)
    {
        if (ConfigCheck.IsAboutServer(words))
        {
            using var server = new ServerConnection(options);
            ServerReply reply = await server.RunAsync(["test", "config"], cancellation);
            if (reply.ExitCode != ExitCode.Unreachable || reply.IsUntrusted)
            {
                return await PrintAsync(reply, words, options, at);
            }
        }

        return await ConfigCheck.RunAsync(words, options, at, environment, calledAs, usualFile, cancellation);
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

        return await PrintAsync(reply, words, options, screen);
    }

    private static async Task<int> PrintAsync(ServerReply reply, List<string> words, GlobalOptions options, Screen at)
    {
        if (options.Format != "text")
        {
            await at.Out.WriteLineAsync(reply.IsReport ? reply.Text.TrimEnd('\n') : Envelope.Fault(reply.Text, options.Format));
            await at.Error.WriteAsync(reply.Remark.Length > 0 ? reply.Remark + "\n" : "");
        }
        else
        {
            bool done = reply.ExitCode == ExitCode.Done;
            await (done ? at.Out : at.Error).WriteLineAsync(done ? TerminalTable.Dress(reply.Text, words, at) : reply.Text.TrimEnd('\n'));
        }

        return reply.ExitCode;
    }
}
