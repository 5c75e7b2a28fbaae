using System.Diagnostics;
using Godwit.Cli;

namespace Godwit.Tests.Cli;

/// <summary>What a person at a terminal gets beyond what a script gets: tables that fit, colour, --watch, completion.</summary>
public sealed class TerminalTests
{
    private const string Table = """
        queue                  #rcpt     kbytes conn st      retry last error
        bigmail.example/v1     12345      120.0    2 P           - 450 4.2.1 come back later, said the host with many words
        inbox.example/v1           7        1.0    0 BR   08:15:00 connect rate limit reached
        2 of 2 matching queues.

        """;

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public void On_a_terminal_a_table_fits_the_window_and_its_states_have_colours()
    {
        string text = TerminalTable.Dress(Table, ["show", "topq"], Terminal(columns: 70, colours: true));

        string[] lines = text.Split('\n');
        Assert.StartsWith("\e[1mqueue", lines[0], StringComparison.Ordinal);
        Assert.Contains(" \e[33mP\e[0m ", lines[1], StringComparison.Ordinal);
        Assert.Contains(" \e[31mBR\e[0m ", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("…", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(WithoutColour(line).Length, 0, 70));
    }

    [Fact]
    public void Into_a_pipe_a_table_goes_as_the_server_wrote_it() =>
        Assert.Equal(Table.TrimEnd('\n'), TerminalTable.Dress(Table, ["show", "topqueues"], new Screen(_out, _error, IsTerminal: false) { Colours = true }));

    [Fact]
    public void What_is_no_table_is_not_cut()
    {
        string reason = new('x', 300);
        Assert.Equal(reason, TerminalTable.Dress(reason + "\n", ["why", "bigmail.example"], Terminal(columns: 70, colours: true)));
    }

    [Fact]
    public async Task A_watched_command_is_asked_again_until_it_is_stopped_also_when_the_server_is_away()
    {
        using var stop = new CancellationTokenSource();
        int pauses = 0;
        Screen screen = new(_out, _error, IsTerminal: false)
        {
            Pause = (time, cancellation) =>
            {
                Assert.Equal(TimeSpan.FromSeconds(5), time);
                return ++pauses == 3 ? Task.FromCanceled(Cancelled(stop)) : Task.CompletedTask;
            },
        };
        var replies = new Queue<ServerReply>([new(ExitCode.Done, "one\n"), new(ExitCode.Unreachable, "no server answers\n"), new(ExitCode.Done, "three\n")]);

        int code = await new WatchLoop(screen, ["show", "status"], "text", TimeSpan.FromSeconds(5)).RunAsync(_ => Task.FromResult(replies.Dequeue()), stop.Token);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(("one\n\nthree\n\n", "no server answers\n"), (_out.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_told_in_the_form_that_is_watched_and_on_the_screen_of_a_person()
    {
        Assert.Equal(ExitCode.Done, await WatchAsync("json", new Screen(_out, _error, IsTerminal: false), new(ExitCode.Done, "{}", IsReport: true), new(ExitCode.Unreachable, "no server\n")));
        Assert.Equal("{}\n\n{\"data\":{},\"status\":\"error\",\"message\":\"no server\"}\n", _out.ToString());

        _out.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await WatchAsync("text", Terminal(columns: 70, colours: false), new(ExitCode.Done, "one\n"), new(ExitCode.Unreachable, "no server answers\n")));
        Assert.Contains("no server answers\e[K", _out.ToString()[_out.ToString().LastIndexOf("\e[H", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData(ExitCode.Unreachable, "no server answers")]
    [InlineData(ExitCode.Usage, "show status does not take \"now\"")]
    public async Task A_first_look_that_finds_nothing_to_watch_ends_it_with_its_exit_code(int exitCode, string text)
    {
        Assert.Equal(exitCode, await WatchAsync("text", new Screen(_out, _error, IsTerminal: false), new ServerReply(exitCode, text + "\n")));
        Assert.Equal(("", text + "\n"), (_out.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task A_refusal_is_watched_on()
    {
        Assert.Equal(ExitCode.Done, await WatchAsync("text", new Screen(_out, _error, IsTerminal: false), new(ExitCode.Refused, "result = fail\n"), new(ExitCode.Done, "result = pass\n")));
        Assert.Equal(("result = pass\n\n", "result = fail\n"), (_out.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task Without_a_server_the_whole_command_ends_with_3()
    {
        Assert.Equal(ExitCode.Unreachable, await Line().RunAsync(["show", "status", "--watch", "1", "--server", "127.0.0.1:1"], CancellationToken.None));
        Assert.Contains("no server answers at http://127.0.0.1:1/", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_no_server_is_not_watched_without_a_word()
    {
        Assert.Equal(ExitCode.Usage, await Line().RunAsync(["check", "config", "x.conf", "--watch", "1"], CancellationToken.None));
        Assert.Contains("not \"check config x.conf\"", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_never_repeated()
    {
        Assert.Equal(ExitCode.Usage, await Line().RunAsync(["pause", "queue", "a.example", "--watch", "1", "--server", "127.0.0.1:1"], CancellationToken.None));
        Assert.Contains("--watch repeats what asks the server and only looks", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "show")]
    [InlineData("sh", "show")]
    [InlineData("show top", "topdomains topqueues")]
    [InlineData("pause ", "job queue")]
    [InlineData("show topqueues --er", "--errors")]
    [InlineData("show topqueues --so", "--sort=")]
    [InlineData("completion z", "zsh")]
    [InlineData("show status --js", "--json")]
    public async Task The_shell_is_offered_what_may_follow(string typed, string among)
    {
        string[] words = typed.Split(' ');
        await Line().RunAsync(["__complete", .. words], CancellationToken.None);

        string[] offered = _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(among.Split(' '), word => Assert.Contains(word, offered));
        Assert.All(offered, word => Assert.StartsWith(words[^1], word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_server_no_name_is_offered_and_nothing_is_said()
    {
        Assert.Equal(ExitCode.Done, await Line().RunAsync(["__complete", "--server", "127.0.0.1:1", "pause", "queue", "b"], CancellationToken.None));
        Assert.Equal("", _out.ToString() + _error);
    }

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        await Line().RunAsync(["completion", "bash"], CancellationToken.None);

        // The program itself is played by a function: what is tried is the script.
        string script = _out + """
            godwit() { shift; printf '%s|' "$@" >&2; printf '%s\n' topdomains topqueues; }
            COMP_LINE='godwit show top' COMP_POINT=15
            _godwit 2>/tmp/ignored.$$; rm -f /tmp/ignored.$$
            printf '%s ' "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", script])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        string answer = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("topdomains topqueues ", answer);
    }

    [Fact]
    public async Task A_pause_that_makes_no_sense_is_usage()
    {
        Assert.Equal(ExitCode.Usage, await Line().RunAsync(["show", "status", "--watch", "0"], CancellationToken.None));
        Assert.Contains("--watch needs the seconds between two looks", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_live_view_needs_a_terminal()
    {
        Assert.Equal(ExitCode.Usage, await Line().RunAsync(["top"], CancellationToken.None));
        Assert.Contains("needs a terminal", _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Watches through the replies, then Ctrl-C comes.</summary>
    private static async Task<int> WatchAsync(string format, Screen screen, params ServerReply[] replies)
    {
        using var stop = new CancellationTokenSource();
        var left = new Queue<ServerReply>(replies);
        screen = screen with { Pause = (_, _) => left.Count > 0 ? Task.CompletedTask : Task.FromCanceled(Cancelled(stop)) };
        return await new WatchLoop(screen, ["show", "status"], format, TimeSpan.FromSeconds(1)).RunAsync(_ => Task.FromResult(left.Dequeue()), stop.Token);
    }

    private CommandLine Line() => new(new Screen(_out, _error, IsTerminal: false), static _ => null);

    private Screen Terminal(int columns, bool colours) => new(_out, _error, IsTerminal: true) { Size = () => (columns, 24), Colours = colours };

    private static CancellationToken Cancelled(CancellationTokenSource stop)
    {
        stop.Cancel();
        return stop.Token;
    }

    private static string WithoutColour(string line) => System.Text.RegularExpressions.Regex.Replace(
        line, "\e\\[[0-9]*m", "", System.Text.RegularExpressions.RegexOptions.NonBacktracking);
}
