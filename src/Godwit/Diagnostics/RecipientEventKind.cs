namespace Godwit.Diagnostics;

/// <summary>What happened to a recipient.</summary>
public enum RecipientEventKind : byte
{
    /// <summary>It came in and is on disk.</summary>
    Accepted,
    Delivered,

    /// <summary>An attempt ended in "later".</summary>
    Deferred,
    Bounced,
}
