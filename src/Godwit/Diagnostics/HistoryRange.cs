namespace Godwit.Diagnostics;

/// <summary>What a reader of the history asks for.</summary>
public enum HistoryRange : byte
{
    /// <summary>The last hour: of the server a sample a second, of a queue or a destination one a minute.</summary>
    Hour,

    /// <summary>The last day: of the server a sample a minute, of a queue or a destination one in ten minutes.</summary>
    Day,
}
