using System.Net;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>What an operator wants to see of one delivery.</summary>
/// <param name="Key">Of this queue.</param>
/// <param name="Source">Only over a connection from this address; null when any will do.</param>
/// <param name="WithContent">The content too, not only commands and replies.</param>
/// <param name="WithLookups">Where the hosts come from, too.</param>
public sealed record TraceTerms(QueueKey Key, IPAddress? Source = null, bool WithContent = false, bool WithLookups = false)
{
    /// <summary>Told each line as it is said, in order; must not wait, because the delivery would. Null tells nobody before the end.</summary>
    public Action<string>? Tell { get; init; }
}
