using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>What a second or a minute brought, and what stood at its end.</summary>
/// <param name="Time">The end of the interval.</param>
/// <param name="Seconds">Its length: 1 or 60, more when the machine had no time to look; the counts are of all of it.</param>
/// <param name="Accepted">Recipients taken in.</param>
/// <param name="Delivered">Recipients delivered.</param>
/// <param name="Deferred">Attempts at recipients that ended in "later".</param>
/// <param name="Bounced">Recipients given up.</param>
/// <param name="Queued">Recipients without a final fate.</param>
/// <param name="MedianSeconds">From acceptance to delivery, half of those delivered meanwhile took no longer; null when none was.</param>
/// <param name="P99Seconds">Likewise, 99 of 100.</param>
public readonly record struct HistorySample(
    Instant Time, double Seconds, long Accepted, long Delivered, long Deferred, long Bounced, long Queued, int ConnectionsIn, int ConnectionsOut,
    double? MedianSeconds, double? P99Seconds);
