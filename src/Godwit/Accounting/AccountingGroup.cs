// What waits for one commit. Guarded by the log's lock until the committer takes it, then the committer's alone.

namespace Godwit.Accounting;

/// <summary>The records of all writers that wait for one commit, and the events that release them together.</summary>
internal sealed class AccountingGroup
{
    /// <summary>Records whose writers wait until they are on disk.</summary>
    public List<AccountingRecord> Records { get; } = [];

    /// <summary>Records that are tried once: their writers would rather hear "not now" than wait.</summary>
    public List<AccountingRecord> Offered { get; } = [];

    /// <summary>Completes when the commit is over; faulted when the records did not reach the disk.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether what is offered now was taken. Another one follows when the answer was no.</summary>
    public TaskCompletionSource<bool> Taken { get; private set; } = NewAnswer();

    /// <summary>Takes records in while there is room. Records of one writer stay together, however many they are.</summary>
    public bool TryJoin(IReadOnlyList<AccountingRecord> records, bool once)
    {
        int waiting = Records.Count + Offered.Count;
        if (waiting > 0 && waiting + records.Count > AccountingLog.MaxGroup)
        {
            return false;
        }

        (once ? Offered : Records).AddRange(records);
        return true;
    }

    public void Succeed()
    {
        Taken.SetResult(true);
        Done.SetResult();
    }

    /// <summary>Says "not now" to those who offered.</summary>
    public void Refuse()
    {
        Offered.Clear();
        TaskCompletionSource<bool> taken = Taken;
        Taken = NewAnswer();
        taken.SetResult(false);
    }

    public void Fail(Exception error)
    {
        Refuse();
        Done.SetException(error);
        _ = Done.Task.Exception; // Nobody may be waiting: the exception is then nobody's.
    }

    private static TaskCompletionSource<bool> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
