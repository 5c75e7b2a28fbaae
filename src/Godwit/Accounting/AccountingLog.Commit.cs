// The committer. It takes what waits as one group, writes and syncs each file once, and releases everybody; a device error is a state, not an event:
// said once, tried again with growing pauses, left when the device takes a whole group again. Runs on the log's own thread.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Accounting;

public sealed partial class AccountingLog
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);

    /// <summary>A try costs little, and the whole server waits: an operator who has made room sees mail move at once.</summary>
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    /// <summary>Files that hold the group under way already: a retry for another file's sake repeats nothing in them.</summary>
    private readonly List<AccountingFile> _holders = [];

    /// <summary>Tries that failed since the trouble began.</summary>
    private int _failures;

    private static bool IsDeviceError(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Ends when the log is stopped and nothing waits.</summary>
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

                TakeOrders();
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
            if (HasWaiting || _replacement is not null || _rotation is not null)
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

    private bool HasWaiting => _waiting.Records.Count > 0 || _waiting.Offered.Count > 0;

    private AccountingGroup? TakeWaiting()
    {
        lock (_gate)
        {
            if (!HasWaiting)
            {
                return null;
            }

            AccountingGroup group = _waiting;
            _waiting = new AccountingGroup();
            return group;
        }
    }

    /// <summary>Between two groups: what a reload or an operator wants.</summary>
    private void TakeOrders()
    {
        (IReadOnlyList<AccountingFileSettings> Files, TaskCompletionSource Done)? replacement;
        (string Name, TaskCompletionSource<int> Done)? rotation;
        lock (_gate)
        {
            (replacement, rotation) = (_replacement, _rotation);
            (_replacement, _rotation) = (null, null);
        }

        if (replacement is var (files, replaced))
        {
            Replace(files, replaced);
        }

        if (rotation is var (name, rotated))
        {
            Rotate(name, rotated);
        }
    }

    private void Commit(AccountingGroup group)
    {
        _holders.Clear();
        try
        {
            CommitUntilDone(group);
            Written.Add(CountWanted(group.Records) + CountWanted(group.Offered));
            group.Succeed();
        }
        catch (OperationCanceledException error)
        {
            _files.ForEach(static file => file.Discard());
            if (group.Records.Count > 0)
            {
                _log.AccountingStoppedShort(group.Records.Count);
            }

            group.Fail(new AccountingException("accounting was stopped before the record could be written", error));
        }
        catch (Exception error)
        {
            // A record that cannot be formed is a broken invariant: its group is told, the files stay whole.
            _files.ForEach(static file => file.Discard());
            _log.AccountingRecordBroken(error);
            group.Fail(new InvalidOperationException("an accounting record could not be formed", error));
        }
    }

    /// <summary>Writers hand in all records of a message where one of them is wanted, and a queue-filter looks at each.</summary>
    private int CountWanted(List<AccountingRecord> records)
    {
        int wanted = 0;
        foreach (AccountingRecord record in records)
        {
            foreach (AccountingFile file in _files)
            {
                if (file.Wants(record))
                {
                    wanted++;
                    break;
                }
            }
        }

        return wanted;
    }

    /// <summary>Tries until the device takes it. Throws <see cref="OperationCanceledException"/> when the log gives up.</summary>
    private void CommitUntilDone(AccountingGroup group)
    {
        TimeSpan pause = _firstPause;
        Form(group);
        while (TryCommit() is { } trouble)
        {
            Enter(trouble, group);
            WaitForRetry(pause);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;

            // Other files may be the cure: what is left of the group goes to those there are now.
            TakeOrders();
            Form(group);
        }

        if (_trouble is { } over)
        {
            _log.AccountingWriteRecovered(over.File, _failures);
            (_trouble, _failures) = (null, 0);
        }
    }

    private void Form(AccountingGroup group)
    {
        foreach (AccountingFile file in _files)
        {
            file.Discard();
            if (!_holders.Contains(file))
            {
                file.Append(group.Records);
                file.Append(group.Offered);
            }
        }
    }

    private AccountingTrouble? TryCommit()
    {
        foreach (AccountingFile file in _files)
        {
            try
            {
                if (_trouble is not null)
                {
                    file.Probe();
                }

                file.Commit();
                _holders.Add(file);
            }
            catch (Exception error) when (IsDeviceError(error))
            {
                return AccountingTrouble.Of(file, error);
            }
        }

        return null;
    }

    private void Enter(AccountingTrouble trouble, AccountingGroup group)
    {
        if (_trouble is null)
        {
            _log.AccountingWriteFailed(trouble.File, trouble.Error);
        }

        _failures++;
        Refusals.Add();
        lock (_gate)
        {
            _trouble = trouble;
            _waiting.Refuse();
        }

        group.Refuse();
    }

    /// <summary>Shorter when another configuration comes meanwhile. Throws <see cref="OperationCanceledException"/> when the log gives up.</summary>
    private void WaitForRetry(TimeSpan pause)
    {
        Instant until = _clock.Now + pause;
        while (!HasReplacement() && until - _clock.Now is { Ticks: > 0 } left)
        {
            _wake.WaitAsync(left, _clock.Time, _giveUp.Token).GetAwaiter().GetResult();
        }

        _giveUp.Token.ThrowIfCancellationRequested();
    }

    private bool HasReplacement()
    {
        lock (_gate)
        {
            return _replacement is not null;
        }
    }

    /// <summary>Lets each file do what time asks for and sets the timer for the next time.</summary>
    private void RunClock()
    {
        if (_giveUp.IsCancellationRequested)
        {
            return; // The end is near, and a device that refuses would be asked without a pause.
        }

        Instant due = Instant.Never;
        Instant now = _clock.Now;
        foreach (AccountingFile file in _files)
        {
            if (file.NextDue() <= now && !TryTick(file))
            {
                return; // Its files may be others now, and whoever waited for them comes first.
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

    /// <summary>False when the device had refused, and takes records again or was given up.</summary>
    private bool TryTick(AccountingFile file)
    {
        try
        {
            file.Tick();
            return true;
        }
        catch (Exception error) when (IsDeviceError(error))
        {
            // What cannot begin a file takes no record either: the same trouble, with nothing to write yet.
            var nothing = new AccountingGroup();
            Enter(AccountingTrouble.Of(file, error), nothing);
            Commit(nothing);
            _wake.Set();
            return false;
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
