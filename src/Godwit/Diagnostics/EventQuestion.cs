namespace Godwit.Diagnostics;

/// <summary>Which events somebody wants to see. What is null excludes nothing.</summary>
public sealed record EventQuestion
{
    public static readonly EventQuestion All = new();

    public RecipientEventKind? Kind { get; init; }

    /// <summary>A queue's destination.</summary>
    public string? Destination { get; init; }

    /// <summary>A queue's virtual MTA.</summary>
    public string? VirtualMta { get; init; }

    public string? Job { get; init; }

    /// <summary>An address, in any case; with <c>@</c> at its head all of a domain.</summary>
    public string? Recipient { get; init; }

    /// <summary>Only events with smaller numbers: the next page.</summary>
    public long Before { get; init; } = long.MaxValue;

    /// <summary>Whether an event is wanted, its number aside.</summary>
    public bool Matches(in RecipientEvent one) =>
        (Kind is not { } kind || kind == one.Kind)
        && (Destination is null || Destination == one.Destination)
        && (VirtualMta is null || VirtualMta == one.VirtualMta)
        && (Job is null || Job == one.Job)
        && (Recipient is null || (Recipient.StartsWith('@')
            ? one.Recipient.EndsWith(Recipient, StringComparison.OrdinalIgnoreCase)
            : one.Recipient.Equals(Recipient, StringComparison.OrdinalIgnoreCase)));
}
