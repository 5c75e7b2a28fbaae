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

    private async ValueTask AccountAsync(Instant now)
    {
        _records.Clear();
        foreach (SettlementOrder order in _batch)
        {
            RecordedHeader? header = null;
            foreach (RecipientOutcome outcome in order.Removal is { Record: false } ? [] : order.Outcomes)
            {
                if (!outcome.Verdict.WasAttempted || FateRecords.TypeOf(outcome.Verdict.Kind) is var type && !IsRecorded(order.Key, type))
                {
                    continue;
                }

                if (header is null && _steps.WantsHeader(type))
                {
                    header = _steps.ReadHeader(outcome.Recipient.Message, type);
                }

                _records.Add(FateRecords.OfRecipient(order.Key, order.Envelope!, outcome, order.Attempt!, now, header));
            }
        }

        if (_records.Count > 0)
        {
            await _steps.Account(_records);
        }
    }
}
