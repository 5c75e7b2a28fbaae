namespace Godwit.Api;

/// <summary>The server at a glance.</summary>
/// <param name="NotReady">Why new mail is not taken; empty when it is.</param>
internal sealed record Overview(
    string Host, string Version, DateTime Started, DateTime Now, bool Ready, string NotReady, TrafficCounts LastMinute, TrafficCounts LastHour,
    TrafficCounts Total, long QueuedRecipients, long QueuedOctets, int Queues, int ConnectionsIn, int ConnectionsInMax, int ConnectionsOut,
    int ConnectionsOutMax, SpoolState Spool, DeliveryTimes TimeToDeliver, IReadOnlyList<Attention> Attention);

/// <summary>Recipients.</summary>
/// <param name="Deferred">Attempts at recipients that ended in "later".</param>
internal sealed record TrafficCounts(long Accepted, long Delivered, long Deferred, long Bounced);

/// <summary>The spool and its disk.</summary>
/// <param name="DiskFree">0, like the total, when the system does not say.</param>
internal sealed record SpoolState(long FilesInUse, long FilesFree, long Octets, long DiskFree, long DiskTotal, long MinFreeSpace);

/// <summary>
/// Seconds from acceptance to delivery, of the newest minute in which something was delivered; null without one in the last quarter of an hour.
/// </summary>
internal sealed record DeliveryTimes(double? P50, double? P99);

/// <summary>One thing that a person should look at.</summary>
/// <param name="Severity">alarm, warning, notice.</param>
internal sealed record Attention(string Severity, string Kind, string Title, string Detail, DateTime? Since, AttentionLink Link);

/// <summary>Where more is to be seen.</summary>
internal sealed record AttentionLink(string Page, string Name);

/// <summary>One second.</summary>
internal sealed record Sample(
    DateTime Time, long Accepted, long Delivered, long Deferred, long Bounced, long Queued, int ConnectionsIn, int ConnectionsOut);

/// <summary>Samples of equal length.</summary>
/// <param name="Step">Seconds.</param>
/// <param name="Start">The end of the first step.</param>
internal sealed record History(int Step, DateTime Start, HistorySeries Series);

/// <summary>One value for each step, null where nothing was sampled.</summary>
internal sealed record HistorySeries(
    long?[] Accepted, long?[] Delivered, long?[] Deferred, long?[] Bounced, long?[] Queued, long?[] ConnectionsIn, long?[] ConnectionsOut, double?[] P50,
    double?[] P99);
