// Which columns one accounting file has: the union over its record types, "type" first, then each type's columns in their own order, then those that are
// filled from header fields. Built once from the file's settings and never changed.

using System.Text;
using Godwit.Settings;

namespace Godwit.Accounting;

/// <summary>The columns of one file and how each record type fills them.</summary>
public sealed class AccountingLayout
{
    private readonly AccountingFileSettings _file;
    private readonly ColumnWriter?[]?[] _writers = new ColumnWriter?[AccountingColumns.TypeNames.Count][];
    private readonly RecordedQueues? _queues;
    private readonly LocalPartCover? _cover;
    private readonly List<string> _headerNames = [];

    public AccountingLayout(AccountingFileSettings file)
    {
        _file = file;
        _queues = RecordedQueues.Of(file.QueueFilter);
        _cover = LocalPartCover.Of(file.Privacy);
        var unknown = new List<string>();
        var names = new List<string>();
        var columns = new List<AccountingColumn>[_writers.Length];
        for (int i = 0; i < _writers.Length; i++)
        {
            string type = AccountingColumns.TypeNames[i];
            if (file.Records.Contains(type, StringComparer.OrdinalIgnoreCase))
            {
                columns[i] = Resolve(type, unknown);
                names.AddRange(columns[i].Select(column => column.Name).Where(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray());
            }
        }

        for (int i = 0; i < _writers.Length; i++)
        {
            _writers[i] = columns[i] is { } own
                ? [.. names.Select(name => own.Find(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Write)]
                : null;
        }

        UnknownFields = unknown;
        Columns = names;
        Header = Encoding.UTF8.GetBytes(string.Join(',', names) + "\r\n");
    }

    /// <summary>Names in <c>record-fields</c> that no column of their type has, as <c>d: name</c>.</summary>
    public IReadOnlyList<string> UnknownFields { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>Header fields of messages that some column needs.</summary>
    public IReadOnlyList<string> HeaderNames => _headerNames;

    /// <summary>The first line of the file, with its line end.</summary>
    internal byte[] Header { get; }

    public bool Wants(AccountingType type) => _writers[(int)type] is not null;

    /// <summary>Whether the file gets this record.</summary>
    public bool Wants(AccountingRecord record) => Wants(record.Type) && _queues?.Admits(record) != false;

    /// <summary>Writes one line; the type must be wanted.</summary>
    internal void WriteLine(CsvBuffer line, AccountingRecord record)
    {
        foreach (ColumnWriter? write in _writers[(int)record.Type] ?? throw new InvalidOperationException($"the file does not want {record.Type}"))
        {
            if (write is null)
            {
                line.Empty();
            }
            else
            {
                write(line, record, _file);
            }
        }

        line.EndLine();
    }

    /// <summary><c>*</c> stands for the defaults, <c>!name</c> takes one away; a list that begins by taking away begins with the defaults.</summary>
    private List<AccountingColumn> Resolve(string type, List<string> unknown)
    {
        if (!_file.RecordFields.TryGetValue(type, out IReadOnlyList<string>? asked) || asked.Count == 0)
        {
            asked = ["*"];
        }

        var chosen = new HashSet<string>(StringComparer.Ordinal) { "type" };
        var fromHeader = new List<string>();
        if (asked[0].StartsWith('!'))
        {
            chosen.UnionWith(AccountingColumns.DefaultsOf(type));
        }

        foreach (string entry in asked)
        {
            bool without = entry.StartsWith('!');
            string name = entry.TrimStart('!').Trim();
            if (name == "*")
            {
                chosen.UnionWith(AccountingColumns.DefaultsOf(type));
            }
            else if (IsHeader(name, type))
            {
                fromHeader.RemoveAll(one => one.Equals(name, StringComparison.OrdinalIgnoreCase));
                fromHeader.AddRange(without ? [] : [name]);
            }
            else if (AccountingColumns.Find(name, type) is not { } column)
            {
                if (!name.Equals(AccountingColumns.Retired, StringComparison.OrdinalIgnoreCase) && !IsMapped(name, type))
                {
                    unknown.Add($"{type}: {name}");
                }
            }
            else if (!without)
            {
                chosen.Add(column.Name);
            }
            else if (column.Name != "type")
            {
                chosen.Remove(column.Name); // "type" stays: it tells the lines of a file apart.
            }
        }

        return [.. Ordered(type, chosen), .. fromHeader.Select(HeaderColumn), .. NewColumns(type)];
    }

    private static bool IsHeader(string name, string type) =>
        type != "tq" && name.Length > HeaderFieldMap.Prefix.Length && name.StartsWith(HeaderFieldMap.Prefix, StringComparison.OrdinalIgnoreCase);

    private bool IsMapped(string name, string type) => Maps(type).Any(map => map.Field.Equals(name, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<HeaderFieldMap> Maps(string type) =>
        _file.HeaderMaps.Where(map => map.Types.Split(',', StringSplitOptions.TrimEntries).Contains(type, StringComparer.Ordinal));

    private AccountingColumn HeaderColumn(string column) =>
        new(column, "", FromHeader([Needed(column[HeaderFieldMap.Prefix.Length..])], static (line, _, _) => line.Empty(), cover: _cover));

    /// <summary>Columns that <c>map-header-to-field</c> makes: their names are no column's of ours.</summary>
    private IEnumerable<AccountingColumn> NewColumns(string type) => Maps(type)
        .Where(map => AccountingColumns.Find(map.Field, type) is null && !IsHeader(map.Field, type))
        .GroupBy(map => map.Field, StringComparer.OrdinalIgnoreCase)
        .Select(field => new AccountingColumn(
            field.Key, "", FromHeader([.. field.Select(map => Needed(map.Header))], static (line, _, _) => line.Empty(), _cover)));

    /// <summary>The type's own order first, then the table's.</summary>
    private IEnumerable<AccountingColumn> Ordered(string type, HashSet<string> chosen)
    {
        IEnumerable<string> order = AccountingColumns.DefaultsOf(type).Concat(AccountingColumns.Table.Select(column => column.Name));
        foreach (string name in order.Distinct(StringComparer.Ordinal).Where(chosen.Contains))
        {
            if (AccountingColumns.Find(name, type) is { } column)
            {
                ColumnWriter write = Covered(column);
                string[] headers = [.. Maps(type).Where(map => map.Field.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(map => Needed(map.Header))];
                yield return headers.Length == 0 ? column with { Write = write } : column with { Write = FromHeader(headers, write, _cover) };
            }
        }
    }

    private string Needed(string header)
    {
        if (!_headerNames.Contains(header, StringComparer.OrdinalIgnoreCase))
        {
            _headerNames.Add(header);
        }

        return header;
    }

    /// <summary>The first of these header fields that the message has; else what the column says by itself.</summary>
    private static ColumnWriter FromHeader(string[] headers, ColumnWriter otherwise, LocalPartCover? cover) => (line, record, file) =>
    {
        foreach (string header in headers)
        {
            if (record.Header?.Find(header) is { } value)
            {
                line.Field(cover is null ? value : cover.Text(value, record));
                return;
            }
        }

        otherwise(line, record, file);
    };

    /// <summary>The column as the file's privacy policy has it.</summary>
    private ColumnWriter Covered(AccountingColumn column) => (_cover, column.Name) switch
    {
        ({ } cover, "orig") => (line, record, _) => line.Field(cover.Address(record.Envelope?.Sender.Text)),
        ({ } cover, "rcpt") => (line, record, _) => line.Field(cover.Address(record.Recipient?.Address.Text)),
        ({ } cover, "orcpt") => (line, record, _) => line.Field(cover.Original(record.Recipient?.OriginalRecipient)),
        ({ } cover, "dsnDiag") => (line, record, _) => line.Field(cover.Text(record.DsnDiagnostic, record)),
        _ => column.Write,
    };
}
