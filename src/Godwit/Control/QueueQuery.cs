using Godwit.Queues;

namespace Godwit.Control;

/// <summary>What a list of queues is ordered by.</summary>
internal enum QueueSort : byte
{
    Recipients,
    Name,
    Size,
    Connections,
    NextTry,
}

/// <summary>Which queues a list is about, and their order. Two that are equal give the same list. What is null does not matter.</summary>
internal sealed record QueueQuery
{
    /// <summary>A part of the name; a star stands for any run of characters, and the whole name must match then.</summary>
    public string Text { get; init; } = "";

    /// <summary>The destination, with stars; empty for all.</summary>
    public string Destination { get; init; } = "";

    /// <summary>The virtual MTA, with stars; empty for all.</summary>
    public string VirtualMta { get; init; } = "";

    public QueueMode? Mode { get; init; }

    public bool? Paused { get; init; }

    /// <summary>Whether it has connections.</summary>
    public bool? Connected { get; init; }

    /// <summary>Whether it waits for a time.</summary>
    public bool? Waiting { get; init; }

    /// <summary>Every queue is meant.</summary>
    public bool IsOpen =>
        Text.Length + Destination.Length + VirtualMta.Length == 0 && Mode is null && Paused is null && Connected is null && Waiting is null;

    public QueueSort Sort { get; init; }

    public bool Descending { get; init; }
}
