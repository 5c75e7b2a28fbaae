using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>What a reply has asked of certain mail, and not of a whole queue. Immutable; a <see cref="StreamCurb"/> keeps to it.</summary>
/// <param name="Job">null means whatever the tenant sends.</param>
/// <param name="HeldUntil">Nothing of it goes before.</param>
/// <param name="RecoversGradually">
/// Then one order at a time, and one more for each minute in which mail was taken. False again when that is done.
/// </param>
public sealed record StreamTerms(string? Job, string? Tenant, Instant HeldUntil, bool RecoversGradually)
{
    /// <summary>Orders under way at once until <see cref="CeilingUntil"/>; 0 leaves them.</summary>
    public int Connections { get; init; }

    /// <summary>Recipients attempted until then.</summary>
    public Rate Rate { get; init; }

    public Instant CeilingUntil { get; init; }

    /// <summary>How far the way back has come; null when it is yet to begin, or when there is none.</summary>
    public RampStep? Return { get; init; }

    /// <summary>Until when it asks anything. A way back on which no mail goes is old after an hour.</summary>
    public Instant End => Instant.Max(RecoversGradually ? HeldUntil + ConnectionRamp.KeptFor : HeldUntil, CeilingUntil);

    public bool IsOver(Instant now) => End <= now;

    /// <summary>The same without a way back that has become old.</summary>
    public StreamTerms At(Instant now) =>
        RecoversGradually && HeldUntil + ConnectionRamp.KeptFor <= now ? this with { RecoversGradually = false, Return = null } : this;

    /// <summary>These and what a reply has said since: the longer wait and the newer ceiling count.</summary>
    public StreamTerms With(StreamTerms later) => Joined(later.CeilingUntil > default(Instant) ? later : this, later);

    /// <summary>These and what was said elsewhere about the same mail, nobody knows when: the longer wait counts, and the ceiling that ends later.</summary>
    public StreamTerms Beside(StreamTerms other) => Joined(other.CeilingUntil > CeilingUntil ? other : this, other);

    /// <summary>For an operator.</summary>
    public override string ToString() => Job is not null ? $"job {Job}" : $"sender {Tenant}";

    private StreamTerms Joined(StreamTerms ceiling, StreamTerms other) => ceiling with
    {
        HeldUntil = Instant.Max(HeldUntil, other.HeldUntil),
        RecoversGradually = RecoversGradually || other.RecoversGradually,
        Return = null,
    };
}
