// Every column of the accounting files, once: its name as PowerMTA's users know it, the types that may have it, and how its value is written.
// The order of the default lists is the order of the header lines that existing parsers have seen.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Accounting;

/// <summary>Writes one field of a record; the file's settings give the form of times and its user string.</summary>
internal delegate void ColumnWriter(CsvBuffer line, AccountingRecord record, AccountingFileSettings file);

/// <summary>One column.</summary>
/// <param name="Types">Short names of the record types that can fill it, blank separated.</param>
internal sealed record AccountingColumn(string Name, string Types, ColumnWriter Write);

/// <summary>The table of columns.</summary>
internal static class AccountingColumns
{
    /// <summary>Short names, in the order in which the types' columns stand in a file of several types.</summary>
    public static readonly IReadOnlyList<string> TypeNames = ["d", "b", "t", "tq", "r"];

    /// <summary>Asked for by old configurations, empty since the imprinting service closed.</summary>
    public const string Retired = "timeImprinted";

    private const string Fate = "d b t";
    private const string Attempt = "d b t tq";
    private const string Message = "d b t r";
    private const string All = "d b t tq r";

    /// <summary>Every column. The order is that of columns which a file has on request.</summary>
    public static readonly IReadOnlyList<AccountingColumn> Table =
    [
        new("type", All, static (line, record, _) => line.Field(TypeNames[(int)record.Type])),
        new("timeLogged", All, static (line, record, file) => line.Time(record.TimeLogged, file.IsoTimes)),
        new("timeQueued", Fate, WriteTimeQueued),
        new("orig", Message, static (line, record, _) => line.Field(record.Envelope?.Sender.Text)),
        new("rcpt", Message, static (line, record, _) => line.Field(record.Recipient?.Address.Text)),
        new("orcpt", Message, static (line, record, _) => line.Field(record.Recipient?.OriginalRecipient)),
        new("dsnAction", Fate, static (line, record, _) => line.Field(record.DsnAction)),
        new("dsnStatus", Attempt, WriteStatus),
        new("dsnDiag", Attempt, static (line, record, _) => line.Field(record.DsnDiagnostic)),
        new("dsnMta", Attempt, static (line, record, _) => line.Field(record.DsnMta)),
        new("bounceCat", Fate, static (line, record, _) => line.Field(record.BounceCategory)),
        new("srcType", Message, static (line, record, _) => line.Field(SourceType(record.Envelope))),
        new("srcMta", Message, static (line, record, _) => line.Field(record.Envelope?.SourceMta)),
        new("dlvType", Attempt, static (line, record, _) => line.Field(record.DeliveryType)),
        new("dlvSourceIp", Attempt, static (line, record, _) => line.Address(record.DeliverySourceAddress)),
        new("dlvDestinationIp", Attempt, static (line, record, _) => line.Address(record.DeliveryDestinationAddress)),
        new("dlvEsmtpAvailable", Fate, static (line, record, _) => line.Field(record.EsmtpAvailable)),
        new("dlvSize", Fate, static (line, record, _) => WriteSize(line, record.DeliverySize)),
        new("vmta", All, static (line, record, _) => line.Field(record.VirtualMta)),
        new("jobId", Message, static (line, record, _) => line.Field(record.Envelope?.JobId)),
        new("envId", Message, static (line, record, _) => line.Field(record.Envelope?.EnvelopeId)),
        new("queue", Attempt, static (line, record, _) => line.Field(record.Queue)),
        new("vmtaPool", Message, static (line, record, _) => line.Field(record.Pool)),
        new("rcvSourceIp", "r", static (line, record, _) => line.Address(record.Envelope?.SourceAddress)),
        new("rcvDestinationIp", "r", static (line, record, _) => line.Address(record.Envelope?.LocalAddress)),
        new("userString", All, static (line, _, file) => line.Field(file.UserString)),
        new("rcvSmtpUser", Message, static (line, record, _) => line.Field(record.Envelope?.SmtpUser)),
        new("totalSecondsQueued", Fate, WriteSecondsQueued),
        new("dlvTlsProtocol", Fate, static (line, record, _) => line.Field(record.TlsProtocol)),
        new("dlvTlsCipher", Fate, static (line, record, _) => line.Field(record.TlsCipher)),

        // Not PowerMTA's: the rule that said whether TLS is used, the content's octets as received, and how they were encrypted on their way to us.
        new("dlvTlsPolicy", Fate, static (line, record, _) => line.Field(record.TlsPolicy)),
        new("rcvSize", "r", static (line, record, _) => WriteSize(line, record.MessageSize)),
        new("rcvTlsProtocol", "r", static (line, record, _) => line.Field(record.TlsProtocol)),
        new("rcvTlsCipher", "r", static (line, record, _) => line.Field(record.TlsCipher)),
    ];

    private static readonly string[] _fateDefaults =
    [
        "type", "timeLogged", "timeQueued", "orig", "rcpt", "orcpt", "dsnAction", "dsnStatus", "dsnDiag", "dsnMta", "bounceCat", "srcType", "srcMta",
        "dlvType", "dlvSourceIp", "dlvDestinationIp", "dlvEsmtpAvailable", "dlvSize", "vmta", "jobId", "envId", "queue", "vmtaPool",
    ];

    private static readonly string[] _queueDefaults =
    [
        "type", "timeLogged", "queue", "vmta", "dsnStatus", "dsnDiag", "dsnMta", "dlvType", "dlvSourceIp", "dlvDestinationIp", "userString",
    ];

    private static readonly string[] _receivedDefaults =
    [
        "type", "timeLogged", "orig", "rcpt", "orcpt", "srcType", "srcMta", "rcvSourceIp", "rcvDestinationIp", "vmta", "vmtaPool", "jobId", "envId",
        "userString", "rcvSmtpUser",
    ];

    /// <summary>The columns of a type for which <c>record-fields</c> says nothing, or <c>*</c>.</summary>
    public static IReadOnlyList<string> DefaultsOf(string type) => type switch
    {
        "tq" => _queueDefaults,
        "r" => _receivedDefaults,
        _ => _fateDefaults,
    };

    /// <summary>What <c>record-fields</c> may name for a type; none for a type that is not written yet. Retired columns are passed over in silence.</summary>
    public static IReadOnlyList<string> NamesOf(string type) =>
        TypeNames.Contains(type, StringComparer.Ordinal) ? [.. Table.Select(column => column.Name).Where(name => Find(name, type) is not null), Retired] : [];

    /// <summary>The column of that name that records of the type can fill, or null. Case does not matter.</summary>
    public static AccountingColumn? Find(string name, string type)
    {
        foreach (AccountingColumn column in Table)
        {
            if (column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return column.Types.Split(' ').Contains(type, StringComparer.Ordinal) ? column : null;
            }
        }

        return null;
    }

    private static string SourceType(Envelope? envelope) => envelope?.Kind switch
    {
        null => "",
        SubmissionKind.Smtp => "smtp",
        SubmissionKind.Api => "api",
        SubmissionKind.Pickup => "pickup",
        SubmissionKind.Local => "local",
        _ => throw new InvalidOperationException($"no accounting name for {envelope.Kind}"),
    };

    private static void WriteTimeQueued(CsvBuffer line, AccountingRecord record, AccountingFileSettings file)
    {
        if (record.Envelope is null)
        {
            line.Empty();
            return;
        }

        line.Time(record.Envelope.TimeQueued, file.IsoTimes);
    }

    private static void WriteStatus(CsvBuffer line, AccountingRecord record, AccountingFileSettings file)
    {
        EnhancedStatus status = record.DsnStatus;
        if (status.IsNone)
        {
            line.Empty();
            return;
        }

        // By hand: interpolation boxes the numbers until the method is hot.
        Span<char> text = stackalloc char[128];
        int length = 0;
        Append(status.Class, text, ref length);
        text[length++] = '.';
        Append(status.Subject, text, ref length);
        text[length++] = '.';
        Append(status.Detail, text, ref length);
        string words = StatusWords.Of(status);
        if (words.Length > 0)
        {
            " (".CopyTo(text[length..]);
            words.CopyTo(text[(length + 2)..]);
            length += words.Length + 3;
            text[length - 1] = ')';
        }

        line.Field(text[..length]);

        static void Append(int number, Span<char> text, ref int length)
        {
            number.TryFormat(text[length..], out int written);
            length += written;
        }
    }

    private static void WriteSize(CsvBuffer line, long octets)
    {
        if (octets == 0)
        {
            line.Empty();
            return;
        }

        line.Number(octets);
    }

    private static void WriteSecondsQueued(CsvBuffer line, AccountingRecord record, AccountingFileSettings file)
    {
        if (record.Envelope is null)
        {
            line.Empty();
            return;
        }

        line.Number(Math.Max(0, (long)(record.TimeLogged - record.Envelope.TimeQueued).TotalSeconds));
    }
}
