using System.Text;
using Godwit.Accounting;
using Godwit.Settings;
using Godwit.Tests.Accounting;

namespace Godwit.Tests.Guards;

public sealed class AccountingColumnGuards
{
    /// <summary>What a record of that type has no value for, by its meaning: a delivery has no category, and what was not delivered no size.</summary>
    private static readonly string[] _without = ["d bounceCat", "b dlvSize", "t dlvSize"];

    [Fact]
    public void Every_column_is_in_the_table_once()
    {
        Assert.Equal(AccountingColumns.Table.Count, AccountingColumns.Table.Select(column => column.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Every_default_column_can_be_filled_by_its_type()
    {
        foreach (string type in AccountingColumns.TypeNames)
        {
            Assert.All(AccountingColumns.DefaultsOf(type), name => Assert.NotNull(AccountingColumns.Find(name, type)));
        }
    }

    /// <summary>By invented records, for those columns too that nothing fills yet; Scenarios/TheRecordsSayEverything asks real ones.</summary>
    [Fact]
    public void Every_column_has_a_value_in_a_record_of_each_of_its_types()
    {
        var empty = new List<string>();
        foreach (AccountingType type in Enum.GetValues<AccountingType>())
        {
            string name = AccountingColumns.TypeNames[(int)type];
            var settings = new AccountingFileSettings
            {
                Path = "acct.csv",
                Records = [name],
                RecordFields = new Dictionary<string, IReadOnlyList<string>>
                {
                    [name] = [.. AccountingColumns.Table.Where(column => column.Types.Split(' ').Contains(name)).Select(column => column.Name)],
                },
                UserString = "mine",
            };
            var layout = new AccountingLayout(settings);
            var buffer = new CsvBuffer();
            layout.WriteLine(buffer, Records.Full(type));
            string[] fields = Csv.Parse(Encoding.UTF8.GetString(buffer.Octets.Span))[0];
            empty.AddRange(layout.Columns.Where((_, i) => fields[i].Length == 0).Select(column => $"{name} {column}"));
        }

        Assert.Equal(_without.Order(), empty.Order());
    }

    [Fact]
    public void Every_record_type_has_a_name()
    {
        Assert.Equal(Enum.GetValues<AccountingType>().Length, AccountingColumns.TypeNames.Count);
    }
}
