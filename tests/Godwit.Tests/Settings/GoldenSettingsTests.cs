// What "show settings" answers for the configurations of Configs/good, word for word. A line "#> show settings gmail.com/v1 --origin" asks; the answer
// stands in the file of the same name that ends in .settings. To write those files anew, on purpose, and then read what has changed:
// GODWIT_WRITE_GOLDEN=1 dotnet run --project tests/Godwit.Tests -- --filter-class '*GoldenSettingsTests'

using System.Globalization;
using System.Text;
using Godwit.Control;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>
/// The printed settings of whole queues, virtual MTAs, pools and sources. A question without --origin has the whole report as its answer. With --origin
/// the answer leaves out what nobody said, which is compared with the server that has no configuration: so what a file does not touch is tested too,
/// and the answer stays short enough to be read.
/// </summary>
public sealed class GoldenSettingsTests
{
    private const string Question = "#> ";

    private static readonly string _folder = Path.Combine(DirectiveReferenceTests.Root(), "tests", "Godwit.Tests", "Configs", "good");

    /// <summary>What each directive is set to where nobody says anything.</summary>
    private static readonly Dictionary<string, string> _untouched = Untouched();

    public static TheoryData<string> Asked =>
        [.. Directory.GetFiles(_folder, "*.conf").Where(f => Questions(f).Any()).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Asked))]
    public void A_good_configuration_has_the_settings_that_its_golden_file_shows(string name)
    {
        string path = Path.Combine(_folder, name);
        ConfigLoad load = ConfigFile.Load(path, InventedMachine.WithRealFiles());
        ServerSettings settings = Assert.IsType<ServerSettings>(load.Settings);

        string answers = string.Join('\n', Questions(path).Select(question => $"> {question}\n{Answer(settings, question)}"));

        string golden = Path.ChangeExtension(path, ".settings");
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, answers);
        }

        Assert.Equal(File.ReadAllText(golden), answers);
    }

    [Fact]
    public void Every_golden_file_belongs_to_a_configuration_and_there_are_sixty_or_more()
    {
        IEnumerable<string> golden = Directory.GetFiles(_folder, "*.settings").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

        Assert.Equal(Asked.Select(row => Path.GetFileNameWithoutExtension(row.Data)).Order(StringComparer.Ordinal), golden);
        Assert.InRange(Asked.Count, 60, int.MaxValue);
    }

    [Fact]
    public void Five_thousand_virtual_mtas_that_a_machine_wrote_have_each_their_own_settings()
    {
        const int Count = 5_000;
        var text = new StringBuilder("postmaster a@example.com\nspool /var/spool/godwit\n<domain *>\n  max-smtp-out 3\n</domain>\n");
        foreach (int i in Enumerable.Range(0, Count))
        {
            text.Append(CultureInfo.InvariantCulture, $"<virtual-mta vmta-{i}>\n  smtp-source-host 10.1.{i / 256}.{i % 256} m{i}.example.com\n")
                .Append(CultureInfo.InvariantCulture, $"  <domain [*.]gmail.example>\n    max-msg-rate {i + 1}/h\n  </domain>\n</virtual-mta>\n");
        }

        foreach (int[] members in Enumerable.Range(0, Count).Chunk(10))
        {
            text.Append(CultureInfo.InvariantCulture, $"<virtual-mta-pool pool-{members[0] / 10}>\n")
                .AppendJoin("", members.Select(i => $"  virtual-mta vmta-{i}\n"))
                .Append(CultureInfo.InvariantCulture, $"  <domain gmail.example>\n    bounce-after {members[0] + 1}m\n  </domain>\n</virtual-mta-pool>\n");
        }

        ServerSettings settings = ConfigFile.LoadText(text.ToString()).Settings!;

        foreach (int i in (int[])[0, 1, 2_501, Count - 1])
        {
            string answer = Answer(settings, $"show settings gmail.example/vmta-{i}");
            Assert.Contains($"\nsmtp-source-host 10.1.{i / 256}.{i % 256} m{i}.example.com\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\nmax-msg-rate {i + 1}/h\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\nbounce-after {ValueParsers.PrintTime(TimeSpan.FromMinutes((i / 10 * 10) + 1))}\n", answer, StringComparison.Ordinal);
            Assert.Contains("\nmax-smtp-out 3\n", answer, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Questions(string path) =>
        File.ReadLines(path).Where(l => l.StartsWith(Question, StringComparison.Ordinal)).Select(l => l[Question.Length..].TrimEnd());

    private static string Answer(ServerSettings settings, string question)
    {
        Assert.True(OperatorCommand.TryParse(question, out OperatorCommand command, out MessageReport usage), usage.Message);
        SettingsReport report = Assert.IsType<SettingsReport>(SettingsQuestion.Answer(settings, command));
        if (command.Origin)
        {
            report = new SettingsReport(command.Operand, [.. report.Sections.Select(Said)], withOrigin: true, settings.ConfigFile);
        }

        return ReportFormats.Text(report).Replace(_folder, "{dir}", StringComparison.Ordinal);
    }

    /// <summary>What somebody said, without the remark about its status, which changes with the program and not with the configuration.</summary>
    private static ExplainedSection Said(ExplainedSection section)
    {
        return section with { Settings = [.. section.Settings.Where(s => !IsUntouched(section, s)).Select(s => s with { Status = "in effect" })] };
    }

    private static bool IsUntouched(ExplainedSection section, ExplainedSetting setting) =>
        setting.Lines is [{ Origin.IsDefault: true } line] && setting.Beaten.Count == 0 && _untouched[Key(section, setting)] == line.Text;

    private static string Key(ExplainedSection section, ExplainedSetting setting) => $"{section.Heading}: {setting.Name}";

    private static Dictionary<string, string> Untouched()
    {
        SettingsOrigins origins = ConfigFile.LoadText("spool /x\n<virtual-mta-pool p>\n  virtual-mta v\n</virtual-mta-pool>\n<virtual-mta v>\n</virtual-mta>\n").Settings!.Origins;
        ExplainedSection[] sections =
            [origins.Queue(DomainName.Parse("a.example"), "v"), origins.VirtualMta("v"), origins.Pool("p"), origins.Source(System.Net.IPAddress.Loopback, "")];
        return sections.SelectMany(s => s.Settings, (section, setting) => (Key: Key(section, setting), setting.Lines[0].Text)).ToDictionary(s => s.Key, s => s.Text);
    }
}
