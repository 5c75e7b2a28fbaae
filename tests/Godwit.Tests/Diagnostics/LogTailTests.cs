using Godwit.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Diagnostics;

public sealed class LogTailTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_newest_lines_are_kept_and_the_oldest_go()
    {
        var tail = new LogTail();
        Say(tail, 1, LogTail.MaxLines + 10);

        Assert.Equal(["line 2009", "line 2010"], tail.Recent(2).Select(line => line.Text));
        Assert.Equal("line 11", tail.Recent(int.MaxValue)[0].Text);
        Assert.Equal(LogTail.MaxLines, tail.Recent(int.MaxValue).Count);
        Assert.Empty(tail.Recent(0));
    }

    [Fact]
    public void Long_lines_do_not_fill_the_memory()
    {
        var tail = new LogTail();
        for (int i = 0; i < 1000; i++)
        {
            tail.Add(_now, LogLevel.Error, new string('x', 8000));
        }

        Assert.InRange(tail.Recent(int.MaxValue).Sum(line => line.Text.Length), 1, LogTail.MaxCharacters);
    }

    [Fact]
    public async Task A_follower_gets_what_is_kept_and_then_each_new_line()
    {
        var tail = new LogTail();
        Say(tail, 1, 3);
        using var enough = new CancellationTokenSource();
        await using IAsyncEnumerator<LogLine> lines = tail.FollowAsync(1, enough.Token).GetAsyncEnumerator(CancellationToken.None);

        Assert.Equal("line 2", await NextAsync(lines));
        Assert.Equal("line 3", await NextAsync(lines));
        ValueTask<bool> waiting = lines.MoveNextAsync();
        Assert.False(waiting.IsCompleted);
        Say(tail, 4, 5);
        Assert.True(await waiting);
        Assert.Equal("line 4", lines.Current.Text);
        Assert.Equal("line 5", await NextAsync(lines));

        ValueTask<bool> last = lines.MoveNextAsync();
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await last);
    }

    [Fact]
    public async Task A_slow_follower_loses_the_oldest_lines_and_they_are_counted()
    {
        var tail = new LogTail();
        Say(tail, 1, 1);
        await using IAsyncEnumerator<LogLine> lines = tail.FollowAsync(0, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        Assert.Equal("line 1", await NextAsync(lines));

        Say(tail, 2, LogTail.MaxLines + 101);
        Assert.Equal("line 102", await NextAsync(lines));
        Assert.Equal(102, lines.Current.Sequence);
        Assert.Equal(100, tail.Missed);
    }

    [Fact]
    public async Task A_number_of_another_server_s_log_begins_with_the_oldest_line()
    {
        var tail = new LogTail();
        Say(tail, 1, 2);
        await using IAsyncEnumerator<LogLine> lines = tail.FollowAsync(5000, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);

        Assert.Equal("line 1", await NextAsync(lines));
        Assert.Equal(0, tail.Missed);
    }

    [Fact]
    public async Task What_is_logged_is_in_the_tail_on_one_line()
    {
        await using var log = new LogFile("", 8, new FakeTimeProvider(_now), least: LogLevel.Information);
        log.CreateLogger("x").ConfigWarning("one\ntwo");

        LogLine line = Assert.Single(log.Tail.Recent(10));
        Assert.Equal(("configuration: one | two", LogLevel.Warning, _now.UtcDateTime), (line.Text, line.Level, line.Time.UtcDateTime));
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<LogLine> lines)
    {
        Assert.True(await lines.MoveNextAsync());
        return lines.Current.Text;
    }

    private static void Say(LogTail tail, int first, int last)
    {
        for (int i = first; i <= last; i++)
        {
            tail.Add(_now, LogLevel.Information, $"line {i}");
        }
    }
}
