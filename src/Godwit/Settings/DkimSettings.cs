namespace Godwit.Settings;

/// <summary>How one signature of a queue's mail is made. Values are compared one by one: queues that say the same share what was signed.</summary>
public sealed record DkimSettings
{
    public DkimSigning Signing { get; init; }

    /// <summary>The kind of key that is looked for.</summary>
    public DkimAlgorithm Algorithm { get; init; }

    public DkimCanonicalization BodyForm { get; init; }

    public DkimCanonicalization HeaderForm { get; init; }

    /// <summary>Fields signed beyond the usual ones.</summary>
    public IReadOnlyList<HeaderSelector> MoreHeaders { get; init; } = [];

    /// <summary>Names that are signed once more than they stand, so that nobody can add one.</summary>
    public IReadOnlyList<string> SealedHeaders { get; init; } = [];

    public DkimIdentity Identity { get; init; } = DkimIdentity.Default;

    /// <summary>null has none.</summary>
    public DkimIdentity? Fallback { get; init; }

    /// <summary>From signing to the end of validity; infinite says nothing about it.</summary>
    public TimeSpan ExpireAfter { get; init; } = Timeout.InfiniteTimeSpan;

    public bool AddTimestamp { get; init; }

    public bool AddBodyLimit { get; init; }

    /// <summary>Empty adds none.</summary>
    public string QueryMethod { get; init; } = "";
}
