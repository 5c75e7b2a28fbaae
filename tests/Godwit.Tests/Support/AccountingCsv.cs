// The accounting files of a running server, read as an operator's script would: the oracle of scenarios. Reads the files anew at every question; a
// record that is
// being written at that moment, and so has no line end yet, does not count.

using System.Globalization;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One record by the names of its columns. A column that the file does not have reads as empty.</summary>
internal sealed class AccountingRow(IReadOnlyDictionary<string, string> fields)
{
    public string this[string column] => fields.GetValueOrDefault(column, "");

    public string Type => this["type"];

    /// <summary>A column that holds a time, to the second.</summary>
    public DateTime Time(string column) => DateTime.Parse(this[column], CultureInfo.InvariantCulture);

    public override string ToString() => string.Join(' ', fields.Where(field => field.Value.Length > 0).Select(field => $"{field.Key}={field.Value}"));
}

/// <summary>All files of one <c>acct-file</c>.</summary>
/// <param name="pattern">Their names: <c>acct-*.csv</c>.</param>
internal sealed class AccountingCsv(string directory, string pattern)
{
    public IReadOnlyList<AccountingRow> Rows => [.. Directory.GetFiles(directory, pattern).Order(StringComparer.Ordinal).SelectMany(Read)];

    public IReadOnlyList<AccountingRow> Of(string type) => [.. Rows.Where(row => row.Type == type)];

    private static IEnumerable<AccountingRow> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        List<List<string>> lines = Parse(reader.ReadToEnd());
        foreach (List<string> line in lines.Skip(1))
        {
            Assert.Equal(lines[0].Count, line.Count);
            yield return new AccountingRow(lines[0].Zip(line).ToDictionary(pair => pair.First, pair => pair.Second));
        }
    }

    /// <summary>RFC 4180: commas, CRLF, quotes that are doubled inside quotes.</summary>
    private static List<List<string>> Parse(string text)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        foreach (char c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
                if (quoted && field.Length > 0)
                {
                    field.Append('"');
                }
            }
            else if (quoted || c is not (',' or '\r' or '\n'))
            {
                field.Append(c);
            }
            else if (c == ',' || c == '\n')
            {
                line.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    lines.Add(line);
                    line = [];
                }
            }
        }

        return lines;
    }
}
