using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>What a reply has asked of certain mail, and not of a whole queue. Immutable; each queue has a <see cref="StreamCurb"/> that keeps to it.</summary>
/// <param name="Job">null means whatever the tenant sends.</param>
/// <param name="HeldUntil">Nothing of it goes before.</param>
/// <param name="RecoversGradually">Then one order at a time, and one more for each minute in which mail was taken.</param>
public sealed record StreamTerms(string? Job, string? Tenant, Instant HeldUntil, bool RecoversGradually)
{
    /// <summary>Orders under way at once until <see cref="CeilingUntil"/>; 0 leaves them.</summary>
    public int Connections { get; init; }

    /// <summary>Recipients attempted until then.</summary>
    public Rate Rate { get; init; }

    public Instant CeilingUntil { get; init; }

    public bool IsOver(Instant now) => HeldUntil <= now && CeilingUntil <= now;

    internal bool Covers(in StreamKey key) => Job is not null ? key.Job == Job : key.Tenant == Tenant;

    /// <summary>These and the later ones: the longer wait and the later ceiling count.</summary>
    public StreamTerms With(StreamTerms later) =>
        (later.CeilingUntil > default(Instant) ? later : this) with
        {
            HeldUntil = Instant.Max(HeldUntil, later.HeldUntil),
            RecoversGradually = RecoversGradually || later.RecoversGradually,
        };

    /// <summary>For an operator.</summary>
    public override string ToString() => Job is not null ? $"job {Job}" : $"sender {Tenant}";
}
