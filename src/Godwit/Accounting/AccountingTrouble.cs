using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>Why records cannot be written now.</summary>
/// <param name="Reason">The text of a 4xx for clients: short, without paths.</param>
/// <param name="File">The file that refuses, for the operator.</param>
/// <param name="Error">What the device said.</param>
public sealed record AccountingTrouble(string Reason, string File, string Error)
{
    internal static AccountingTrouble Of(AccountingFile file, Exception error) =>
        new(error is DiskFullException ? "accounting disk full" : "accounting failed", file.CurrentPath, error.Message);

    /// <summary>For the operator.</summary>
    public override string ToString() => $"{Reason}: {File} cannot be written ({Error})";
}
