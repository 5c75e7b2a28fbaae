// Keeps what replies and the operator have said about queues over a restart, and has people told. Owned by the composition root; one loop, woken by the
// scheduler's list of changes. State first, then people. While the spool refuses, states wait in memory (one for each queue) and are tried again; what queues
// do does not depend on it. A fault is told and the loop goes on after a pause: nothing that was said before or comes later is lost by it. Stops with what
// it can still write.

using System.Text;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

/// <summary>Carries changes of queues to the spool, the log and people.</summary>
public sealed class QueueStateKeeper : IAsyncDisposable
{
    /// <summary>Changes taken at once, and states written at the same time: they share one commit.</summary>
    private const int MostAtOnce = 256;

    /// <summary>What the spool takes as a key (MessageSpool.PutStateAsync); domains and jobs are bounded far below, names of virtual MTAs by taste.</summary>
    private const int MaxKeyChars = 1024;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(10);

    private readonly Scheduler _scheduler;
    private readonly IReadOnlyDictionary<string, byte[]> _recovered;
    private readonly Func<string, ReadOnlyMemory<byte>, ValueTask> _put;
    private readonly CurrentSettings _settings;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly QueueNotices _notices;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>What is not in the spool yet, by its key there: the newest value of each.</summary>
    private readonly Dictionary<string, byte[]> _pending = new(StringComparer.Ordinal);
    private Task _loop = Task.CompletedTask;
    private long _untold;

    /// <summary>Why the spool took nothing at the last write.</summary>
    private SpoolException? _refusal;

    public QueueStateKeeper(
        Scheduler scheduler, MessageSpool spool, MessageIntake intake, CurrentSettings settings, ServerClock clock, ILogger log)
        : this(scheduler, spool.RecoveredState, spool.PutStateAsync, draft => SettlementSteps.SubmitAsync(intake, settings, draft), settings, clock, log)
    {
    }

    /// <param name="recovered">What stands in the spool.</param>
    /// <param name="put">Writes there. Throws <see cref="SpoolException"/>.</param>
    /// <param name="submit">Takes a notice.</param>
    internal QueueStateKeeper(
        Scheduler scheduler, IReadOnlyDictionary<string, byte[]> recovered, Func<string, ReadOnlyMemory<byte>, ValueTask> put,
        Func<BounceDraft, ValueTask<SmtpReply>> submit, CurrentSettings settings, ServerClock clock, ILogger log)
    {
        (_scheduler, _recovered, _put, _settings, _clock, _log) = (scheduler, recovered, put, settings, clock, log);
        _notices = new QueueNotices(submit, settings, clock, log);
    }

    /// <summary>Puts queues into the state that they had before the last stop. Once, before mail comes back and before <see cref="Start"/>.</summary>
    public void Restore()
    {
        Instant now = _clock.Now;
        int restored = 0;
        if (_recovered.TryGetValue(QueueMemoryFormat.PausesKey, out byte[]? pauses))
        {
            _scheduler.RestorePauses(Encoding.UTF8.GetString(pauses)); // First: they hold for every queue that is made.
        }

        foreach ((string key, byte[] value) in _recovered)
        {
            if (key.StartsWith(QueueMemoryFormat.JobPrefix, StringComparison.Ordinal))
            {
                _scheduler.PauseJob(key[QueueMemoryFormat.JobPrefix.Length..], now);
                continue;
            }

            if (!key.StartsWith(QueueMemoryFormat.Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!QueueMemoryFormat.TryReadKey(key, out QueueKey queue) || !QueueMemoryFormat.TryRead(value, out QueueMemory memory))
            {
                _log.QueueStateUnreadable(key);
                continue;
            }

            if (memory.At(now).IsPlain)
            {
                _pending[key] = []; // Time has ended all of it.
                continue;
            }

            _scheduler.Restore(queue, memory, now);
            restored++;
        }

        if (restored > 0)
        {
            _log.QueueStatesRestored(restored);
        }
    }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Writes what has changed until now, then ends. A spool that refuses is not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        bool goesOn = true;
        while (goesOn)
        {
            bool failed = !await TryKeepUpAsync();
            goesOn = await WaitAsync(failed);
        }

        await TryKeepUpAsync();
    }

    /// <summary>Writes and tells whatever there is. False when a fault came between; what is left stays where it was.</summary>
    private async ValueTask<bool> TryKeepUpAsync()
    {
        try
        {
            await TakeChangesAsync();
            await WriteAsync();
            return true;
        }
        catch (Exception error)
        {
            _log.QueueStateKeeperFailed(_pause, error);
            return false;
        }
    }

    /// <summary>False when it is to stop.</summary>
    /// <param name="failed">Changes do not end the wait: the next would meet the same fault at once.</param>
    private async ValueTask<bool> WaitAsync(bool failed)
    {
        try
        {
            if (failed)
            {
                await Task.Delay(_pause, _clock.Time, _stop.Token);
            }
            else
            {
                await _scheduler.Changed.WaitAsync(_pending.Count > 0 ? _pause : Timeout.InfiniteTimeSpan, _clock.Time, _stop.Token);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask TakeChangesAsync()
    {
        while (_scheduler.TakeChanges(MostAtOnce) is { Count: > 0 } changes)
        {
            foreach (QueueChange change in changes)
            {
                Note(change);
            }

            await WriteAsync();
            for (int i = 0; i < changes.Count; i++)
            {
                // The last of several addresses is disabled: one message says both.
                bool saidByNext = i + 1 < changes.Count && changes[i + 1].Kind == QueueChangeKind.AllSourcesDisabled && changes[i + 1].Key == changes[i].Key;
                await TellAsync(changes[i], saidByNext);
            }
        }

        long untold = _scheduler.ChangesUntold;
        if (untold > _untold)
        {
            _log.QueueChangesUntold(untold - _untold);
            _untold = untold;
        }
    }

    /// <summary>Into the log and to people. A fault with one change costs no other its notice.</summary>
    private async ValueTask TellAsync(QueueChange change, bool saidByNext)
    {
        try
        {
            Log(change);
            if (!saidByNext)
            {
                await _notices.TellAsync(change);
            }
        }
        catch (Exception error)
        {
            _log.QueueNoticeFailed(change.Key, "all who are to hear of it", error);
        }
    }

    /// <summary>Each state once. Where the spool refuses, the others would meet the same: they wait.</summary>
    private async ValueTask WriteAsync()
    {
        foreach (string[] keys in _pending.Keys.Chunk(MostAtOnce).ToList())
        {
            bool[] written = await Task.WhenAll(keys.Select(key => TryWriteAsync(key, _pending[key])));
            for (int i = 0; i < keys.Length; i++)
            {
                if (written[i])
                {
                    _pending.Remove(keys[i]);
                }
            }

            if (_refusal is { } refusal)
            {
                _refusal = null;
                _log.QueueStatesNotKept(_pending.Count, _pause, refusal);
                return;
            }
        }
    }

    private async Task<bool> TryWriteAsync(string key, byte[] value)
    {
        try
        {
            await _put(key, value);
            return true;
        }
        catch (SpoolException refusal)
        {
            _refusal = refusal;
        }
        catch (Exception error)
        {
            _log.QueueStateNotWritten(key, _pause, error);
        }

        return false;
    }

    private void Note(QueueChange change)
    {
        if (change.Kind == QueueChangeKind.StandingPauses)
        {
            _pending[QueueMemoryFormat.PausesKey] = Encoding.UTF8.GetBytes(change.Reason);
            return;
        }

        bool isJob = change.Kind is QueueChangeKind.JobPaused or QueueChangeKind.JobResumed;
        string key = isJob ? QueueMemoryFormat.JobPrefix + change.Reason : QueueMemoryFormat.KeyOf(change.Key);
        if (key.Length > MaxKeyChars)
        {
            _log.QueueStateUnreadable(key);
            return;
        }

        if (isJob)
        {
            _pending[key] = change.Kind == QueueChangeKind.JobPaused ? [1] : [];
            return;
        }

        _pending[key] = QueueMemoryFormat.Write(change.After, out int leftOut);
        if (leftOut > 0)
        {
            _log.QueueStateCut(change.Key, leftOut);
        }
    }

    private void Log(QueueChange change)
    {
        switch (change.Kind)
        {
            case QueueChangeKind.Backoff:
                _log.BackoffBegan(change.Key, change.After.ModeUntil, change.Reason);
                break;
            case QueueChangeKind.Normal:
                _log.BackoffEnded(change.Key, change.Reason);
                break;
            case QueueChangeKind.AllSourcesDisabled:
                _log.AllSourcesDisabled(change.Key);
                break;
            case QueueChangeKind.SourceDisabled when LogsSources(change):
                _log.SourceDisabled(change.Key, change.Reason);
                break;
            case QueueChangeKind.SourceEnabled when LogsSources(change):
                _log.SourceEnabled(change.Key, change.Reason);
                break;
            case QueueChangeKind.Alert:
                _log.ReplyAlert(change.Key, change.Reason);
                break;
        }
    }

    private bool LogsSources(QueueChange change) => _settings.Value.DeliveryFor(change.SettingsOf, change.Key.VirtualMta).LogDisabledSources;
}
