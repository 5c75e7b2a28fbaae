namespace Godwit.Control;

/// <summary>What a caller lacks for a command.</summary>
public enum CommandLack : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The level.</summary>
    Level,

    /// <summary>A proof that no foreign page sent it.</summary>
    Proof,
}
