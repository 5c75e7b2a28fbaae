using System.Runtime.Versioning;
using Godwit.Cli;
using Godwit.Settings;
using Godwit.Tests.Web;

namespace Godwit.Tests.Cli;

/// <summary>How godwit top begins and ends: exit codes, and a terminal that is left as it was.</summary>
[SupportedOSPlatform("linux")]
public sealed class TopCommandTests : IAsyncLifetime
{
    private const string AlternateScreen = "\e[?1049h";
    private const string UsualScreen = "\e[?25h\e[?1049l";

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Queue<ConsoleKeyInfo> _keys = [];
    private PortLab _lab = null!;

    public async ValueTask InitializeAsync() => _lab = await PortLab.OpenAsync(AccessLevel.Operator);

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Without_a_server_at_the_start_it_ends_with_3_and_draws_nothing()
    {
        Assert.Equal(ExitCode.Unreachable, await RunAsync("127.0.0.1:1", static _ => Task.CompletedTask));

        Assert.Equal("", _out.ToString());
        Assert.StartsWith("godwit: no server answers at http://127.0.0.1:1/", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lets_nobody_look_is_a_refusal()
    {
        _lab.Allow(AccessLevel.None);
        File.Delete(Path.Combine(_lab.Folder, "control-token"));

        Assert.Equal(ExitCode.Refused, await RunAsync(_lab.Origin, static _ => Task.CompletedTask));
        Assert.Equal("", _out.ToString());
    }

    [Fact]
    public async Task A_server_that_goes_away_is_told_on_the_screen_until_q_ends_it_with_0()
    {
        bool isGone = false;
        int code = await RunAsync(_lab.Origin, async _ =>
        {
            if (!isGone)
            {
                isGone = true;
                await _lab.Console.DisposeAsync();
            }

            Type(_out.ToString().Contains("no server answers", StringComparison.Ordinal) ? 'q' : 'o');
        });

        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith(AlternateScreen, _out.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(UsualScreen, _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_0_and_the_terminal_is_as_it_was()
    {
        Assert.Equal(ExitCode.Done, await RunAsync(_lab.Origin, stop => stop.CancelAsync()));
        Assert.EndsWith(UsualScreen, _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_to_a_key_names_the_queue_it_is_about()
    {
        _lab.Server.AddQueue("big.example/v1", 1);

        int code = await RunAsync(_lab.Origin, _ =>
        {
            Type(_out.ToString().Contains("Queue(s) paused.", StringComparison.Ordinal) ? 'q' : 'p');
            return Task.CompletedTask;
        });

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("big.example/v1: Queue(s) paused.", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_behind_it_is_usage()
    {
        Assert.Equal(ExitCode.Usage, await Line(static _ => Task.CompletedTask, new CancellationTokenSource()).RunAsync(["top", "big.example"], CancellationToken.None));
        Assert.Contains("top takes no \"big.example\"", _error.ToString(), StringComparison.Ordinal);
    }

    private void Type(char letter) => _keys.Enqueue(new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false));

    /// <param name="pause">What happens between two looks at the keyboard.</param>
    private async Task<int> RunAsync(string server, Func<CancellationTokenSource, Task> pause)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        return await Line(pause, stop).RunAsync(["top", "--server", server], stop.Token);
    }

    private CommandLine Line(Func<CancellationTokenSource, Task> pause, CancellationTokenSource stop)
    {
        var screen = new Screen(_out, _error, IsTerminal: true)
        {
            NextKey = () => _keys.TryDequeue(out ConsoleKeyInfo key) ? key : null,
            Pause = async (_, cancellation) =>
            {
                await pause(stop);
                cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
            },
        };
        return new CommandLine(screen, static _ => null);
    }
}
