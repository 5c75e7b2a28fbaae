using Godwit.Accounting;
using Godwit.Settings;

namespace Godwit.Tests.Accounting;

public sealed class KnownFieldsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-fields-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_server_tells_a_mistyped_field_when_it_reads_its_configuration()
    {
        string file = Path.Combine(_folder, "config");
        File.WriteAllText(file, $"postmaster a@example.com\nspool {_folder}\n<acct-file {_folder}/acct.csv>\n  record-fields d timeLoged, nosuch\n</acct-file>\n");

        ConfigLoad load = GodwitServer.LoadConfiguration(file);

        Assert.NotNull(load.Settings);
        Assert.Equal(
            [
                $"{file}:4:19: warning: record-fields: records of type d have no field \"timeLoged\", the column is left out; did you mean \"timeLogged\"?",
                $"{file}:4:30: warning: record-fields: records of type d have no field \"nosuch\", the column is left out",
            ],
            load.Problems.Where(p => p.Severity == ConfigSeverity.Warning).Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("d")]
    [InlineData("b")]
    [InlineData("t")]
    [InlineData("tq")]
    [InlineData("r")]
    public void Every_field_that_is_known_is_one_that_a_file_can_have(string type)
    {
        IReadOnlyList<string> known = AccountingColumns.NamesOf(type);

        var layout = new AccountingLayout(new AccountingFileSettings
        {
            Path = "/x",
            Records = [type],
            RecordFields = new Dictionary<string, IReadOnlyList<string>> { [type] = known },
        });

        Assert.Empty(layout.UnknownFields);
        Assert.Equal(known.Count - 1, layout.Columns.Count); // The retired one has no column.
    }
}
