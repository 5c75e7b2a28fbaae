using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>How far a job (a campaign) has come since the start; what a restart found waiting counts as accepted.</summary>
/// <param name="Deferrals">Attempts at recipients that ended in "later".</param>
/// <param name="FirstSeen">When its first recipient came.</param>
/// <param name="LastSeen">When one came or had its fate last.</param>
public readonly record struct JobActivity(
    string Job, long Accepted, long Delivered, long Bounced, long Deferrals, Instant FirstSeen, Instant LastSeen)
{
    /// <summary>Delivered or given up a minute, over the last ten minutes; what an operator took out is no part of it.</summary>
    public double PerMinute { get; init; }
}
