using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>A reply was about this job, or this tenant, and not about the queue: its mail waits here until then.</summary>
/// <param name="Job">null holds whatever the tenant sends.</param>
public readonly record struct StreamHold(string? Job, string? Tenant, Instant Until)
{
    internal bool Covers(in StreamKey key) => Job is not null ? key.Job == Job : key.Tenant == Tenant;
}
