// <acct-file>: the reference's 2.11.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] AccountingRows()
    {
        const BlockKind A = BlockKind.AccountingFile;
        return
        [
            Bound(A, "records", RecordTypes, nameof(AccountingFileSettings.Records), "d,b", "Record types the file gets."),
            Built(A, "record-fields", RecordFields, nameof(AccountingFileSettings.RecordFields), "*",
                "The columns of a record type.") with { Repeatable = true },
            Later(A, "map-header-to-field", HeaderFieldMap.Form, "-", "A header field that fills a column.") with { Repeatable = true },
            Later(A, "queue-filter", QueueFilterEntry.List, "-", "Only records of these queues."),
            Bound(A, "move-to", FilePath, nameof(AccountingFileSettings.MoveTo), "\"\"", "Directory, on the same volume, that finished files are moved to."),
            Bound(A, "move-interval", Time, nameof(AccountingFileSettings.MoveInterval), "1d", "How often a file is finished; only with move-to."),
            Bound(A, "max-size", FileSize, nameof(AccountingFileSettings.MaxSize), "250M", "Size at which a new file is begun."),
            Bound(A, "delete-after", TimeOrNever, nameof(AccountingFileSettings.DeleteAfter), "8d",
                "Age at which finished files are deleted; only without move-to."),
            Bound(A, "iso-times", YesNo, nameof(AccountingFileSettings.IsoTimes), "yes", "Times as text; no means seconds since 1970."),
            Bound(A, "user-string", Text, nameof(AccountingFileSettings.UserString), "\"\"", "The column userString."),
            Bound(A, "world-readable", YesNo, nameof(AccountingFileSettings.WorldReadable), "no", "Every user of the machine may read the file."),
            Later(A, "count-moved-records", YesNo, "no", "Puts the number of records in the name of moved files."),
            Idle(A, "sync", YesNo, "no", "Godwit always syncs, many records at a time."),
            Later(A, "retry-interval", Time, "5m", "For commands."),
            Later(A, "write-timeout", Time, "1m", "For commands."),
            Later(A, "privacy-policy", PrivacyPolicy.Form, "retain", "What becomes of local parts.") with { Secret = true, Harmless = "retain",
                Reason = "the file would hold the addresses in clear" },
            Later(A, "http-webhook-url", WebAddress, "-", "Records are posted there."),
            Later(A, "http-webhook-extra-headers", FilePath, "-", "For webhooks."),
            Later(A, "http-webhook-certificate", FilePath, "-", "For webhooks."),
            Later(A, "http-webhook-ca-file", FilePath, "-", "For webhooks."),
            Later(A, "http-webhook-max-interval", BatchTime, "5m", "For webhooks."),
            Later(A, "http-webhook-transfer-encoding", Words("gzip"), "-", "For webhooks."),
            Later(A, "http-webhook-connect-timeout", Time, "5s", "For webhooks."),
            Later(A, "http-webhook-io-timeout", Time, "5s", "For webhooks."),
            Later(A, "http-webhook-log-verbose", YesNo, "no", "For webhooks."),
            Idle(A, "acct-log-header", YesNo, "yes", "Files always begin with a header line."),
        ];
    }
}
