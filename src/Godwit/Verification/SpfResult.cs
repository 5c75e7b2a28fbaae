namespace Godwit.Verification;

/// <summary>What SPF says of a sender (RFC 7208 section 2.6).</summary>
public enum SpfResult : byte
{
    /// <summary>No record, or no name to look one up for.</summary>
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,

    /// <summary>DNS did not answer; asking later may help.</summary>
    TempError,

    /// <summary>The record cannot be understood; its owner has to act.</summary>
    PermError,
}

/// <summary>The outcome of one SPF check.</summary>
/// <param name="Domain">Whose record decided; empty when there was no name to check.</param>
/// <param name="Reason">One sentence for the operator and for a header's comment: the term that matched, or what is wrong. Printable ASCII.</param>
/// <param name="Explanation">What the domain's owner says to a sender that failed (section 6.2); empty when nothing. Printable ASCII.</param>
public sealed record SpfVerdict(SpfResult Result, string Domain, string Reason, string Explanation)
{
    /// <summary>Whether the HELO name was checked in place of an empty sender (section 2.4).</summary>
    public bool IsOfHelo { get; init; }

    /// <summary>The domain that was checked, whose record or not: what alignment compares (RFC 7489 section 3.1.2).</summary>
    public string Identity { get; init; } = "";

    /// <summary>The word in header fields and replies.</summary>
    public string Word => Result.ToString().ToLowerInvariant();
}
