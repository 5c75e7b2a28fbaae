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
            BoundList(A, "map-header-to-field", HeaderFieldMap.Form, nameof(AccountingFileSettings.HeaderMaps), "-",
                "A header field that fills a column; of several the first that the message has."),
            Bound(A, "queue-filter", QueueFilterEntry.List, nameof(AccountingFileSettings.QueueFilter), "-",
                "Only records of these queues; !queue leaves some out. Records of type r are not filtered."),
            Bound(A, "move-to", FilePath, nameof(AccountingFileSettings.MoveTo), "\"\"", "Directory, on the same volume, that finished files are moved to."),
            Bound(A, "move-interval", Time, nameof(AccountingFileSettings.MoveInterval), "1d", "How often a file is finished; only with move-to."),
            Bound(A, "max-size", FileSize, nameof(AccountingFileSettings.MaxSize), "250M",
                "Size at which a new file is begun; for webhooks the size of a batch, 5M."),
            Bound(A, "delete-after", TimeOrNever, nameof(AccountingFileSettings.DeleteAfter), "8d",
                "Age at which finished files are deleted; only without move-to."),
            Bound(A, "iso-times", YesNo, nameof(AccountingFileSettings.IsoTimes), "yes", "Times as text; no means seconds since 1970."),
            Bound(A, "user-string", Text, nameof(AccountingFileSettings.UserString), "\"\"", "The column userString."),
            Bound(A, "world-readable", YesNo, nameof(AccountingFileSettings.WorldReadable), "no", "Every user of the machine may read the file."),
            Bound(A, "count-moved-records", YesNo, nameof(AccountingFileSettings.CountMovedRecords), "no",
                "Puts the number of records in the name of moved files."),
            Idle(A, "sync", YesNo, "no", "Godwit always syncs, many records at a time."),
            Bound(A, "retry-interval", Time, nameof(AccountingFileSettings.RetryInterval), "5m",
                "How long a command that has ended or failed to start is left alone; its records wait."),
            Bound(A, "write-timeout", Time, nameof(AccountingFileSettings.WriteTimeout), "1m", "A command that reads nothing for so long is ended."),
            Bound(A, "privacy-policy", PrivacyPolicy.Form, nameof(AccountingFileSettings.Privacy), "retain",
                "What becomes of local parts, in lower case.") with { Secret = true },
            Bound(A, "http-webhook-url", WebAddress, nameof(AccountingFileSettings.WebhookUrl), "-",
                "Records are posted there in batches, CSV or JSON by the extension of the block's path."),
            Bound(A, "http-webhook-extra-headers", FilePath, nameof(AccountingFileSettings.WebhookExtraHeaders), "\"\"",
                "A file with header fields for each request, such as Authorization."),
            Bound(A, "http-webhook-certificate", FilePath, nameof(AccountingFileSettings.WebhookCertificate), "\"\"", "Our certificate and its key, PEM."),
            Bound(A, "http-webhook-ca-file", FilePath, nameof(AccountingFileSettings.WebhookCaFile), "\"\"",
                "Authorities that vouch for the receiver, in place of the system's."),
            Bound(A, "http-webhook-max-interval", BatchTime, nameof(AccountingFileSettings.WebhookMaxInterval), "5m",
                "The longest that a record waits for others in its batch."),
            Bound(A, "http-webhook-transfer-encoding", Words("gzip"), nameof(AccountingFileSettings.WebhookEncoding), "-", "Compresses the batches."),
            Bound(A, "http-webhook-connect-timeout", Time, nameof(AccountingFileSettings.WebhookConnectTimeout), "5s", "For the connection to the receiver."),
            Bound(A, "http-webhook-io-timeout", Time, nameof(AccountingFileSettings.WebhookIoTimeout), "5s",
                "A request that makes no progress for so long is tried again."),
            Bound(A, "http-webhook-log-verbose", YesNo, nameof(AccountingFileSettings.WebhookLogVerbose), "no", "Logs each batch."),
            Idle(A, "acct-log-header", YesNo, "yes", "Files always begin with a header line."),
        ];
    }
}
