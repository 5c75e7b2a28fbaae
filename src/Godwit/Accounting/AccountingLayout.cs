// Which columns one accounting file has: the union over its record types, "type" first, then each type's columns in their own order.
// Built once from the file's settings and never changed.

using System.Text;
using Godwit.Settings;

namespace Godwit.Accounting;

/// <summary>The columns of one file and how each record type fills them.</summary>
public sealed class AccountingLayout
{
    private readonly AccountingFileSettings _file;
    private readonly ColumnWriter?[]?[] _writers = new ColumnWriter?[AccountingColumns.TypeNames.Count][];

    public AccountingLayout(AccountingFileSettings file)
    {
        _file = file;
        var unknown = new List<string>();
        var names = new List<string>();
        var columns = new List<AccountingColumn>[_writers.Length];
        for (int i = 0; i < _writers.Length; i++)
        {
            string type = AccountingColumns.TypeNames[i];
            if (file.Records.Contains(type, StringComparer.OrdinalIgnoreCase))
            {
                columns[i] = Resolve(file, type, unknown);
                names.AddRange(columns[i].Select(column => column.Name).Where(name => !names.Contains(name, StringComparer.Ordinal)).ToArray());
            }
        }

        for (int i = 0; i < _writers.Length; i++)
        {
            _writers[i] = columns[i] is { } own ? [.. names.Select(name => own.Find(column => column.Name == name)?.Write)] : null;
        }

        UnknownFields = unknown;
        Columns = names;
        Header = Encoding.UTF8.GetBytes(string.Join(',', names) + "\r\n");
    }

    /// <summary>Names in <c>record-fields</c> that no column of their type has, as <c>d: name</c>.</summary>
    public IReadOnlyList<string> UnknownFields { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>The first line of the file, with its line end.</summary>
    internal byte[] Header { get; }

    public bool Wants(AccountingType type) => _writers[(int)type] is not null;

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
    private static List<AccountingColumn> Resolve(AccountingFileSettings file, string type, List<string> unknown)
    {
        if (!file.RecordFields.TryGetValue(type, out IReadOnlyList<string>? asked) || asked.Count == 0)
        {
            asked = ["*"];
        }

        var chosen = new HashSet<string>(StringComparer.Ordinal) { "type" };
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
            else if (AccountingColumns.Find(name, type) is not { } column)
            {
                if (!name.Equals(AccountingColumns.Retired, StringComparison.OrdinalIgnoreCase))
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

        return Ordered(type, chosen);
    }

    /// <summary>The type's own order first, then the table's.</summary>
    private static List<AccountingColumn> Ordered(string type, HashSet<string> chosen)
    {
        IEnumerable<string> order = AccountingColumns.DefaultsOf(type).Concat(AccountingColumns.Table.Select(column => column.Name));
        return [.. order.Distinct(StringComparer.Ordinal).Where(chosen.Contains).Select(name => AccountingColumns.Find(name, type)).OfType<AccountingColumn>()];
    }
}
