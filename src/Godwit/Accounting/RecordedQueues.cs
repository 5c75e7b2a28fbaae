// queue-filter: the queues whose records a file gets. Immutable.

using Godwit.Settings;

namespace Godwit.Accounting;

/// <summary>
/// Judges records by their queue: some entry must name it, and none may leave it out. So a list that only leaves out names nothing, as in PowerMTA.
/// </summary>
internal sealed class RecordedQueues
{
    private readonly (string? Domain, string? VirtualMta, bool IsExcluded)[] _entries;

    private RecordedQueues((string?, string?, bool)[] entries) => _entries = entries;

    /// <summary>Null where every queue's records are wanted.</summary>
    public static RecordedQueues? Of(IReadOnlyList<QueueFilterEntry> filter) => filter.Count == 0
        ? null
        : new RecordedQueues([.. filter.Select(entry => (entry.Domain?.Text, entry.VirtualMta, entry.IsExcluded))]);

    /// <summary>A receipt has no queue yet, so the filter is not about it.</summary>
    public bool Admits(AccountingRecord record)
    {
        if (record.Type == AccountingType.Received)
        {
            return true;
        }

        ReadOnlySpan<char> queue = record.Queue;
        int slash = queue.LastIndexOf('/');
        ReadOnlySpan<char> domain = slash < 0 ? queue : queue[..slash];
        ReadOnlySpan<char> virtualMta = queue[(slash + 1)..];
        bool named = false;
        foreach ((string? wantedDomain, string? wantedMta, bool isExcluded) in _entries)
        {
            if ((wantedDomain is null || domain.Equals(wantedDomain, StringComparison.OrdinalIgnoreCase))
                && (wantedMta is null || virtualMta.Equals(wantedMta, StringComparison.OrdinalIgnoreCase)))
            {
                if (isExcluded)
                {
                    return false;
                }

                named = true;
            }
        }

        return named;
    }
}
