using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Control;

/// <summary>Free and all octets of the spool's disk; 0 when they are not known.</summary>
public readonly record struct DiskSpace(long Free, long Total);

/// <summary>The server at a glance.</summary>
/// <param name="Status">Its counters.</param>
/// <param name="Disk">The spool's.</param>
/// <param name="MedianSeconds">From acceptance to delivery, over the last minutes; null when nothing was delivered.</param>
internal sealed record OverviewReport(
    StatusReport Status, DiskSpace Disk, long MinFreeSpace, double? MedianSeconds, double? P99Seconds, IReadOnlyList<AttentionItem> Attention)
{
    /// <summary>Minutes that times to deliver are told of: the newest in which something was delivered.</summary>
    private const int MinutesLookedAt = 15;

    internal static (double? Median, double? P99) TimesToDeliver(IReadOnlyList<HistorySample> minutes, Instant now)
    {
        for (int i = minutes.Count - 1; i >= 0 && now - minutes[i].Time < TimeSpan.FromMinutes(MinutesLookedAt); i--)
        {
            if (minutes[i].MedianSeconds is not null)
            {
                return (minutes[i].MedianSeconds, minutes[i].P99Seconds);
            }
        }

        return (null, null);
    }
}
