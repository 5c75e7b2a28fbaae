using System.Net;
using System.Text.Json;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Diagnostics;

public sealed class LogFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-log-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 123, TimeSpan.Zero));

    public LogFileTests() => _time.SetLocalTimeZone(TimeZoneInfo.Utc);

    private string LogPath => Path.Combine(_folder, "sub", "godwit.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_has_time_level_and_message()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigError("/etc/x:3:1: error: no such directive");
            logger.LogDebug("not interesting");
            logger.ConfigWarning("odd");
        }

        Assert.Equal(
            [
                "2026-01-02 03:04:05.123 ERROR configuration: /etc/x:3:1: error: no such directive",
                "2026-01-02 03:04:05.123 WARN configuration: odd",
            ],
            File.ReadAllLines(LogPath));
    }

    [Fact]
    public async Task One_event_is_one_line_whatever_a_peer_has_said()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            string reply = "550 no\r\n2026-01-01 00:00:00.000 INFO forged \u001b[31m" + new string('x', 100_000);
            log.CreateLogger("x").ConfigWarning(reply);
        }

        string line = Assert.Single(File.ReadAllLines(LogPath));
        Assert.StartsWith("2026-01-02 03:04:05.123 WARN configuration: 550 no | 2026-01-01 00:00:00.000 INFO forged \\x1b[31mxxx", line,
            StringComparison.Ordinal);
        Assert.InRange(line.Length, 1, 8200);
    }

    [Fact]
    public async Task An_exception_stands_in_the_line_of_its_event()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            var failure = new InvalidOperationException("two\nlines");
            log.CreateLogger("x").Log(LogLevel.Critical, failure, "stopped");
        }

        Assert.Contains("FATAL stopped: System.InvalidOperationException: two | lines", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_line_is_a_JSON_object_when_asked_for()
    {
        await using (var log = new LogFile(LogPath, 8, _time, asJson: true))
        {
            ILogger logger = log.CreateLogger("x");
            logger.SpoolRestored(3, 7);
            logger.ConfigWarning("550 \"no\"\r\nforged \u001b[31m \ud800 \u00e4");
#pragma warning disable CA1873 // A test is no hot path.
            logger.Log(LogLevel.Critical, new InvalidOperationException("two\nlines"), "stopped");
#pragma warning restore CA1873
        }

        string[] lines = File.ReadAllLines(LogPath);
        Assert.Equal(3, lines.Length);
        JsonElement[] said = [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal("2026-01-02T03:04:05.123+00:00", said[0].GetProperty("time").GetString());
        Assert.Equal(("INFO", "SpoolRestored", 7), (said[0].GetProperty("level").GetString(), said[0].GetProperty("kind").GetString(),
            said[0].GetProperty("values").GetProperty("Recipients").GetInt32()));
        Assert.StartsWith("configuration: 550 \"no\" | forged \\x1b[31m", said[1].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: two | lines", said[2].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_changes_the_form_of_the_lines_that_follow()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigWarning("first");
            await log.Prepare(LogPath, 8, rotatesAtMidnight: true, worldReadable: false, asJson: true).CommitAsync();
            logger.ConfigWarning("second");
        }

        string[] lines = File.ReadAllLines(LogPath);
        Assert.EndsWith("WARN configuration: first", lines[0], StringComparison.Ordinal);
        Assert.Equal("configuration: second", JsonDocument.Parse(lines[1]).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Rotation_keeps_as_many_files_as_configured()
    {
        await using (var log = new LogFile(LogPath, 3, _time))
        {
            ILogger logger = log.CreateLogger("x");
            for (int i = 1; i <= 5; i++)
            {
                string line = $"line {i}";
                logger.ConfigWarning(line);
                await log.RotateAsync();
            }

            logger.ConfigWarning("line 6");
        }

        Assert.Equal(["godwit.log", "godwit.log.1", "godwit.log.2"], Names());
        Assert.Contains("line 6", File.ReadAllText(LogPath), StringComparison.Ordinal);
        Assert.Contains("line 5", File.ReadAllText(LogPath + ".1"), StringComparison.Ordinal);
        Assert.Contains("line 4", File.ReadAllText(LogPath + ".2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_line_of_a_new_day_begins_a_new_file()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigWarning("friday");
            _time.Advance(TimeSpan.FromDays(1));
            logger.ConfigWarning("saturday");
        }

        Assert.Contains("friday", File.ReadAllText(LogPath + ".1"), StringComparison.Ordinal);
        Assert.Contains("saturday", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_ends_at_its_largest_size_and_the_whole_log_is_bounded(bool atMidnight)
    {
        const int Largest = 10_000;
        await using (var log = new LogFile(LogPath, 3, _time, rotatesAtMidnight: atMidnight, largest: Largest))
        {
            ILogger logger = log.CreateLogger("x");
            for (int i = 0; i < 2000; i++)
            {
                logger.CommandReceived(new IPEndPoint(IPAddress.Loopback, 25), $"command {i} with an \u00e4 \u2713");
            }
        }

        Assert.Equal(["godwit.log", "godwit.log.1", "godwit.log.2"], Names());
        Assert.All(Directory.GetFiles(Path.GetDirectoryName(LogPath)!), file => Assert.InRange(new FileInfo(file).Length, 1, Largest + 200));
        Assert.InRange(new FileInfo(LogPath + ".1").Length, Largest, Largest + 200);
        Assert.Contains("command 1999", File.ReadAllLines(LogPath)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_already_ends_with_the_first_line_after_a_restart()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LogPath)!);
        File.WriteAllText(LogPath, new string('x', 999) + "\n");
        await using (var log = new LogFile(LogPath, 8, _time, largest: 1000))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigWarning("one");
            logger.ConfigWarning("two");
        }

        Assert.Contains("one", File.ReadAllText(LogPath + ".1"), StringComparison.Ordinal);
        Assert.Contains("two", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_kind_of_line_a_hundred_a_minute_are_written_and_the_others_summed_up()
    {
        await using var log = new LogFile(LogPath, 8, _time);
        ILogger logger = log.CreateLogger("x");
        for (int i = 0; i < 5000; i++)
        {
            logger.QueueFailed($"d{i}.test/v", "ECONNREFUSED", default);
        }

        logger.ConfigWarning("another kind");
        _time.Advance(TimeSpan.FromMinutes(1));
        logger.QueueFailed("later.test/v", "ECONNREFUSED", default);
        await log.ReopenAsync();

        string[] lines = File.ReadAllLines(LogPath);
        Assert.Equal(100, lines.Count(line => line.Contains("queue d", StringComparison.Ordinal)));
        Assert.EndsWith("WARN 4900 more lines of the kind QueueFailed were left out: more than 100 a minute", lines[^2], StringComparison.Ordinal);
        Assert.Contains("another kind", lines[^3], StringComparison.Ordinal);
        Assert.Contains("queue later.test/v", lines[^1], StringComparison.Ordinal);
        Assert.Equal(103, lines.Length);
    }

    [Fact]
    public async Task What_was_left_out_is_summed_up_at_the_end_too()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            for (int i = 0; i < 101; i++)
            {
                logger.ConfigWarning("odd");
            }
        }

        string[] lines = File.ReadAllLines(LogPath);
        Assert.Equal(101, lines.Length);
        Assert.EndsWith("WARN 1 more lines of the kind ConfigWarning were left out: more than 100 a minute", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_that_a_directive_asks_for_are_all_written()
    {
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            for (int i = 0; i < 1000; i++)
            {
                logger.CommandReceived(new IPEndPoint(IPAddress.Loopback, 25), "NOOP");
                logger.HostFailed("a/b", "no luck");
            }
        }

        Assert.Equal(2000, File.ReadAllLines(LogPath).Length);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(8, false)]
    public async Task Without_rotation_everything_stays_in_one_file(int keep, bool atMidnight)
    {
        await using (var log = new LogFile(LogPath, keep, _time, rotatesAtMidnight: atMidnight))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigWarning("friday");
            _time.Advance(TimeSpan.FromDays(1));
            logger.ConfigWarning("saturday");
        }

        Assert.Equal(["godwit.log"], Names());
        Assert.Equal(2, File.ReadAllLines(LogPath).Length);
    }

    [Fact]
    public async Task A_file_that_was_moved_away_is_opened_anew()
    {
        await using var log = new LogFile(LogPath, 8, _time);
        ILogger logger = log.CreateLogger("x");
        logger.ConfigWarning("before");
        await log.ReopenAsync();
        File.Move(LogPath, LogPath + ".old");
        await log.ReopenAsync();
        logger.ConfigWarning("after");
        await log.ReopenAsync();

        Assert.Contains("before", Assert.Single(File.ReadAllLines(LogPath + ".old")), StringComparison.Ordinal);
        Assert.Contains("after", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_moves_says_where_to_read_on()
    {
        string next = Path.Combine(_folder, "next", "mail.log");
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            logger.ConfigWarning("before");
            IPreparedChange change = log.Prepare(next, 3, rotatesAtMidnight: true, worldReadable: true);
            logger.ConfigWarning("still before");
            await change.CommitAsync();
            logger.ConfigWarning("after");
            await log.RotateAsync();
            logger.ConfigWarning("rotated");
        }

        Assert.Equal(
            ["configuration: before", "configuration: still before", $"the log goes on in {next}"],
            File.ReadAllLines(LogPath).Select(line => line.Split(' ', 4)[3]));
        Assert.Contains("after", Assert.Single(File.ReadAllLines(next + ".1")), StringComparison.Ordinal);
        Assert.Contains("rotated", Assert.Single(File.ReadAllLines(next)), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(next).HasFlag(UnixFileMode.OtherRead));
        }
    }

    [Fact]
    public async Task A_change_of_the_log_that_is_taken_back_leaves_no_trace()
    {
        string next = Path.Combine(_folder, "mail.log");
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            IPreparedChange change = log.Prepare(next, 3, rotatesAtMidnight: true, worldReadable: false);
            await change.CancelAsync();
            log.CreateLogger("x").ConfigWarning("here");
            await log.ReopenAsync();
            Assert.ThrowsAny<IOException>(() => log.Prepare(Path.Combine(LogPath, "x"), 3, rotatesAtMidnight: true, worldReadable: false));
        }

        Assert.False(File.Exists(next));
        Assert.Contains("here", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_read_the_log_changes_with_the_file_in_place()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs file modes");
        await using var log = new LogFile(LogPath, 8, _time);
        log.CreateLogger("x").ConfigWarning("here");
        await log.ReopenAsync();
        Assert.False(!OperatingSystem.IsWindows() && File.GetUnixFileMode(LogPath).HasFlag(UnixFileMode.OtherRead));

        await log.Prepare(LogPath, 8, rotatesAtMidnight: true, worldReadable: true).CommitAsync();

        Assert.True(!OperatingSystem.IsWindows() && File.GetUnixFileMode(LogPath).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public async Task A_flood_is_dropped_and_counted_and_nobody_waits()
    {
        const int Lines = 300_000;
        long dropped;
        await using (var log = new LogFile(LogPath, 8, _time))
        {
            ILogger logger = log.CreateLogger("x");
            var client = new IPEndPoint(IPAddress.Loopback, 25);
            Parallel.For(0, Lines, i => logger.CommandReceived(client, "flood"));
            await log.ReopenAsync();
            dropped = log.Dropped;
        }

        string[] written = File.ReadAllLines(LogPath);
        Assert.Equal(Lines - dropped, written.Count(l => l.EndsWith("flood", StringComparison.Ordinal)));
        Assert.Equal(dropped, written.Where(l => l.Contains("were dropped", StringComparison.Ordinal)).Sum(l => long.Parse(l.Split(' ')[3],
            System.Globalization.CultureInfo.InvariantCulture)));
    }

    private IEnumerable<string?> Names() => Directory.GetFiles(Path.GetDirectoryName(LogPath)!).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
