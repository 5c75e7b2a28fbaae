// All accounting files and the one thread that writes them. One record goes to every file that wants its type. This file: writers come and wait.
// AccountingLog.Commit.cs: the committer takes a group whole, writes each file, syncs it once and releases everybody. AccountingLog.Files.cs: which files.
// Owned by the composition root. When a device fails it says so once and tries again until the group is on disk or it is told to give up: records that
// must not be lost wait for it, records that may be refused are refused at once.

using System.Collections.Concurrent;
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

    private readonly Func<string, UnixFileMode, IVolume> _openVolume;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly WakeSignal _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;

    private AccountingGroup _waiting = new();
    private (IReadOnlyList<AccountingFileSettings> Files, TaskCompletionSource Done)? _replacement;
    private (string Name, TaskCompletionSource<int> Done)? _rotation;
    private List<AccountingFile> _files;
    private Instant _timerDue = Instant.Never;
    private volatile bool _timerSet;
    private volatile string[] _paths = [];
    private volatile int _wanted;
    private volatile string[] _headerNames = [];
    private volatile int _headersWanted;
    private readonly ConcurrentDictionary<string, AccountingFeed> _feeds = new(StringComparer.Ordinal);
    private volatile AccountingTrouble? _trouble;

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

    /// <summary>Records that are on disk in every file that wants them; one that no file wants is not counted, one that several want once.</summary>
    public Tally Written { get; } = new();

    /// <summary>Tries that a device refused.</summary>
    public Tally Refusals { get; } = new();

    /// <summary>Why no record can be written now; null while all is well. Cheap.</summary>
    public AccountingTrouble? Trouble => _trouble;

    /// <summary>Whether any file wants this type: spares making the record.</summary>
    public bool Wants(AccountingType type) => (_wanted & (1 << (int)type)) != 0;

    /// <summary>Header fields of a message that its records of this type should have; empty for most configurations.</summary>
    public IReadOnlyList<string> HeaderNames(AccountingType type) => (_headersWanted & (1 << (int)type)) != 0 ? _headerNames : [];

    /// <summary>How far the records of an exported file are durable: one object for each path, over reloads.</summary>
    internal AccountingFeed FeedOf(string path) => _feeds.GetOrAdd(path, static _ => new AccountingFeed());

    /// <summary>
    /// Returns when the records are on disk in every file that wants them. A device error is reported, retried with a pause, and never swallowed.
    /// Throws <see cref="AccountingException"/> when the log gives up before they are.
    /// </summary>
    public ValueTask WriteAsync(IReadOnlyList<AccountingRecord> records)
    {
        return IsWanted(records) ? WaitAsync() : ValueTask.CompletedTask;

        async ValueTask WaitAsync() => await JoinAsync(records, once: false);
    }

    /// <summary>
    /// Tries once, for records that had better not be made at all than be waited for. True when they are on disk in every file that wants them; false, at
    /// once, when a device refuses: they will not be written then (but stand in a file that had taken them before another refused).
    /// </summary>
    public ValueTask<bool> TryWriteAsync(IReadOnlyList<AccountingRecord> records) =>
        IsWanted(records) ? JoinAsync(records, once: true) : ValueTask.FromResult(true);

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

    /// <summary>
    /// The operator's <c>rotate acct</c>: files that hold records are finished and begin anew under the next number. Returns how many were meant. Throws
    /// <see cref="AccountingException"/> when a device refuses; what it refused begins by itself with the next record. One caller at a time.
    /// </summary>
    /// <param name="name">The path or the file name as configured; empty for all.</param>
    public async Task<int> RotateAsync(string name)
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_rotation is not null)
            {
                throw new InvalidOperationException("accounting is still rotating its files");
            }

            _rotation = (name, done);
        }

        _wake.Set();
        return await done.Task;
    }

    /// <summary>
    /// From now on a device that refuses is not tried again: whoever waits for it, or will, gets an <see cref="AccountingException"/>. For a stop, which must
    /// not wait for an operator. As long as the device takes records, nothing changes.
    /// </summary>
    public void GiveUp()
    {
        _giveUp.Cancel();
        _wake.Set();
    }

    /// <summary>Writes what waits and closes the files. With a broken device the waiting writers get an <see cref="AccountingException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stop.Cancel();
        }

        GiveUp();
        await _stopped.Task;
        await _timer.DisposeAsync();
    }

    private bool IsWanted(IReadOnlyList<AccountingRecord> records)
    {
        for (int i = 0; i < records.Count; i++)
        {
            if (Wants(records[i].Type))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> JoinAsync(IReadOnlyList<AccountingRecord> records, bool once)
    {
        while (true)
        {
            AccountingGroup group;
            Task<bool> taken;
            bool joined;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
                if (once && _trouble is not null)
                {
                    return false;
                }

                group = _waiting;
                taken = group.Taken.Task;
                joined = group.TryJoin(records, once);
            }

            if (!joined)
            {
                // It is full: the next one. How it ends is its own writers' affair.
                await group.Done.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            _wake.Set();
            if (once)
            {
                return await taken;
            }

            await group.Done.Task;
            return true;
        }
    }

    private static IVolume OpenDirectory(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        return new OsVolume(path, mode);
    }
}
