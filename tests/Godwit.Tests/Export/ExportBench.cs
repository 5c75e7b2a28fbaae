// Accounting with exports behind it, in a directory of its own and on a clock that the test moves. Owned by one test.

using Godwit.Accounting;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Export;

internal sealed class ExportBench : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    private readonly List<AccountingFileSettings> _files = [];
    private AccountingLog? _log;
    private RecordExports? _exports;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    public string Root { get; } = Directory.CreateTempSubdirectory("godwit-export-").FullName;

    public string Staged => Path.Combine(Root, "staged");

    public IReadOnlyList<ExportTrouble> Troubles => _exports!.Troubles;

    public AccountingLog Log => _log!;

    /// <summary>A webhook whose requests get all the time that the test's clock leaps over.</summary>
    public AccountingFileSettings Hook(string url, string file = "hook.csv") => new()
    {
        Path = Path.Combine(Staged, file),
        Records = ["d", "b"],
        MaxSize = AccountingFileSettings.UsualBatchSize,
        WebhookUrl = new Uri(url),
        WebhookIoTimeout = TimeSpan.FromDays(1),
        WebhookConnectTimeout = TimeSpan.FromSeconds(5),
        RecordFields = new Dictionary<string, IReadOnlyList<string>> { ["d"] = ["rcpt", "dsnDiag"], ["b"] = ["rcpt", "dsnDiag"] },
    };

    public AccountingFileSettings Pipe(string command) => Hook("http://unused.example/", "pipe.csv") with { WebhookUrl = null, Command = command };

    public async Task StartAsync(params AccountingFileSettings[] files)
    {
        _files.Clear();
        _files.AddRange(files);
        var clock = new ServerClock(Time);
        _log = new AccountingLog(files, clock, NullLogger.Instance);
        _exports = new RecordExports(_log, File.ReadAllText, clock, NullLogger.Instance);
        await _exports.Prepare(files).CommitAsync();
    }

    public async Task ReloadAsync(params AccountingFileSettings[] files)
    {
        IPreparedChange change = _exports!.Prepare(files);
        await _log!.ReplaceAsync(files);
        await change.CommitAsync();
    }

    public async Task StopAsync()
    {
        if (_log is null)
        {
            return;
        }

        await _log.DisposeAsync();
        Task stopping = _exports!.DisposeAsync().AsTask();
        await StepUntilAsync(() => stopping.IsCompleted, TimeSpan.FromMilliseconds(100), "the exports stop");
        await stopping;
        _log = null;
    }

    /// <summary>Writes a delivery each for recipients with these numbers; durable when it returns.</summary>
    public async Task WriteAsync(int first, int count, string diagnostic = "smtp;250 \"ok\", taken") =>
        await _log!.WriteAsync([.. Enumerable.Range(first, count).Select(i => Record(i, diagnostic))]);

    public Task StepUntilAsync(Func<bool> condition, TimeSpan step, string what) => Eventually.TrueAsync(
        () =>
        {
            if (condition())
            {
                return true;
            }

            Time.Advance(step);
            return false;
        },
        _patience,
        () => $"{what}: {string.Join("; ", _exports!.Troubles)}");

    /// <summary>Recipients of CSV lines behind a header line; a line that is cut counts as what is left of it.</summary>
    public static IReadOnlyList<string> Recipients(string csv) => [.. Csv.Parse(csv)[1..].Select(fields => fields[1])];

    public static string Recipient(int i) => $"user{i}@example.com";

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Root, recursive: true);
    }

    private static AccountingRecord Record(int i, string diagnostic)
    {
        Envelope envelope = Records.Envelope(recipient: Recipient(i));
        return Records.Full(AccountingType.Delivered) with { Envelope = envelope, Recipient = envelope.Recipients[0], DsnDiagnostic = diagnostic };
    }
}
