// Records on their way to one HTTP receiver. One loop: it waits until a batch is full or its first record has waited long enough, writes down which records
// it is made of and what it is called, posts it until the receiver answers 2xx, writes down that they have arrived. Nothing else takes a record out: not a
// 4xx, not a restart. A crash between the answer and the note posts the same batch under the same name again.
// Owned by RecordExports. Memory: one batch. While the receiver is away the records wait on disk, and mail goes on.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>Posts the records of one <c>&lt;acct-file&gt;</c>.</summary>
internal sealed class HookExport : IRecordExport
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(5);

    /// <summary>A receiver that comes back after a day is found within this time, and gets a few hundred idle requests meanwhile.</summary>
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(5);

    /// <summary>How much longer records are as JSON, where each repeats the names of its columns: a batch is looked for when there is so much less.</summary>
    private const int JsonGrowth = 2;

    private readonly StagedRecords _records;
    private HookTarget _target;
    private HookTarget? _nextTarget;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly ExportState _state;
    private readonly WakeSignal _retry = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private Instant _since = Instant.Never;

    /// <param name="target">Owned from here on.</param>
    public HookExport(AccountingFileSettings settings, StagedRecords records, HookTarget target, ServerClock clock, ILogger log)
    {
        (Settings, _records, _target, _clock, _log) = (settings, records, target, clock, log);
        _state = new ExportState(settings.Path, records, clock, log);
        _running = Task.Run(RunAsync);
    }

    public AccountingFileSettings Settings { get; }

    public ExportTrouble? Trouble => _state.Trouble;

    public long Waiting => _state.Waiting;

    public void TryNow() => _retry.Set();

    /// <summary>The next request goes through this one, which is owned from here on.</summary>
    public void Use(HookTarget target) => Interlocked.Exchange(ref _nextTarget, target)?.Dispose();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _records.Dispose();
        _target.Dispose();
        Interlocked.Exchange(ref _nextTarget, null)?.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan pause = _firstPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                string refusal = await HandOverAsync();
                if (refusal.Length == 0)
                {
                    pause = _firstPause;
                    continue;
                }

                _state.Hold(refusal);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The device, or a fault of ours: either way the records stay where they are, and are tried again.
                _state.Hold($"{Settings.FilePath}: {failure.Message}");
            }

            if (!await RestAsync(pause))
            {
                return;
            }

            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    /// <summary>Posts one batch, when there is one, or waits until there may be. What stood in the way; empty when nothing did.</summary>
    private async Task<string> HandOverAsync()
    {
        Resume();
        if (_records.Cursor.BatchOctets > 0 && !_records.IsAtBatch)
        {
            _records.Forget();
        }

        if (_records.Cursor.BatchOctets == 0 && !IsDue(out TimeSpan wait))
        {
            await _records.More.WaitAsync(wait, _clock.Time, _stop.Token);
            return "";
        }

        Instant began = _clock.Now;
        if (Batch() is not { Records: > 0 } body)
        {
            StagedPlace place = _records.Place;
            return $"{place.Name} has no whole line behind octet {place.Offset}, where accounting has written one";
        }

        if (Interlocked.Exchange(ref _nextTarget, null) is { } newer)
        {
            _target.Dispose();
            _target = newer;
        }

        string batch = _records.Cursor.BatchId;
        HookAnswer answer = await _target.PostAsync(body.Octets, batch, _stop.Token);
        if (Settings.WebhookLogVerbose)
        {
            _log.ExportBatchPosted(Settings.Path, batch, body.Records, body.Octets.Length, answer.Text);
        }

        if (!answer.IsTaken)
        {
            return answer.Text;
        }

        _records.Advance(body.Used);
        _records.Settle(_records.Place);
        _state.GoOn();
        _since = _records.Available() > 0 ? began : Instant.Never;
        return "";
    }

    /// <summary>Stands where the batch under way begins; after a failure or a restart that is the cursor.</summary>
    private void Resume()
    {
        if (_records.Cursor.BatchOctets > 0 || _state.IsHeld)
        {
            _records.Rewind();
        }
    }

    /// <summary>Whether a batch is to be sent; if not, how long to wait for more.</summary>
    private bool IsDue(out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        long available = _records.Available();
        if (available == 0)
        {
            _since = Instant.Never;
            return false;
        }

        Instant now = _clock.Now;
        _since = _since == Instant.Never ? now : _since;
        wait = _since + Settings.WebhookMaxInterval - now;
        long full = Settings.IsJson ? Settings.MaxSize / JsonGrowth : Settings.MaxSize;
        return available >= full || wait <= TimeSpan.Zero || _records.IsClosed;
    }

    /// <summary>The batch that the cursor names, or a new one, which it names from now on.</summary>
    private BatchBody? Batch()
    {
        int held = _records.Cursor.BatchOctets;
        ReadOnlyMemory<byte> lines = _records.Peek(held > 0 ? held : (int)Settings.MaxSize);
        if (lines.IsEmpty)
        {
            return null;
        }

        long most = held > 0 && held <= Settings.MaxSize ? long.MaxValue : Settings.MaxSize;
        BatchBody body = BatchBody.Of(_records.Header, lines.Span, Settings.IsJson, most);
        if (held != body.Used)
        {
            _records.Hold(body.Used, Guid.NewGuid().ToString("N"));
        }

        return body;
    }

    /// <summary>Shorter when the operator has done something. False when the export is to stop.</summary>
    private async Task<bool> RestAsync(TimeSpan pause)
    {
        try
        {
            await _retry.WaitAsync(pause, _clock.Time, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
