namespace Godwit.Diagnostics;

/// <summary>What a reader of the history asks for.</summary>
public enum HistoryRange : byte
{
    /// <summary>The last hour, a sample a second.</summary>
    Hour,

    /// <summary>The last day, a sample a minute.</summary>
    Day,
}
