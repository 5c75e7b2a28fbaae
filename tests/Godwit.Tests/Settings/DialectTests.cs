using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class DialectTests
{
    [Theory]
    [InlineData("<source *>\nsmtp-service no\n</source>", "<source 0/0>\nsmtp-service no\n</source>")]
    [InlineData("<source \"*\">\nsmtp-service no\n</source>", "<source 0/0>\nsmtp-service no\n</source>")]
    [InlineData("<source 0/0>\nallow-relay \"yes\"\n</source>", "<source 0/0>\nalways-allow-relaying yes\n</source>")]
    [InlineData("<domain *>\nmax-message-rate 5/m\n</domain>", "<domain *>\nmax-msg-rate 5/m\n</domain>")]
    [InlineData("<domain *>\nmax-conn-rate 5/m\n</domain>", "<domain *>\nmax-connect-rate 5/m\n</domain>")]
    [InlineData("<domain *>\nmax-messages-per-connection 5\n</domain>", "<domain *>\nmax-msg-per-connection 5\n</domain>")]
    [InlineData("<source 0/0>\nmax-recipients-per-message 5\n</source>", "<source 0/0>\nmax-rcpt-per-message 5\n</source>")]
    [InlineData("<domain *>\nbackoff-retry-interval 30m, 1h\n</domain>", "<domain *>\nbackoff-retry-after 30m, 1h\n</domain>")]
    [InlineData("<domain *>\nenable-starttls no\n</domain>", "<domain *>\nuse-starttls no\n</domain>")]
    [InlineData("<domain *>\nbackoff-trigger-pattern /a \\/ b/\n</domain>", "<domain *>\nreply /a \\/ b/ mode=backoff\n</domain>")]
    [InlineData("<domain *>\nbackoff-trigger-pattern /a|b/i\n</domain>", "<domain *>\nreply /a|b/ mode=backoff\n</domain>")]
    [InlineData("ip 192.0.2.1 domain = a.example;", "smtp-source-host 192.0.2.1 a.example")]
    [InlineData("<virtual-mta v>\nip 192.0.2.1 domain=a.example\n</virtual-mta>", "<virtual-mta v>\nsmtp-source-host 192.0.2.1 a.example\n</virtual-mta>")]
    public void A_word_of_the_dialect_means_what_its_real_form_means(string dialect, string real)
    {
        var problems = new ProblemList();

        Assert.Equal(Meaning(real, new ProblemList()), Meaning(dialect, problems));
        Assert.Contains(problems.ToList(), each => each.Severity == ConfigSeverity.Note);
        Assert.False(problems.HasErrors);
    }

    [Fact]
    public void Every_row_has_a_test_and_a_file_of_the_gallery()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Configs");
        string good = string.Concat(Directory.GetFiles(Path.Combine(folder, "good"), "*.conf").Select(File.ReadAllText));
        string bad = string.Concat(Directory.GetFiles(Path.Combine(folder, "bad"), "*.conf").Select(File.ReadAllText));
        foreach (DialectRow row in DialectTable.All)
        {
            string said = row.Real.Length > 0 ? $": {row.Shown} {row.Note}" : $": {row.Shown} is unknown and has no effect; {row.Note}";
            Assert.Contains(said, row.Real.Length > 0 ? good : bad, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_word_of_the_dialect_hides_a_word_of_the_language()
    {
        foreach (DialectRow row in DialectTable.All)
        {
            Assert.Matches("^[A-Za-z<].*[^.]$", row.Note);
            if (row.IsBlock)
            {
                Assert.True(row.Real.Length == 0 ? BlockTable.Find(row.Word) is null : row.Argument.Length > 0, row.Shown);
                continue;
            }

            Assert.Equal(BlockKind.None, DirectiveTable.ScopesOf(row.Word));
            Assert.All(Enum.GetValues<BlockKind>().Where(k => k != BlockKind.None && row.Scope.HasFlag(k) && row.Real.Length > 0),
                scope => Assert.NotNull(DirectiveTable.Find(scope, row.Real)));
        }
    }

    [Fact]
    public void A_note_is_made_once_for_all_places()
    {
        ConfigLoad load = ConfigFile.LoadText("spool /x\npostmaster a@example.com\n" + string.Concat(Enumerable.Repeat("<domain *>\nmax-message-rate 5/m\n</domain>\n", 3)));

        Assert.Single(load.Problems, p => p.Message == "max-message-rate is read as max-msg-rate, its name in PowerMTA (and in 2 more places)");
        Assert.Equal(5, load.Tally.InEffect);
        Assert.Equal(0, load.Tally.Unknown);
    }

    /// <summary>Every directive that came out, with its block and its printed value; a source that could not be read gives nothing.</summary>
    private static List<string> Meaning(string text, ProblemList problems)
    {
        ConfigSurroundings surroundings = ConfigSurroundings.InMemory(new Dictionary<string, string> { ["/c"] = text });
        ConfigBlock written = new ConfigTreeReader(surroundings, problems, "/").Read("/c");
        CheckedBlock meant = new ConfigChecker(problems, new DirectiveTally(), "/").Check(written);
        Assert.False(problems.HasErrors);
        var lines = new List<string>();
        Print(meant, "", lines);
        Assert.NotEmpty(lines);
        return lines;
    }

    private static void Print(CheckedBlock block, string outer, List<string> lines)
    {
        string path = $"{outer}<{block.Kind} {block.Argument}>";
        lines.AddRange(block.Directives.Select(d => $"{path} {d.Directive.Name} {d.Directive.Form.Print(d.Value!)} {(d.Value as IReadOnlyList<SourceHost>)?[0]}"));
        foreach (CheckedBlock inner in block.Blocks)
        {
            Print(inner, path, lines);
        }
    }
}
