// The first step of settlement: what of a batch stands in accounting files.

using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Disposition;

public sealed partial class Settlement
{
    /// <summary>Whether a file wants the type and <c>disable-acct-records</c> of the queue lets it.</summary>
    private bool IsRecorded(QueueKey key, AccountingType type)
    {
        if (!_steps.Wants(type))
        {
            return false;
        }

        IReadOnlyList<string> disabled = _settings.Value.DeliveryFor(key.Destination, key.VirtualMta).DisabledRecords;
        return disabled.Count == 0 || !disabled.Contains(AccountingColumns.TypeNames[(int)type], StringComparer.Ordinal);
    }

    /// <summary>
    /// What the records of one message show of its header; null when they show nothing. Read once, on the thread of whoever hands the message in: the loop
    /// serves all of them and waits for no disk but accounting's. What a reload adds before the record is made stays empty in it.
    /// </summary>
    private RecordedHeader? HeaderFor(QueueKey key, IReadOnlyList<RecipientOutcome> outcomes)
    {
        for (int i = 0; i < outcomes.Count; i++)
        {
            RecipientOutcome outcome = outcomes[i];
            if (outcome.Verdict.WasAttempted && FateRecords.TypeOf(outcome.Verdict.Kind) is var type && _steps.WantsHeader(type) && IsRecorded(key, type))
            {
                return _steps.ReadHeader(outcome.Recipient.Message, type);
            }
        }

        return null;
    }

    private async ValueTask AccountAsync(Instant now)
    {
        _records.Clear();
        foreach (SettlementOrder order in _batch)
        {
            foreach (RecipientOutcome outcome in order.Removal is { Record: false } ? [] : order.Outcomes)
            {
                if (!outcome.Verdict.WasAttempted || FateRecords.TypeOf(outcome.Verdict.Kind) is var type && !IsRecorded(order.Key, type))
                {
                    continue;
                }

                _records.Add(FateRecords.OfRecipient(order.Key, order.Envelope!, outcome, order.Attempt!, now, order.Header));
            }
        }

        if (_records.Count > 0)
        {
            await _steps.Account(_records);
        }
    }
}
