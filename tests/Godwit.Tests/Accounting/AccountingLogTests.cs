using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Accounting;

public sealed class AccountingLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("godwit-acct-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2019, 2, 8, 21, 54, 5, TimeSpan.Zero));
    private readonly MemoryVolume _volume = new("/acct");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_record_is_in_its_file_behind_the_header_when_the_write_returns()
    {
        await using AccountingLog log = OnDisk();

        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        string path = Assert.Single(log.CurrentPaths);
        Assert.Equal(Path.Combine(_directory, "acct-2019-02-08-0000.csv"), path);
        string[][] lines = Lines(path);
        Assert.Equal("type", lines[0][0]);
        Assert.Equal("user@example.com", Assert.Single(lines[1..])[4]);
    }

    [Fact]
    public async Task A_record_goes_to_every_file_that_wants_it_and_to_no_other()
    {
        await using AccountingLog log = new(
            [Disk("all.csv", "d,b,t"), Disk("bounces.csv", "b")], Clock(), NullLogger.Instance);

        await log.WriteAsync([Records.Full(AccountingType.Delivered), Records.Full(AccountingType.Bounced), Records.Full(AccountingType.Received)]);

        Assert.Equal(["d", "b"], Lines(log.CurrentPaths[0])[1..].Select(line => line[0]));
        Assert.Equal(["b"], Lines(log.CurrentPaths[1])[1..].Select(line => line[0]));
        Assert.True(log.Wants(AccountingType.Transient));
        Assert.False(log.Wants(AccountingType.Received));
    }

    [Fact]
    public async Task Writers_that_wait_at_the_same_time_share_one_sync()
    {
        var gate = new ManualResetEventSlim();
        var volume = new GatedVolume(gate);
        await using AccountingLog log = new([AccountingColumnsTests.Settings("d")], (_, _) => volume, Clock(), NullLogger.Instance);
        int before = volume.Syncs;

        volume.Gated = true;
        Task first = log.WriteAsync([Records.Full(AccountingType.Delivered)]).AsTask();
        Assert.True(volume.Reached.Wait(TimeSpan.FromSeconds(10)));
        Task[] others = [.. Enumerable.Range(0, 200).Select(_ => log.WriteAsync([Records.Full(AccountingType.Delivered)]).AsTask())];
        Assert.False(first.IsCompleted);
        volume.Gated = false;
        gate.Set();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, volume.Syncs - before);
    }

    [Fact]
    public async Task A_file_that_has_reached_its_size_is_followed_by_the_next_number()
    {
        await using AccountingLog log = OnDisk(settings => settings with { MaxSize = 500 });

        for (int i = 0; i < 5; i++)
        {
            await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        }

        string[] files = Files();
        Assert.True(files.Length > 1);
        Assert.Equal([.. Enumerable.Range(0, files.Length).Select(i => $"acct-2019-02-08-{i:0000}.csv")], files);
        Assert.Equal(5, files.Sum(file => Lines(Path.Combine(_directory, file)).Length - 1));
    }

    [Fact]
    public async Task A_new_day_begins_a_new_file_also_when_nothing_is_written()
    {
        await using AccountingLog log = OnDisk();
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        _time.Advance(TimeSpan.FromHours(3));

        await UntilAsync(() => Files().SequenceEqual(["acct-2019-02-08-0000.csv", "acct-2019-02-09-0000.csv"]));
    }

    [Fact]
    public async Task A_restart_goes_on_with_the_next_free_number_and_leaves_no_empty_file()
    {
        for (int i = 0; i < 3; i++)
        {
            await using AccountingLog log = OnDisk();
            if (i != 1)
            {
                await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
            }
        }

        Assert.Equal(["acct-2019-02-08-0000.csv", "acct-2019-02-08-0001.csv"], Files());
    }

    [Fact]
    public async Task Finished_files_are_moved_and_their_numbers_are_not_used_again()
    {
        string target = Path.Combine(_directory, "done");
        AccountingFileSettings Moving(AccountingFileSettings settings) => settings with { MoveTo = target, MoveInterval = TimeSpan.FromMinutes(5) };

        await using (AccountingLog log = OnDisk(Moving))
        {
            await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
            _time.Advance(TimeSpan.FromMinutes(5));
            await UntilAsync(() => Files("done").Length == 1);
            Assert.Equal(["acct-2019-02-08-0001.csv"], Files());

            // Nothing was written since: nothing is handed over.
            _time.Advance(TimeSpan.FromMinutes(5));
            await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
            Assert.Equal("acct-2019-02-08-0001.csv", Path.GetFileName(log.CurrentPaths[0]));
        }

        Assert.Equal(["acct-2019-02-08-0000.csv", "acct-2019-02-08-0001.csv"], Files("done"));
        await using AccountingLog next = OnDisk(Moving);
        Assert.Equal("acct-2019-02-08-0002.csv", Path.GetFileName(next.CurrentPaths[0]));
    }

    [Fact]
    public async Task Old_files_are_deleted_and_a_neighbours_files_are_left_alone()
    {
        string[] kept = ["acct-2019-01-31-0003.csv", "acct-x-2019-01-01-0000.csv", "acct-notes.csv", "other-2019-01-01-0000.csv"];
        foreach (string name in (string[])[.. kept, "acct-2019-01-30-0000.csv", "acct-2018-12-01-0000.csv"])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), "type\r\n", TestContext.Current.CancellationToken);
        }

        await using AccountingLog log = OnDisk(settings => settings with { DeleteAfter = TimeSpan.FromDays(8) });

        Assert.Equal([.. kept.Append("acct-2019-02-08-0000.csv").Order(StringComparer.Ordinal)], Files());
    }

    [Theory]
    [InlineData(false, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    [InlineData(true, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    public async Task Only_a_world_readable_file_is_readable_to_all(bool worldReadable, UnixFileMode mode)
    {
        await using AccountingLog log = OnDisk(settings => settings with { WorldReadable = worldReadable });

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(mode, File.GetUnixFileMode(log.CurrentPaths[0]));
        }
    }

    [Theory]
    [InlineData("type,rcpt\r\nd,a@b\r\nd,half", "type,rcpt\r\nd,a@b\r\n")]
    [InlineData("type,rcpt\r\nd,a@b\r\nd,half\r", "type,rcpt\r\nd,a@b\r\n")]
    [InlineData("type,rcpt\r\nd,a@b\r\n\0\0\0\0d,late@b\r\n", "type,rcpt\r\nd,a@b\r\n")]
    [InlineData("type,rcpt\r\nd,a@b\r\n", "type,rcpt\r\nd,a@b\r\n")]
    [InlineData("type,rc", null)]
    [InlineData("\0\0\0", null)]
    public async Task What_a_crash_left_torn_is_cut_at_the_next_start(string left, string? mended)
    {
        _volume.Put("acct-2019-02-08-0000.csv", left);

        await using AccountingLog log = InMemory();

        Assert.Equal(mended, _volume.List().Contains("acct-2019-02-08-0000.csv") && mended is not null ? _volume.Text("acct-2019-02-08-0000.csv") : null);
    }

    [Fact]
    public async Task A_torn_tail_is_found_in_a_large_file_whatever_the_buffers_edges_are()
    {
        for (int pad = 0; pad < 3; pad++)
        {
            string whole = "type,rcpt\r\n" + new string('x', 65536 - 12 - pad) + "\r\n" + new string('y', 70_000) + "\r\n";
            _volume.Put("acct-2019-02-08-0000.csv", whole + "torn");

            await using AccountingLog log = InMemory();

            Assert.Equal(whole, _volume.Text("acct-2019-02-08-0000.csv"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_device_error_makes_writers_wait_and_loses_no_record(bool onWrite)
    {
        await using AccountingLog log = InMemory();
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        (_volume.FailWrites, _volume.FailSyncs, _volume.TornOctets) = (onWrite, !onWrite, 40);

        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        Task later = log.WriteAsync([Records.Full(AccountingType.Transient)]).AsTask();
        int failed = _volume.Syncs;
        await UntilAsync(() => Advance() && (onWrite || _volume.Syncs > failed + 3));
        Assert.False(waiting.IsCompleted || later.IsCompleted);

        (_volume.FailWrites, _volume.FailSyncs) = (false, false);
        await UntilAsync(() => Advance() && waiting.IsCompleted && later.IsCompleted);
        await waiting;
        await later;

        Assert.Equal(["d", "b", "t"], TypesOf(_volume));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_may_be_refused_is_refused_at_once_while_the_device_refuses()
    {
        await using AccountingLog log = InMemory("d,b,t,r");
        Assert.True(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        Assert.Null(log.Trouble);
        _volume.FailWrites = true;

        // The time stands still: nobody waits for a second try.
        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        Assert.Equal("accounting failed: /acct/acct-2019-02-08-0000.csv cannot be written (no space left on device)", log.Trouble?.ToString());

        _volume.FailWrites = false;
        await UntilAsync(() => Advance() && log.Trouble is null);
        Assert.True(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        Assert.Equal(["r", "r"], TypesOf(_volume));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_refused_is_not_written_with_what_waited()
    {
        await using AccountingLog log = InMemory("d,b,t,r");
        (_volume.FailWrites, _volume.TornOctets) = (true, 40);

        Task kept = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        _volume.FailWrites = false;
        await UntilAsync(() => Advance() && kept.IsCompleted);
        await kept;

        Assert.Equal(["b"], TypesOf(_volume));
    }

    [Fact]
    public async Task The_trouble_is_said_once_and_its_end_once()
    {
        var lines = new Reception.RecordingLog();
        await using var log = new AccountingLog([AccountingColumnsTests.Settings("d,b,t")], (_, _) => _volume, Clock(), lines);
        _volume.FailWrites = true;
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        await UntilAsync(() => log.Trouble is not null);
        for (int i = 0; i < 60; i++)
        {
            Advance();
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        _volume.FailWrites = false;
        await UntilAsync(() => Advance() && waiting.IsCompleted);

        string[] said = [.. lines.Lines.Where(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning).Select(line => line.Text)];
        Assert.Equal(2, said.Length);
        Assert.Contains("cannot be written: no space left on device. No mail is accepted or delivered until it can", said[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", said[0], StringComparison.Ordinal);
        Assert.Matches("can be written again after [0-9]+ failed tries", said[1]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_device_that_was_full_is_trusted_when_it_has_room_for_a_whole_group()
    {
        await using AccountingLog log = InMemory("r");
        _volume.FailWrites = true;
        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        (_volume.FailWrites, _volume.FreeBytes) = (false, 100_000);
        await UntilAsync(() => Advance() && log.Trouble!.Reason == "accounting disk full");
        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));

        _volume.FreeBytes = 100_000_000;
        await UntilAsync(() => Advance() && log.Trouble is null);
        Assert.True(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_new_day_that_cannot_begin_its_file_is_trouble_before_the_first_record()
    {
        await using AccountingLog log = InMemory("d,r");
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        _volume.FailWrites = true;
        _time.Advance(TimeSpan.FromHours(3));
        await UntilAsync(() => log.Trouble is not null);

        Assert.False(await log.TryWriteAsync([Records.Full(AccountingType.Received)]));
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Delivered)]).AsTask();
        _volume.FailWrites = false;
        await UntilAsync(() => Advance() && waiting.IsCompleted && log.Trouble is null);

        await waiting;
        Assert.Equal(["acct-2019-02-08-0000.csv", "acct-2019-02-09-0000.csv"], _volume.List().Order(StringComparer.Ordinal));
        Assert.Equal(["d", "d"], TypesOf(_volume));
    }

    [Fact(Timeout = 60_000)]
    public async Task Another_file_in_the_configuration_takes_what_a_full_disk_refuses()
    {
        var elsewhere = new MemoryVolume("/elsewhere");
        AccountingFileSettings settings = AccountingColumnsTests.Settings("d,b,t");
        await using var log = new AccountingLog([settings], (path, _) => path == "/elsewhere" ? elsewhere : _volume, Clock(), NullLogger.Instance);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        (_volume.FailWrites, _volume.TornOctets) = (true, 40);
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        await UntilAsync(() => log.Trouble is not null);

        await log.ReplaceAsync([settings with { Path = "/elsewhere/acct.csv" }]);
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Null(log.Trouble);
        Assert.Equal(["b"], TypesOf(elsewhere));
    }

    [Fact]
    public async Task A_file_that_took_its_records_does_not_get_them_again_for_another_ones_sake()
    {
        var other = new MemoryVolume("/other");
        AccountingFileSettings settings = AccountingColumnsTests.Settings("d,b,t");
        await using var log = new AccountingLog(
            [settings with { Path = "/other/acct.csv" }, settings], (path, _) => path == "/other" ? other : _volume, Clock(), NullLogger.Instance);
        _volume.FailWrites = true;
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        await UntilAsync(() => log.Trouble is not null);
        _volume.FailWrites = false;
        await UntilAsync(() => Advance() && waiting.IsCompleted);

        Assert.Equal(["b"], TypesOf(other));
        Assert.Equal(["b"], TypesOf(_volume));
    }

    [Fact]
    public async Task Who_waits_is_told_when_the_log_gives_up_and_a_device_that_works_goes_on_working()
    {
        await using AccountingLog log = InMemory();
        _volume.FailSyncs = true;
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();
        await UntilAsync(() => log.Trouble is not null);

        log.GiveUp();
        await Assert.ThrowsAsync<AccountingException>(() => waiting);
        await Assert.ThrowsAsync<AccountingException>(async () => await log.WriteAsync([Records.Full(AccountingType.Bounced)]));
        _volume.FailSyncs = false;
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        Assert.Equal(["d"], TypesOf(_volume));
    }

    [Fact]
    public async Task Stopping_with_a_broken_device_tells_the_writers()
    {
        AccountingLog log = InMemory();
        _volume.FailSyncs = true;
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Bounced)]).AsTask();

        await log.DisposeAsync();

        await Assert.ThrowsAsync<AccountingException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await log.WriteAsync([Records.Full(AccountingType.Bounced)]));
    }

    [Fact]
    public async Task Everything_written_before_the_stop_is_on_disk()
    {
        AccountingLog log = InMemory();
        Task[] writes = [.. Enumerable.Range(0, 500).Select(_ => log.WriteAsync([Records.Full(AccountingType.Delivered)]).AsTask())];

        await log.DisposeAsync();

        await Task.WhenAll(writes);
        Assert.Equal(501, Csv.Parse(_volume.Text("acct-2019-02-08-0000.csv")).Count);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_stops_the_start_with_its_name()
    {
        string blocked = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(blocked, "", TestContext.Current.CancellationToken);

        AccountingException error = Assert.Throws<AccountingException>(
            () => new AccountingLog([Disk("file/acct.csv", "d")], Clock(), NullLogger.Instance));

        Assert.Contains("file/acct.csv", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_configuration_opens_what_is_new_and_finishes_what_is_gone()
    {
        await using AccountingLog log = new([Disk("a.csv", "d"), Disk("b.csv", "d")], Clock(), NullLogger.Instance);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        await log.ReplaceAsync([Disk("b.csv", "d"), Disk("c.csv", "b")]);
        await log.WriteAsync([Records.Full(AccountingType.Delivered), Records.Full(AccountingType.Bounced)]);

        Assert.Equal(["b-2019-02-08-0000.csv", "c-2019-02-08-0000.csv"], log.CurrentPaths.Select(Path.GetFileName));
        Assert.Equal(2, Lines(Path.Combine(_directory, "a-2019-02-08-0000.csv")).Length);
        Assert.Equal(3, Lines(Path.Combine(_directory, "b-2019-02-08-0000.csv")).Length);
        Assert.Equal(2, Lines(Path.Combine(_directory, "c-2019-02-08-0000.csv")).Length);
    }

    [Fact]
    public async Task A_file_whose_columns_changed_goes_on_under_the_next_number()
    {
        await using AccountingLog log = OnDisk();
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        await log.ReplaceAsync([Disk("acct.csv", "d,b,t,r")]);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        Assert.Equal(["acct-2019-02-08-0000.csv", "acct-2019-02-08-0001.csv"], Files());
        Assert.Contains("rcvSmtpUser", Lines(log.CurrentPaths[0])[0]);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_used_leaves_the_old_one_in_force()
    {
        await using AccountingLog log = OnDisk();
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<AccountingException>(async () => await log.ReplaceAsync([Disk("acct.csv", "d,r"), Disk("file/x.csv", "d")]));
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        Assert.Equal(2, Lines(log.CurrentPaths[0]).Length);
        Assert.DoesNotContain("rcvSmtpUser", Lines(log.CurrentPaths[0])[0]);
    }

    [Fact]
    public async Task More_records_than_a_group_holds_are_all_written()
    {
        await using AccountingLog log = InMemory();
        AccountingRecord record = Records.Full(AccountingType.Delivered);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => log.WriteAsync(Enumerable.Repeat(record, AccountingLog.MaxGroup / 3).ToArray()).AsTask()));

        Assert.Equal((6 * (AccountingLog.MaxGroup / 3)) + 1, Csv.Parse(_volume.Text("acct-2019-02-08-0000.csv")).Count);
    }

    private bool Advance()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 2000; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Fail("what was waited for did not happen");
    }

    private ServerClock Clock() => new(_time);

    private AccountingFileSettings Disk(string name, string records) =>
        AccountingColumnsTests.Settings(records) with { Path = Path.Combine(_directory, name) };

    private AccountingLog OnDisk(Func<AccountingFileSettings, AccountingFileSettings>? change = null)
    {
        AccountingFileSettings settings = Disk("acct.csv", "d,b,t");
        return new AccountingLog([change is null ? settings : change(settings)], Clock(), NullLogger.Instance);
    }

    private AccountingLog InMemory(string records = "d,b,t") =>
        new([AccountingColumnsTests.Settings(records)], (_, _) => _volume, Clock(), NullLogger.Instance);

    /// <summary>The types of all records of all files, each of which has its header and no half line.</summary>
    private static List<string> TypesOf(MemoryVolume volume)
    {
        List<string> types = [];
        foreach (string name in volume.List().Order(StringComparer.Ordinal))
        {
            List<string[]> lines = Csv.Parse(volume.Text(name));
            Assert.Equal("type", lines[0][0]);
            Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
            types.AddRange(lines.Skip(1).Select(line => line[0]));
        }

        return types;
    }

    private string[] Files(string under = "") =>
        [.. new DirectoryInfo(Path.Combine(_directory, under)).EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    private static string[][] Lines(string path) => [.. Csv.Parse(File.ReadAllText(path))];

    /// <summary>A disk whose sync waits until the test lets it go.</summary>
    private sealed class GatedVolume(ManualResetEventSlim gate) : IVolume
    {
        private readonly MemoryVolume _inner = new("/acct");

        public volatile bool Gated;

        public ManualResetEventSlim Reached { get; } = new();

        public int Syncs => _inner.Syncs;

        public string Path => _inner.Path;

        public long FreeBytes => _inner.FreeBytes;

        public IReadOnlyList<string> List() => _inner.List();

        public IVolumeFile Open(string name, bool create) => new GatedFile(this, _inner.Open(name, create), gate);

        public void Rename(string from, string to) => _inner.Rename(from, to);

        public void Delete(string name) => _inner.Delete(name);

        public void SyncDirectory() => _inner.SyncDirectory();

        public IDisposable? TryLock(string name, out string holder) => _inner.TryLock(name, out holder);

        private sealed class GatedFile(GatedVolume volume, IVolumeFile inner, ManualResetEventSlim gate) : IVolumeFile
        {
            public long Length => inner.Length;

            public void Allocate(long length) => inner.Allocate(length);

            public void SetLength(long length) => inner.SetLength(length);

            public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => inner.Write(offset, parts);

            public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

            public void SyncData()
            {
                if (volume.Gated)
                {
                    volume.Reached.Set();
                    Assert.True(gate.Wait(TimeSpan.FromSeconds(10)));
                }

                inner.SyncData();
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
