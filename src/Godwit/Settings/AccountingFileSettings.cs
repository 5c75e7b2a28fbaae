// One <acct-file>: which records it wants, which columns, and when it makes room. Records for a program or an HTTP receiver wait in a file of the same
// kind, whose settings these are too.

namespace Godwit.Settings;

/// <summary>The frozen form of <c>&lt;acct-file&gt;</c>. Defaults are PowerMTA's.</summary>
public sealed record AccountingFileSettings
{
    /// <summary>What a batch for a webhook holds when <c>max-size</c> does not say.</summary>
    public const long UsualBatchSize = 5 * 1024 * 1024;

    /// <summary>Octets of one file in which records for a webhook wait: what has been sent is given back in pieces of this size.</summary>
    private const long WebhookFileSize = 32 * 1024 * 1024;

    /// <summary>As configured; for a program the place where its records wait. Date and counter are inserted before the extension.</summary>
    public required string Path { get; init; }

    /// <summary>The command line of a program that gets the records; empty when none does.</summary>
    public string Command { get; init; } = "";

    /// <summary>Record types in their short form: d b t tq r, and rb rs f, which nothing writes yet.</summary>
    public IReadOnlyList<string> Records { get; init; } = ["d", "b"];

    /// <summary>Per record type the entries of <c>record-fields</c> as written; a type that is absent has its default columns.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RecordFields { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The queues whose records are wanted; empty for all.</summary>
    public IReadOnlyList<QueueFilterEntry> QueueFilter { get; init; } = [];

    /// <summary>Header fields that fill columns, in order of preference.</summary>
    public IReadOnlyList<HeaderFieldMap> HeaderMaps { get; init; } = [];

    /// <summary>What becomes of local parts.</summary>
    public PrivacyPolicy Privacy { get; init; } = PrivacyPolicy.Retain;

    /// <summary>Octets at which a new file is begun; for a webhook the most that one batch holds.</summary>
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

    /// <summary>Moved files have the number of their records in the name.</summary>
    public bool CountMovedRecords { get; init; }

    /// <summary>How long a program that has ended, or could not be started, is left alone.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A program that reads nothing for so long is ended.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where records are posted; null when nowhere.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>A file with header fields for each request; empty when none.</summary>
    public string WebhookExtraHeaders { get; init; } = "";

    /// <summary>A PEM file with our certificate and its key; empty when none.</summary>
    public string WebhookCertificate { get; init; } = "";

    /// <summary>A PEM file with the authorities that vouch for the receiver; empty for the system's.</summary>
    public string WebhookCaFile { get; init; } = "";

    /// <summary>A record waits no longer than this for others to share its batch.</summary>
    public TimeSpan WebhookMaxInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary><c>gzip</c>, or empty.</summary>
    public string WebhookEncoding { get; init; } = "";

    public TimeSpan WebhookConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A request that makes no progress for so long has failed.</summary>
    public TimeSpan WebhookIoTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A line in the log for each batch.</summary>
    public bool WebhookLogVerbose { get; init; }

    /// <summary>Whether the files only hold what a program or a receiver has not had yet: whoever feeds it deletes them.</summary>
    public bool IsExported => Command.Length > 0 || WebhookUrl is not null;

    /// <summary>Whether batches for the webhook are JSON: the extension of the path says so.</summary>
    public bool IsJson => Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the names of the files are made from: what waits is CSV, whatever becomes of it.</summary>
    public string FilePath => WebhookUrl is not null && !Path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? Path + ".csv" : Path;

    /// <summary>Whether other settings say the same; the lists by what is in them.</summary>
    public bool IsSameAs(AccountingFileSettings other) =>
        Plain(this) == Plain(other)
        && QueueFilter.SequenceEqual(other.QueueFilter)
        && HeaderMaps.SequenceEqual(other.HeaderMaps)
        && Records.SequenceEqual(other.Records, StringComparer.Ordinal)
        && RecordFields.Count == other.RecordFields.Count
        && RecordFields.All(own => other.RecordFields.TryGetValue(own.Key, out IReadOnlyList<string>? fields)
            && own.Value.SequenceEqual(fields, StringComparer.Ordinal));

    private static readonly IReadOnlyList<string> _none = [];
    private static readonly Dictionary<string, IReadOnlyList<string>> _noFields = [];

    /// <summary>Without the lists, which do not compare by what is in them.</summary>
    private static AccountingFileSettings Plain(AccountingFileSettings settings) => settings with
    {
        Records = _none, RecordFields = _noFields, QueueFilter = Array.Empty<QueueFilterEntry>(), HeaderMaps = Array.Empty<HeaderFieldMap>(),
    };

    /// <summary>Octets at which a new file is begun.</summary>
    public long FileSize => WebhookUrl is not null ? WebhookFileSize : MaxSize;
}
