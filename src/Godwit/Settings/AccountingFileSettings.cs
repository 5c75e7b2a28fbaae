// One <acct-file>: which records it wants, which columns, and when it makes room.

namespace Godwit.Settings;

/// <summary>The frozen form of <c>&lt;acct-file&gt;</c>. Defaults are PowerMTA's.</summary>
public sealed record AccountingFileSettings
{
    /// <summary>As configured; date and counter are inserted before the extension.</summary>
    public required string Path { get; init; }

    /// <summary>Record types in their short form: d b t tq r, and rb rs f, which nothing writes yet.</summary>
    public IReadOnlyList<string> Records { get; init; } = ["d", "b"];

    /// <summary>Per record type the entries of <c>record-fields</c> as written; a type that is absent has its default columns.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RecordFields { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Octets at which a new file is begun.</summary>
    public long MaxSize { get; init; } = 250L * 1024 * 1024;

    /// <summary>Directory on the same volume that finished files are moved to; empty when none.</summary>
    public string MoveTo { get; init; } = "";

    public TimeSpan MoveInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Age at which finished files are deleted, without <see cref="MoveTo"/>; <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public TimeSpan DeleteAfter { get; init; } = TimeSpan.FromDays(8);

    /// <summary>ISO times, or seconds since 1970.</summary>
    public bool IsoTimes { get; init; } = true;

    public string UserString { get; init; } = "";

    public bool WorldReadable { get; init; }
}
