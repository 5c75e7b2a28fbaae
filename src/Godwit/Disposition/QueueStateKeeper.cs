// Keeps what replies and the operator have said about queues over a restart, and has people told. Owned by the composition root; one loop, woken by the
// scheduler's list of changes. State first, then people. While the spool refuses, states wait in memory (one for each queue) and are tried again; what queues
// do does not depend on it. Stops with what it can still write.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Intake;
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

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(10);

    private readonly Scheduler _scheduler;
    private readonly MessageSpool _spool;
    private readonly CurrentSettings _settings;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly QueueNotices _notices;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The newest state of each queue whose state is not in the spool yet.</summary>
    private readonly Dictionary<QueueKey, QueueMemory> _pending = [];
    private Task _loop = Task.CompletedTask;

    public QueueStateKeeper(
        Scheduler scheduler, MessageSpool spool, MessageIntake intake, CurrentSettings settings, ServerClock clock, ILogger log)
    {
        (_scheduler, _spool, _settings, _clock, _log) = (scheduler, spool, settings, clock, log);
        _notices = new QueueNotices(draft => SettlementSteps.SubmitAsync(intake, settings, draft), settings, clock, log);
    }

    /// <summary>Puts queues into the state that they had before the last stop. Once, before mail comes back and before <see cref="Start"/>.</summary>
    public void Restore()
    {
        Instant now = _clock.Now;
        int restored = 0;
        foreach ((string key, byte[] value) in _spool.RecoveredState)
        {
            if (!key.StartsWith(QueueMemoryFormat.Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!QueueMemoryFormat.TryReadKey(key, out QueueKey queue) || !QueueMemoryFormat.TryRead(value, out QueueMemory memory))
            {
                _log.QueueStateUnreadable(key);
                continue;
            }

            _scheduler.Restore(queue, memory, now);
            restored++;
            if (!memory.IsPaused && memory.Mode == QueueMode.Normal && memory.Disabled.All(source => source.Until <= now))
            {
                // Time has ended all of it.
                _pending[queue] = new QueueMemory();
                restored--;
            }
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
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            do
            {
                await TakeChangesAsync();
                await WriteAsync();
            }
            while (await WaitAsync());

            await TakeChangesAsync();
            await WriteAsync();
        }
        catch (Exception error)
        {
            _log.QueueStateKeeperStopped(error);
        }
    }

    /// <summary>False when it is to stop.</summary>
    private async ValueTask<bool> WaitAsync()
    {
        try
        {
            await _scheduler.Changed.WaitAsync(_pending.Count > 0 ? _pause : Timeout.InfiniteTimeSpan, _clock.Time, _stop.Token);
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
                _pending[change.Key] = change.After;
            }

            await WriteAsync();
            for (int i = 0; i < changes.Count; i++)
            {
                Log(changes[i]);

                // The last of several addresses is disabled: one message says both.
                bool saidByNext = i + 1 < changes.Count && changes[i + 1].Kind == QueueChangeKind.AllSourcesDisabled && changes[i + 1].Key == changes[i].Key;
                if (!saidByNext)
                {
                    await _notices.TellAsync(changes[i]);
                }
            }
        }
    }

    private async ValueTask WriteAsync()
    {
        try
        {
            while (_pending.Count > 0)
            {
                QueueKey[] written = [.. _pending.Keys.Take(MostAtOnce)];
                await Task.WhenAll(written.Select(queue => PutAsync(queue, _pending[queue])));
                foreach (QueueKey queue in written)
                {
                    _pending.Remove(queue);
                }
            }
        }
        catch (SpoolException error)
        {
            _log.QueueStatesNotKept(_pending.Count, _pause, error);
        }
    }

    private async Task PutAsync(QueueKey queue, QueueMemory memory) =>
        await _spool.PutStateAsync(QueueMemoryFormat.KeyOf(queue), QueueMemoryFormat.Write(memory));

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
            case QueueChangeKind.SourceDisabled when LogsSources(change.Key):
                _log.SourceDisabled(change.Key, change.Reason);
                break;
            case QueueChangeKind.SourceEnabled when LogsSources(change.Key):
                _log.SourceEnabled(change.Key, change.Reason);
                break;
        }
    }

    private bool LogsSources(QueueKey key) => _settings.Value.DeliveryFor(key.Destination, key.VirtualMta).LogDisabledSources;
}
