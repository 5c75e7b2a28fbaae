namespace Godwit.Accounting;

/// <summary>The records of all writers that wait for one commit, and the one event that releases them together.</summary>
internal sealed class AccountingGroup
{
    public List<AccountingRecord> Records { get; } = [];

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
