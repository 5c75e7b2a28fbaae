using System.Text.RegularExpressions;
using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ConfigReportTests
{
    private const string Mixed = """
        postmaster a@example.com
        spool /x
        log-file /y
        run-as-root no
        max-smtp-out 5
        <domain *>
          max-smtp-out 5
          allow-cancel-during-transfer yes
          dk-sign yes
          max-smtp-outt 5
          use-starttls no
        </domain>
        <domain a.example>
          allow-cancel-during-transfer yes
          dk-sign yes
          max-smtp-outt 5
          max-msg-rate 5/s
        </domain>
        <source-group joe>
          max-smtp-in 5
        </source-group>
        <signals>
        </signals>
        <nonsense>
          max-smtp-out 5
        </nonsense>

        """;

    [Fact]
    public void A_problem_is_shown_with_its_line_and_a_caret_below_the_place()
    {
        ConfigLoad load = ConfigFile.LoadText("postmaster a@example.com\nspool /x\nlog-file /y\n<domain *>\n\tmax-smtp-out abc\n</domain>\n");

        Assert.Equal(
            [
                "/etc/godwit/godwit.conf:5:15: error: max-smtp-out: \"abc\" is not a whole number",
                "    \tmax-smtp-out abc",
                "    \t             ^",
                "The configuration cannot be used: 1 error, 0 warnings, 0 notes.",
                "In effect: 3 directives.",
                "Accepted without effect: none.",
                "Not supported yet: none.",
                "Unknown: none.",
            ],
            ConfigReport.Lines(load));
    }

    [Fact]
    public void Errors_stand_before_warnings_and_these_before_notes()
    {
        ConfigLoad load = ConfigFile.LoadText(
            "postmaster a@example.com\nmax-smtp-outt 5\nspool /x\n<domain *>\n  max-smtp-outtt 5\n  max-smtp-out x\n</domain>\ntotal-max-smtp-in y\n");

        Assert.Equal(
            ["6 error", "8 error", "2 warning", "5 warning", "0 note"],
            load.Problems.Select(each => $"{each.Line} {each.SeverityWord}"));
    }

    [Fact]
    public void The_summary_names_everything_that_does_nothing_once()
    {
        ConfigLoad load = ConfigFile.LoadText(Mixed);

        Assert.Equal(
            [
                "The configuration can be used: 0 errors, 5 warnings, 2 notes.",
                "In effect: 6 directives.",
                "Accepted without effect: 4 lines.",
                "    <signals>    Upload to a vendor's analytics; Godwit uploads nothing.",
                "    dk-sign      DomainKeys gave way to DKIM in 2007.",
                "    run-as-root  The service unit decides which user Godwit runs as.",
                "Not supported yet: 4 lines.",
                "    <source-group>, allow-cancel-during-transfer",
                "Unknown: 4 lines.",
                "    <nonsense>, max-smtp-out (in the wrong place), max-smtp-outt",
            ],
            ConfigReport.Lines(load).SkipWhile(l => !l.StartsWith("The configuration", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_program_is_told_everything_that_a_person_is_told()
    {
        using var json = System.Text.Json.JsonDocument.Parse(new CheckedConfigReport(ConfigFile.LoadText(Mixed)).Write(ReportFormat.Json));
        System.Text.Json.JsonElement root = json.RootElement.GetProperty("data");

        Assert.True(root.GetProperty("usable").GetBoolean());
        System.Text.Json.JsonElement problem = root.GetProperty("problems").EnumerateArray().First(p => p.GetProperty("severity").GetString() == "note");
        Assert.Equal(
            ("/etc/godwit/godwit.conf", 4, 1, "run-as-root is accepted without effect: The service unit decides which user Godwit runs as.", "run-as-root no"),
            (problem.GetProperty("file").GetString(), problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(),
                problem.GetProperty("message").GetString(), problem.GetProperty("text").GetString()));
        Assert.Equal(5, root.GetProperty("problems").EnumerateArray().Count(p => p.GetProperty("severity").GetString() == "warning"));
        Assert.Equal(6, root.GetProperty("inEffect").GetInt32());
        Assert.Equal(["<signals>", "dk-sign", "run-as-root"], root.GetProperty("withoutEffect").EnumerateArray().Select(n => n.GetProperty("name").GetString()));
        Assert.All(root.GetProperty("withoutEffect").EnumerateArray(), n => Assert.NotEmpty(n.GetProperty("reason").GetString()!));
        Assert.Equal(["<source-group>", "allow-cancel-during-transfer"], root.GetProperty("notYet").EnumerateArray().Select(n => n.GetProperty("name").GetString()));
        Assert.All(root.GetProperty("notYet").EnumerateArray(), n => Assert.StartsWith("not supported yet", n.GetProperty("reason").GetString(), StringComparison.Ordinal));
        Assert.Equal(["<nonsense>", "max-smtp-out (in the wrong place)", "max-smtp-outt"], root.GetProperty("unknown").EnumerateArray().Select(n => n.GetString()));
    }

    [Fact]
    public void Colours_change_nothing_but_the_colour()
    {
        ConfigLoad load = ConfigFile.LoadText(Mixed + "total-max-smtp-in x\n");

        string coloured = string.Join('\n', ConfigReport.Lines(load, colour: true));

        Assert.Contains("\u001b[1;31merror\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[1;33mwarning\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[1;36mnote\u001b[0m", coloured, StringComparison.Ordinal);
        string plain = Regex.Replace(coloured, "\u001b\\[[0-9;]*m", "", RegexOptions.None, TimeSpan.FromSeconds(10));
        Assert.Equal(string.Join('\n', ConfigReport.Lines(load)), plain);
    }

    [Fact]
    public void Every_further_place_of_a_problem_is_told()
    {
        string[] lines = [.. Enumerable.Range(1, 50).Select(i => $"<domain d{i}.example>\nmax-smtp-outt 5\n</domain>\n")];
        var files = new Dictionary<string, string>
        {
            ["/etc/godwit.conf"] = "spool /x\npostmaster a@example.com\n" + string.Concat(lines) + "include more.conf\n",
            ["/etc/more.conf"] = "\n<domain e.example>\n  max-smtp-outt 7\n</domain>\n",
        };
        ConfigLoad load = ConfigFile.Load("/etc/godwit.conf", ConfigSurroundings.InMemory(files));
        string[] further = [.. Enumerable.Range(1, 49).Select(i => $"{4 + 3 * i}"), "/etc/more.conf:3"];

        IReadOnlyList<string> folded = ConfigReport.Lines(load);
        IReadOnlyList<string> all = ConfigReport.Lines(load, all: true);
        using var json = System.Text.Json.JsonDocument.Parse(new CheckedConfigReport(load).Write(ReportFormat.Json));

        Assert.Contains(folded, line => line.Contains("max-smtp-outt is unknown", StringComparison.Ordinal) && line.EndsWith("(and in 50 more places)", StringComparison.Ordinal));
        Assert.Contains($"    also in lines {string.Join(", ", further[..20])}, and 30 more (--all lists them)", folded);
        Assert.Equal(string.Join(", ", further), string.Join(' ', all.SkipWhile(l => !l.StartsWith("    also in", StringComparison.Ordinal))
            .TakeWhile(l => l.StartsWith("    ", StringComparison.Ordinal)).Select(l => l.Trim()))["also in lines ".Length..]);
        System.Text.Json.JsonElement also = json.RootElement.GetProperty("data").GetProperty("problems").EnumerateArray().First(p => p.TryGetProperty("also", out _)).GetProperty("also");
        Assert.Equal(50, also.GetArrayLength());
        Assert.Equal(("/etc/more.conf", 3, 3), (also[49].GetProperty("file").GetString(), also[49].GetProperty("line").GetInt32(), also[49].GetProperty("column").GetInt32()));
    }

    [Fact]
    public void A_flood_of_names_is_cut()
    {
        ConfigLoad load = ConfigFile.LoadText("spool /x\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"nothing-{i:0000} 1\n")));

        IReadOnlyList<string> lines = ConfigReport.Lines(load);

        Assert.Equal(5000, load.Tally.Unknown);
        Assert.Equal(DirectiveTally.MaxUnknownNames, load.Tally.UnknownNames.Count);
        Assert.EndsWith("nothing-0099, and 900 more (--all lists them)", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith("nothing-0999", ConfigReport.Lines(load, all: true)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_caret_stands_at_the_mask_where_a_secret_is_wrong()
    {
        ConfigLoad load = ConfigFile.LoadText("spool /x\npostmaster a@example.com\n<signals>\n  privacy-policy hunter2\n</signals>\n");

        Assert.Contains("/etc/godwit/godwit.conf:4:18: error: privacy-policy: the value cannot be read; it takes retain, sha1", ConfigReport.Lines(load));
        Assert.Contains("      privacy-policy ******", ConfigReport.Lines(load));
        Assert.Contains("                     ^", ConfigReport.Lines(load));
    }

    [Fact]
    public void A_very_long_line_is_cut_around_the_caret()
    {
        ConfigLoad load = ConfigFile.LoadText($"spool /x\n<domain *>\n  smtp-hosts {string.Join(',', Enumerable.Repeat("mx.example", 500))},!\n</domain>\n");

        Assert.All(ConfigReport.Lines(load), line => Assert.InRange(line.Length, 1, 200));
        Assert.Contains(ConfigReport.Lines(load), line => line.EndsWith("mx.example,!", StringComparison.Ordinal));
    }
}
