namespace Godwit.Spool;

/// <summary>Who runs commits.</summary>
internal enum CommitMode
{
    /// <summary>A thread of the spool's own: the server.</summary>
    OwnThread,

    /// <summary>Whoever stores or marks: every call is a commit of its own and complete when it returns. For deterministic tests.</summary>
    OnCaller,

    /// <summary>Whoever calls <see cref="MessageSpool.CommitWaiting"/>: for tests of what several waiting callers share.</summary>
    OnDemand,
}

/// <summary>What tests set differently from a server.</summary>
internal sealed record SpoolOptions
{
    public static readonly SpoolOptions Default = new();

    public int SegmentOctets { get; init; } = SpoolFormat.DefaultSegmentOctets;

    public CommitMode Mode { get; init; }

    /// <summary>
    /// A mostly dead segment is compacted when nothing in it has ended for so long: before that, deliveries under way are emptying it for nothing.
    /// </summary>
    public TimeSpan CompactionRest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a piece of content may wait for its message: longer than any client takes to send 4 GiB.</summary>
    public TimeSpan PartPatience { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The largest piece in one frame. A frame must leave room for others in its segment.</summary>
    public int PieceOctets => Math.Min(SpoolFormat.MaxPieceOctets, SegmentOctets / 4);
}
