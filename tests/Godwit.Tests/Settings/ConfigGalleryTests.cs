using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>
/// Configurations as data. In Configs/good a line <c>#= queue gmail.com/v1: max-smtp-out 5</c> is a setting that must come out
/// (and <c>#= note 3:5: sentence</c> something that must be said); in Configs/bad a line <c>#! file:3:5: error: sentence</c> is a problem, and
/// no others may be reported but notes.
/// </summary>
public sealed partial class ConfigGalleryTests
{
    public static TheoryData<string> Good => Files("good");

    public static TheoryData<string> Bad => Files("bad");

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_configuration_gives_the_settings_it_promises(string name)
    {
        string path = Path.Combine(Folder("good"), name);

        ConfigLoad load = ConfigFile.Load(path, InventedMachine.WithRealFiles());

        Assert.DoesNotContain(load.Problems, p => p.Severity == ConfigSeverity.Error);
        ServerSettings settings = Assert.IsType<ServerSettings>(load.Settings);
        List<string> promises = [.. File.ReadAllLines(path).Where(l => l.StartsWith("#= ", StringComparison.Ordinal)).Select(l => l[3..].Replace("{dir}",
            Folder("good"), StringComparison.Ordinal))];
        Assert.NotEmpty(promises);
        Assert.All(promises, promise => Keep(promise, settings, load));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_configuration_is_told_exactly_what_is_wrong_and_where(string name)
    {
        string path = Path.Combine(Folder("bad"), name);
        IEnumerable<string> expected = File.ReadAllLines(path).Where(l => l.StartsWith("#! ", StringComparison.Ordinal)).Select(l => l[3..]);

        ConfigLoad load = ConfigFile.Load(path, InventedMachine.WithRealFiles());

        IEnumerable<string> told = load.Problems.Where(p => p.Severity != ConfigSeverity.Note).Select(p => p.ToString().Replace(Folder("bad") + "/", "",
            StringComparison.Ordinal));
        Assert.Equal(expected, told);
        Assert.Equal(load.Problems.Any(p => p.Severity == ConfigSeverity.Error), load.Settings is null);
    }

    [Fact]
    public void Every_problem_of_the_gallery_stands_in_a_line_and_column_that_exist()
    {
        foreach (string name in Directory.GetFiles(Folder("bad"), "*.conf"))
        {
            ConfigLoad load = ConfigFile.Load(name, InventedMachine.WithRealFiles());
            foreach (ConfigProblem problem in load.Problems.Where(p => p.Line > 0))
            {
                string[] lines = load.Texts[problem.File].Split('\n');
                Assert.InRange(problem.Line, 1, lines.Length);
                Assert.InRange(problem.Column, 1, lines[problem.Line - 1].Length + 1);
            }
        }
    }

    private static void Keep(string promise, ServerSettings settings, ConfigLoad load)
    {
        Match match = Promise().Match(promise);
        Assert.True(match.Success, promise);
        string who = match.Groups["who"].Value;
        string what = match.Groups["what"].Value;
        switch (match.Groups["kind"].Value)
        {
            case "warnings":
                Assert.Equal(int.Parse(what, CultureInfo.InvariantCulture), load.Problems.Count(p => p.Severity == ConfigSeverity.Warning));
                break;
            case "note" or "warning":
                ConfigSeverity severity = match.Groups["kind"].Value == "note" ? ConfigSeverity.Note : ConfigSeverity.Warning;
                Assert.Contains((who, what), load.Problems.Where(p => p.Severity == severity).Select(p => ($"{p.Line}:{p.Column}", p.Message)));
                break;
            case "queue":
                string[] queue = who.Split('/');
                Assert.Contains(what, SettingsText.Print(settings.DeliveryFor(DomainName.Parse(queue[0]), queue[1])));
                break;
            case "source":
                string[] client = who.Split(" as ");
                Assert.Contains(what, SettingsText.Print(settings.SourceFor(IPAddress.Parse(client[0]), client.Length > 1 ? client[1] : "")));
                break;
            case "vmta":
                Assert.Contains(what, SettingsText.Print(settings.VirtualMtas[who]));
                break;
            case "pool":
                Assert.Equal(what, string.Join(',', settings.Pools[who].Members));
                break;
            case "acct":
                Assert.Contains(what, SettingsText.Print(settings.AccountingFiles.Single(f => f.Path == who)));
                break;
            case "listener":
                Assert.Contains(what, settings.Listeners.Select(l => $"{l.EndPoint} {l.Source}".TrimEnd()));
                break;
            case "spool":
                Assert.Equal(what, $"{settings.Spool.Directory} {settings.Spool.MinFreeSpace}");
                break;
            case "relay":
                Assert.Equal(what == "yes", settings.IsRelayDomain(DomainName.Parse(who)));
                break;
            default:
                Assert.Fail(promise);
                break;
        }
    }

    [GeneratedRegex("^(?<kind>[a-z]+)( (?<who>.+?))?: (?<what>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Promise();

    private static string Folder(string kind) => Path.Combine(AppContext.BaseDirectory.TrimEnd('/'), "Configs", kind);

    private static TheoryData<string> Files(string kind) => [.. Directory.GetFiles(Folder(kind),
        "*.conf").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
