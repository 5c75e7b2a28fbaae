namespace Godwit.Rehearsal;

/// <summary>How a rehearsal is run. Immutable.</summary>
/// <param name="VirtualMtas">The virtual MTAs that the mail leaves through, in turn; at least one.</param>
internal sealed record RehearsalPlan(IReadOnlyList<string> VirtualMtas)
{
    /// <summary>The same seed gives the same run.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Octets of each message.</summary>
    public long MessageSize { get; init; } = 50_000;

    /// <summary>When the run ends although mail is left.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromDays(30);
}
