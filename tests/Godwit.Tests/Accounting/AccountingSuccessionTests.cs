using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Accounting;

/// <summary>One file after another on the same path, at a reload; and what the log counts.</summary>
public sealed class AccountingSuccessionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("godwit-acct-").FullName;
    private readonly ServerClock _clock = new(new FakeTimeProvider(new DateTimeOffset(2019, 2, 8, 21, 54, 5, TimeSpan.Zero)));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_a_refused_sync_left_behind_is_cut_before_another_file_begins()
    {
        const string First = "acct-2019-02-08-0000.csv";
        var volume = new MemoryVolume("/acct");
        var seen = new List<string>();
        AccountingFileSettings settings = AccountingColumnsTests.Settings("d") with { WebhookUrl = new Uri("http://unused.example/") };
        await using AccountingLog log = new(
            [settings],
            (_, _) =>
            {
                seen.Add(volume.List().Contains(First, StringComparer.Ordinal) ? volume.Text(First) : "");
                return volume;
            },
            _clock,
            NullLogger.Instance);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        string synced = volume.Text(First);
        volume.FailSyncs = true;
        Task waiting = log.WriteAsync([Records.Full(AccountingType.Delivered)]).AsTask();
        await Eventually.TrueAsync(() => log.Trouble is not null, TimeSpan.FromSeconds(30));
        Assert.NotEqual(synced, volume.Text(First));

        volume.FailSyncs = false;
        await log.ReplaceAsync([settings with { UserString = "other" }]);
        await waiting;
        Assert.Equal(["", synced], seen);
        Assert.Equal(synced, volume.Text(First));
    }

    [Fact]
    public async Task A_reload_with_other_columns_moves_the_finished_file_and_not_the_one_that_is_open()
    {
        AccountingFileSettings settings = AccountingColumnsTests.Settings("d") with
        {
            Path = Path.Combine(_directory, "acct.csv"), MoveTo = Path.Combine(_directory, "done"),
        };
        await using AccountingLog log = new([settings], _clock, NullLogger.Instance);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);
        await log.ReplaceAsync([settings with { UserString = "other" }]);
        await log.WriteAsync([Records.Full(AccountingType.Delivered)]);

        Assert.Equal([Path.Combine(_directory, "acct-2019-02-08-0001.csv")], Directory.GetFiles(_directory));
        Assert.Equal([Path.Combine(_directory, "done", "acct-2019-02-08-0000.csv")], Directory.GetFiles(Path.Combine(_directory, "done")));
    }

    [Fact]
    public async Task Only_records_that_a_file_wants_are_counted_and_each_once()
    {
        AccountingFileSettings one = AccountingColumnsTests.Settings("b") with { Path = Path.Combine(_directory, "one.csv") };
        await using AccountingLog log = new([one, one with { Path = Path.Combine(_directory, "two.csv") }], _clock, NullLogger.Instance);
        await log.WriteAsync([Records.Full(AccountingType.Delivered), Records.Full(AccountingType.Bounced), Records.Full(AccountingType.Received)]);
        Assert.Equal(1, log.Written.Count);
    }
}
