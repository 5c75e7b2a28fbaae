namespace Godwit.Verification;

/// <summary>What became of a chain of ARC seals (RFC 8617 section 4.4).</summary>
public enum ArcResult : byte
{
    None,
    Pass,
    Fail,
}

/// <summary>The outcome of validating a chain.</summary>
/// <param name="Reason">One sentence; empty for a plain pass. Printable ASCII.</param>
/// <param name="Instance">The highest number that a set of the chain has; 0 without a chain.</param>
/// <param name="Sealer">The domain of the latest seal; empty when it could not be read.</param>
public sealed record ArcFinding(ArcResult Result, string Reason, int Instance, string Sealer)
{
    public static readonly ArcFinding NoChain = new(ArcResult.None, "", 0, "");

    /// <summary>DNS did not answer: the chain may be right, so nobody should put on record that it is not.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>Whether the latest seal itself says that the chain is broken: nothing may be added to it (section 5.1).</summary>
    public bool IsSealedAsFailed { get; init; }

    public string Word => Result.ToString().ToLowerInvariant();
}
