namespace Godwit.Verification;

/// <summary>What became of a signature (RFC 8601 section 2.7.1).</summary>
public enum SignatureResult : byte
{
    None,
    Pass,

    /// <summary>The message is not what was signed.</summary>
    Fail,

    /// <summary>Signed in a way that is not accepted here: SHA-1, a short key, an expired signature.</summary>
    Policy,

    /// <summary>The signature's own text cannot be read.</summary>
    Neutral,
    TempError,
    PermError,
}

/// <summary>The outcome for one signature.</summary>
/// <param name="Reason">One sentence; empty for a plain pass. Printable ASCII.</param>
/// <param name="Domain"><c>d=</c>; empty when it could not be read. So the members below.</param>
/// <param name="Identity"><c>i=</c>, or @domain.</param>
/// <param name="Signature">The first characters of <c>b=</c>, by which RFC 6008 tells signatures apart.</param>
public sealed record SignatureFinding(
    SignatureResult Result, string Reason, string Domain, string Selector, string Algorithm, string Identity, string Signature)
{
    public string Word => Result.ToString().ToLowerInvariant();
}
