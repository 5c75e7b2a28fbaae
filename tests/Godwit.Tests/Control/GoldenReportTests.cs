// What every verb prints in every format, word for word, from one fixed server (GoldenServer). A file of Golden has the commands of one verb. To write
// them anew, on purpose, and then read what has changed:
// GODWIT_WRITE_GOLDEN=1 dotnet run --project tests/Godwit.Tests -- --filter-class '*GoldenReportTests'

using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Godwit.Control;
using Godwit.Tests.Settings;

namespace Godwit.Tests.Control;

public sealed class GoldenReportTests
{
    /// <summary>Beside the verb as it stands, or instead of it where it needs more: what is asked of the fixed server.</summary>
    private static readonly Dictionary<string, string[]> _commands = new()
    {
        ["show queues"] = ["show queues", "show queues --paused=yes", "show queues none.example", "show queues --errors --no-rcpt-events --mode-events"],
        ["show topqueues"] = ["show topqueues", "show topqueues --errors", "show topqueues --maxitems=1 --sort=size"],
        ["show settings"] = ["show settings big.example/v1 --set", "show settings big.example/v1 --set --origin", "show settings big.example/none"],
        ["show vmtas"] = ["show vmtas", "show vmtas --maxitems=1 --sort=rcpt"],
        ["show vmta-settings"] = ["show vmta-settings v1 --set", "show vmta-settings all --set --origin"],
        ["show source-settings"] = ["show source-settings 192.0.2.9 --set --origin"],
        ["show domains"] = ["show domains", "show domains --errors --vmta=v1"],
        ["list"] = ["list", "list --rcpt=nobody@*"],
        ["why"] = ["why ann@big.example", "why big.example/v1", "why campaign-7"],
        ["resolve"] = ["resolve big.example", "resolve big.example/none"],
        ["pause queue"] = ["pause queue big.example/v1", "pause queue */v2", "pause queue big.example/none"],
        ["pause job"] = ["pause job campaign-7"],
        ["resume queue"] = ["resume queue big.example/v2", "resume queue none.example"],
        ["resume job"] = ["resume job held", "resume job campaign-7"],
        ["set queue"] = ["set queue --mode=normal big.example/v1", "set queue --mode=backoff small.example"],
        ["set priority"] = ["set priority 90 --jobId=reset"],
        ["schedule"] = ["schedule */*"],
        ["trace"] = ["trace small.example/v1", "trace big.example/v2"],
        ["disable source"] = ["disable source --reenable-after=4h 192.0.2.1 big.example/v1", "disable source 192.0.2.9 big.example/v1"],
        ["enable source"] = ["enable source 192.0.2.2 big.example/v1"],
        ["delete"] = ["delete --queue=big.example", "delete --queue=none.example"],
        ["clear dnscache"] = ["clear dnscache *", "clear dnscache a..b"],
        ["rotate acct"] = ["rotate acct", "rotate acct none.csv"],
        ["check config"] = ["check config /etc/godwit/config"],
        ["check spf"] = ["check spf 192.0.2.1 mx1.sender.example ann@sender.example --dumppackets"],
        ["check mfrom"] = ["check mfrom 192.0.2.1 mx1.sender.example"],
        ["check dkim"] = ["check dkim sender.example"],
        ["digest"] = ["digest --siphash --key=secretkey port25", "digest --hmac-sha256 --hexkey=4a656665 port25", "digest port25"],
    };

    private static readonly ReportFormat[] _formats =
        [ReportFormat.Text, ReportFormat.Json, ReportFormat.Xml, ReportFormat.Dom, ReportFormat.JsonText, ReportFormat.XmlText];

    private static readonly string _folder = Path.Combine(DirectiveReferenceTests.Root(), "tests", "Godwit.Tests", "Control", "Golden");

    public static TheoryData<string> Verbs => [.. OperatorVerb.Table.Select(verb => verb.Words)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_verb_prints_what_its_golden_file_shows(string verb)
    {
        var text = new StringBuilder();
        foreach (string command in Commands(verb))
        {
            foreach (ReportFormat format in _formats)
            {
                OperatorReport report = await AskAsync(command);
                text.Append($"> {command} ({format}): {report.Outcome}\n{Encoding.UTF8.GetString(report.Write(format).Span).TrimEnd('\n')}\n\n");
            }
        }

        string golden = Path.Combine(_folder, verb.Replace(' ', '-') + ".txt");
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(golden, text.ToString(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), text.ToString());
    }

    [Fact]
    public void Every_golden_file_belongs_to_a_verb() => Assert.Equal(
        OperatorVerb.Table.Select(verb => verb.Words.Replace(' ', '-')).Order(StringComparer.Ordinal),
        Directory.GetFiles(_folder, "*.txt").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_formats_of_a_verb_say_the_same(string verb)
    {
        foreach (string command in Commands(verb))
        {
            OperatorReport report = await AskAsync(command);
            using var json = JsonDocument.Parse(report.Write(ReportFormat.Json));
            var xml = XDocument.Parse(Encoding.UTF8.GetString(report.Write(ReportFormat.Xml).Span), LoadOptions.PreserveWhitespace);
            string[] dom = Encoding.UTF8.GetString(report.Write(ReportFormat.Dom).Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);

            var expected = new List<(string Path, string Value)>();
            Flatten(json.RootElement.GetProperty("data"), "", ("1", "0"), expected);
            var lines = new List<(string Path, string Value)>();
            Flatten(json.RootElement.GetProperty("data"), "", ("yes", "no"), lines);
            Assert.Equal(report.Outcome == ReportOutcome.Done, xml.Root!.Element("succ") is not null);
            Assert.Equal(expected.Select(leaf => leaf.Value.Replace('\u001b', '\ufffd')), Leaves(xml.Root.Element("data")!));
            Assert.Equal(
                lines.Select(leaf => $"{leaf.Path}=\"{Escaped(leaf.Value)}\""),
                dom.Where(line => !line.StartsWith("message=", StringComparison.Ordinal) && !line.StartsWith("error=", StringComparison.Ordinal)));
        }
    }

    private static IEnumerable<string> Commands(string verb) => _commands.GetValueOrDefault(verb, [verb]);

    private static async Task<OperatorReport> AskAsync(string line)
    {
        TestServer server = GoldenServer.Make();
        if (!OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage))
        {
            return usage;
        }

        command.MaySeeAddresses = true;
        return await server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }

    /// <summary>As the other formats have it: a list's items are numbered, and a flag has its words.</summary>
    private static void Flatten(JsonElement element, string path, (string Yes, string No) words, List<(string Path, string Value)> into)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", words, into);
                }

                break;
            case JsonValueKind.Array:
                foreach ((int i, JsonElement item) in element.EnumerateArray().Index())
                {
                    Flatten(item, $"{path}[{i}]", words, into);
                }

                break;
            case JsonValueKind.True or JsonValueKind.False:
                into.Add((path, element.GetBoolean() ? words.Yes : words.No));
                break;
            default:
                into.Add((path, element.ToString()));
                break;
        }
    }

    private static IEnumerable<string> Leaves(XElement element) =>
        element.HasElements ? element.Elements().SelectMany(Leaves) : element.Name == "data" && element.Value.Length == 0 ? [] : [element.Value];

    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\u001b", "\\u001b", StringComparison.Ordinal);
}
