namespace Godwit.Settings;

/// <summary>What becomes of a message's Date field (<c>add-date-header</c>).</summary>
public enum DateHeaderUse : byte
{
    /// <summary><c>no</c>: it is left as it is.</summary>
    Keep,

    /// <summary><c>yes</c>: one is added where there is none.</summary>
    AddMissing,

    /// <summary><c>override</c>: the one that is there goes, and one is added.</summary>
    Override,
}
