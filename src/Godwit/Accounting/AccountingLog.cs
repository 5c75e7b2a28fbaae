// All accounting files and the one thread that writes them. One record goes to every file that wants its type.
// Writers join the group that is waiting; the committer takes it whole, writes each file, syncs it once and releases everybody.
// Owned by the composition root. When a device fails, writers wait: the alarm is logged and the group is tried again, with growing pauses, until it is on disk.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Accounting;

/// <summary>The accounting of the server. Thread safe.</summary>
public sealed partial class AccountingLog : IAsyncDisposable
{
    /// <summary>Records that may wait for one commit; a writer that comes later waits for the group before it. Bounds memory when the disk is slow.</summary>
    internal const int MaxGroup = 4096;

    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);

    /// <summary>Long enough to spare a broken disk, short enough that an operator who repaired it sees mail move.</summary>
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    private readonly Func<string, UnixFileMode, IVolume> _openVolume;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly WakeSignal _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;

    private AccountingGroup _waiting = new();
    private (IReadOnlyList<AccountingFileSettings> Files, TaskCompletionSource Done)? _replacement;
    private List<AccountingFile> _files;
    private Instant _timerDue = Instant.Never;
    private volatile bool _timerSet;
    private volatile string[] _paths = [];
    private volatile int _wanted;

    /// <summary>Opens all files. Throws <see cref="AccountingException"/> when one cannot be written.</summary>
    public AccountingLog(IReadOnlyList<AccountingFileSettings> files, ServerClock clock, ILogger log)
        : this(files, OpenDirectory, clock, log)
    {
    }

    internal AccountingLog(
        IReadOnlyList<AccountingFileSettings> files, Func<string, UnixFileMode, IVolume> openVolume, ServerClock clock, ILogger log)
    {
        _openVolume = openVolume;
        _clock = clock;
        _log = log;
        _files = Open(files, []);
        _timer = clock.Time.CreateTimer(static state => ((AccountingLog)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Publish();
        new Thread(Run) { IsBackground = true, Name = "accounting" }.Start();
    }

    /// <summary>Where each file is written right now.</summary>
    public IReadOnlyList<string> CurrentPaths => _paths;

    /// <summary>Whether any file wants this type: spares making the record.</summary>
    public bool Wants(AccountingType type) => (_wanted & (1 << (int)type)) != 0;

    /// <summary>
    /// Returns when the records are on disk in every file that wants them. A device error is reported, retried with a pause, and never swallowed.
    /// Throws <see cref="AccountingException"/> when the log is stopped before they are.
    /// </summary>
    public ValueTask WriteAsync(IReadOnlyList<AccountingRecord> records)
    {
        foreach (AccountingRecord record in records)
        {
            if (Wants(record.Type))
            {
                return JoinAsync(records);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Takes over a new configuration: files that are new are opened, files no longer named are finished, unchanged ones go on.
    /// Throws <see cref="AccountingException"/> when a new file cannot be written; the old configuration stays in force then.
    /// </summary>
    public async ValueTask ReplaceAsync(IReadOnlyList<AccountingFileSettings> files)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_replacement is not null)
            {
                throw new InvalidOperationException("accounting is still taking over the configuration before");
            }

            _replacement = (files, done);
        }

        _wake.Set();
        await done.Task;
    }

    /// <summary>Writes what waits and closes the files. With a broken device the waiting writers get an <see cref="AccountingException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stop.Cancel();
        }

        _wake.Set();
        await _stopped.Task;
        await _timer.DisposeAsync();
    }

    private async ValueTask JoinAsync(IReadOnlyList<AccountingRecord> records)
    {
        while (true)
        {
            AccountingGroup group;
            bool joined;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
                group = _waiting;
                joined = group.Records.Count == 0 || group.Records.Count + records.Count <= MaxGroup;
                if (joined)
                {
                    group.Records.AddRange(records);
                }
            }

            if (joined)
            {
                _wake.Set();
                await group.Done.Task;
                return;
            }

            await group.Done.Task;
        }
    }

    private static IVolume OpenDirectory(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        return new OsVolume(path, mode);
    }

    private static bool IsDeviceError(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>The committer. It ends when the log is stopped and nothing waits.</summary>
    private void Run()
    {
        try
        {
            while (true)
            {
                AccountingGroup? group = TakeWaiting();
                if (group is not null)
                {
                    Commit(group);
                }

                if (TakeReplacement() is var (files, done))
                {
                    Replace(files, done);
                }

                RunClock();
                if (group is null && !WaitForWork())
                {
                    break;
                }
            }
        }
        finally
        {
            Finish();
        }
    }

    /// <summary>False when the log is stopped and everything that joined before has been taken.</summary>
    private bool WaitForWork()
    {
        lock (_gate)
        {
            if (_waiting.Records.Count > 0 || _replacement is not null)
            {
                return true;
            }

            if (_stop.IsCancellationRequested)
            {
                return false;
            }
        }

        _wake.WaitAsync(Timeout.InfiniteTimeSpan, _clock.Time, CancellationToken.None).GetAwaiter().GetResult();
        return true;
    }

    private AccountingGroup? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Records.Count == 0)
            {
                return null;
            }

            AccountingGroup group = _waiting;
            _waiting = new AccountingGroup();
            return group;
        }
    }

    private (IReadOnlyList<AccountingFileSettings> Files, TaskCompletionSource Done)? TakeReplacement()
    {
        lock (_gate)
        {
            var replacement = _replacement;
            _replacement = null;
            return replacement;
        }
    }

    private void Commit(AccountingGroup group)
    {
        try
        {
            foreach (AccountingFile file in _files)
            {
                foreach (AccountingRecord record in group.Records)
                {
                    if (file.Wants(record.Type))
                    {
                        file.Append(record);
                    }
                }
            }

            foreach (AccountingFile file in _files)
            {
                CommitUntilDone(file);
            }

            group.Done.SetResult();
        }
        catch (OperationCanceledException error)
        {
            _log.AccountingStoppedShort(error);
            group.Done.SetException(new AccountingException("accounting was stopped before the record could be written", error));
        }
        catch (Exception error)
        {
            // A record that cannot be formed is a broken invariant: its group is told, the files stay whole.
            _files.ForEach(static file => file.Discard());
            _log.AccountingRecordBroken(error);
            group.Done.SetException(new AccountingException("a record could not be formed", error));
        }
    }

    /// <summary>Tries until the device takes it. Throws <see cref="OperationCanceledException"/> when the log is stopped meanwhile.</summary>
    private void CommitUntilDone(AccountingFile file)
    {
        TimeSpan pause = _firstPause;
        int failures = 0;
        while (true)
        {
            try
            {
                file.Commit();
                break;
            }
            catch (Exception error) when (IsDeviceError(error))
            {
                failures++;
                _log.AccountingWriteFailed(file.CurrentPath, pause, error);
            }

            Task.Delay(pause, _clock.Time, _stop.Token).GetAwaiter().GetResult();
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }

        if (failures > 0)
        {
            _log.AccountingWriteRecovered(file.CurrentPath, failures);
        }
    }

    /// <summary>Lets each file do what time asks for and sets the timer for the next time.</summary>
    private void RunClock()
    {
        Instant due = Instant.Never;
        Instant now = _clock.Now;
        foreach (AccountingFile file in _files)
        {
            if (file.NextDue() <= now)
            {
                try
                {
                    file.Tick();
                }
                catch (Exception error) when (IsDeviceError(error))
                {
                    _log.AccountingWriteFailed(file.CurrentPath, _longestPause, error);
                    due = Instant.Min(due, now + _longestPause);
                    continue;
                }
            }

            due = Instant.Min(due, file.NextDue());
        }

        PublishPaths();
        if (due != _timerDue || !_timerSet)
        {
            _timerDue = due;
            _timerSet = true;
            _timer.Change(due == Instant.Never ? Timeout.InfiniteTimeSpan : WholeMilliseconds(due - now), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A timer counts whole milliseconds; rounded up, so that it rings when its time has come.</summary>
    private static TimeSpan WholeMilliseconds(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait.TotalMilliseconds)));

    /// <summary>The timer may run ahead of the clock: whatever it finds, the committer sets it again.</summary>
    private void Ring()
    {
        _timerSet = false;
        _wake.Set();
    }
}
