using System.Text.Json;
using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Control;

public sealed class SettingsReportTests
{
    private readonly TestServer _server = new();

    public SettingsReportTests()
    {
        const string Config = """
            spool /x
            log-file /y
            <virtual-mta vmta-1>
              smtp-source-host 192.0.2.1 one.example.com
              <domain bigmail.example>
                max-smtp-out 5
                retry-after 10m, 20m
                auth-password hunter2
                smtp-hosts a-host-with-a-long-name.bigmail.example, another-host-with-a-long-name.bigmail.example
              </domain>
            </virtual-mta>
            <virtual-mta-pool pool-with-a-rather-long-name>
              virtual-mta vmta-1
              <domain [*.]bigmail.example>
                bounce-after 2d
              </domain>
            </virtual-mta-pool>
            <domain *>
              max-smtp-out 30
              bounce-after 3d
              include per-domain.conf
            </domain>
            <source {auth}>
              max-message-size 20M
            </source>
            """;
        var files = new Dictionary<string, string> { ["/etc/godwit/config"] = Config, ["/etc/godwit/per-domain.conf"] = "max-msg-rate 100/h\n" };
        _server.Settings.Replace(ConfigFile.Load("/etc/godwit/config", ConfigSurroundings.InMemory(files)).Settings!);
    }

    [Fact]
    public async Task The_plain_form_is_a_heading_and_a_line_a_directive()
    {
        string text = await TextAsync("show settings bigmail.example/vmta-1");

        string[] lines = text.Split('\n');
        Assert.Equal("Virtual MTA Settings", lines[0]);
        int queue = Array.IndexOf(lines, "Queue Settings");
        Assert.Contains("smtp-source-host 192.0.2.1 one.example.com", lines[..queue]);
        Assert.Equal("", lines[queue - 1]);
        string[] directives = lines[(queue + 1)..^1];
        Assert.Equal(directives.Order(StringComparer.Ordinal).Select(l => l.Split(' ')[0]), directives.Select(l => l.Split(' ')[0]));
        Assert.Contains("max-smtp-out 5", directives);
        Assert.Contains("retry-recipients-after 10m", directives);
        Assert.Contains("bounce-after 2d", directives);
        Assert.Contains("retry-after 10m,20m", directives);
        Assert.Contains("notify-of-delay-every 4h", directives);
        Assert.Contains("backoff-to-normal-after never", directives);
        Assert.Contains("use-starttls yes", directives);
        Assert.Contains("auth-username \"\"", directives);
        Assert.Contains("auth-password \"******\"", directives);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Defaults_of_what_has_no_effect_yet_are_marked_as_written_values_are()
    {
        string text = await TextAsync("show settings bigmail.example/vmta-1 --origin");

        Assert.Contains("allow-cancel-during-transfer yes                  default  (not yet in effect)\n", text, StringComparison.Ordinal);
        Assert.Contains("bounce-upon-5xx-greeting yes                      default\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_was_set_is_shown_when_asked()
    {
        Assert.Equal(
            """
            Virtual MTA Settings
            smtp-source-host 192.0.2.1 one.example.com

            Queue Settings
            auth-password "******"
            bounce-after 2d
            max-msg-rate 100/h
            max-smtp-out 5
            retry-after 10m,20m
            smtp-hosts "a-host-with-a-long-name.bigmail.example,another-host-with-a-long-name.bigmail.example"

            """,
            await TextAsync("show settings bigmail.example/vmta-1 --set"));
        Assert.Equal("Virtual MTA Settings\n(nothing is set; every value is the default)\n", await TextAsync("show vmta-settings {default} --set"));
    }

    [Fact]
    public async Task Origins_stand_in_a_second_column_and_what_was_beaten_below()
    {
        string text = await TextAsync("show settings bigmail.example/vmta-1 --origin");

        Assert.Contains(
            """
            bounce-after 2d                                   config:15
                                                                <domain [*.]bigmail.example> in <virtual-mta-pool pool-with-a-rather-long-name>
              over 3d                                         config:20  <domain *>
            bounce-upon-5xx-greeting yes                      default

            """,
            text, StringComparison.Ordinal);
        Assert.Contains(
            """
            max-smtp-out 5                                    config:6
                                                                <domain bigmail.example> in <virtual-mta vmta-1>
              over 30                                         config:19  <domain *>

            """,
            text, StringComparison.Ordinal);
        Assert.Contains("max-msg-rate 100/h                                per-domain.conf:1  <domain *>\n", text, StringComparison.Ordinal);
        Assert.Contains(
            """
            auth-password "******"                            config:8
                                                                <domain bigmail.example> in <virtual-mta vmta-1>

            """,
            text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(line => !line.Contains("long-name", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, 100));
    }

    [Fact]
    public async Task Programs_get_the_same_with_every_origin()
    {
        using var json = JsonDocument.Parse((await AskAsync("show settings bigmail.example/vmta-1")).Write(ReportFormat.Json));

        JsonElement data = json.RootElement.GetProperty("data");
        Assert.Equal("bigmail.example/vmta-1", data.GetProperty("subject").GetString());
        JsonElement queue = data.GetProperty("section")[1];
        Assert.Equal("Queue Settings", queue.GetProperty("heading").GetString());
        JsonElement connections = queue.GetProperty("setting").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "max-smtp-out");
        Assert.Equal(("5", "in effect", "file", "/etc/godwit/config", 6), (
            connections.GetProperty("value").GetString(), connections.GetProperty("status").GetString(), connections.GetProperty("origin").GetString(),
            connections.GetProperty("file").GetString(), connections.GetProperty("line").GetInt32()));
        Assert.Equal("30", connections.GetProperty("over")[0].GetProperty("value").GetString());
        Assert.DoesNotContain("hunter2", json.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show settings bigmail.example", "Virtual MTA Settings", "max-smtp-out 30")]
    [InlineData("show vmta-settings VMTA-1", "Virtual MTA Settings", "smtp-source-host 192.0.2.1 one.example.com")]
    [InlineData("show vmta-settings pool-with-a-rather-long-name", "Virtual MTA Pool Settings", "virtual-mta vmta-1")]
    [InlineData("show source-settings {auth}", "Source Settings", "max-message-size 20M")]
    [InlineData("show source-settings 10.0.0.1", "Source Settings", "max-message-size unlimited")]
    public async Task Other_questions_are_answered_in_the_same_form(string question, string heading, string line)
    {
        string[] lines = (await TextAsync(question)).Split('\n');

        Assert.Equal(heading, lines[0]);
        Assert.Contains(line, lines);
    }

    [Theory]
    [InlineData("show settings bigmail.example/vmta-2", "there is no virtual MTA \"vmta-2\"; did you mean \"vmta-1\"?")]
    [InlineData("show settings bigmail.example/pool-with-a-rather-long-name", "is a pool and has no queues: its mail goes through vmta-1")]
    [InlineData("show settings -/vmta-1..", "there is no virtual MTA")]
    [InlineData("show settings a..b", "\"a..b\" is not a domain name")]
    [InlineData("show settings */vmta-1", "\"*\" is not a domain name")]
    [InlineData("show vmta-settings nobody", "there is no virtual MTA or pool \"nobody\"")]
    [InlineData("show source-settings {auht}", "there is no source \"{auht}\"; did you mean \"{auth}\"?")]
    public async Task What_does_not_exist_is_refused_with_a_word_about_what_does(string question, string answer)
    {
        OperatorReport report = await AskAsync(question);

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.Contains(answer, report.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show settings", "show settings needs DOMAIN[/VMTA]")]
    [InlineData("show settings a b", "show settings does not take \"b\"")]
    [InlineData("show settings a --errors", "show settings has no option --errors")]
    [InlineData("show status --origin", "show status takes no option --origin")]
    public void What_is_wrong_with_a_question_is_said(string question, string problem)
    {
        Assert.False(OperatorCommand.TryParse(question, out _, out MessageReport usage));
        Assert.Contains(problem, usage.Message, StringComparison.Ordinal);
    }

    private async Task<string> TextAsync(string question) => ReportFormats.Text(await AskAsync(question));

    private Task<OperatorReport> AskAsync(string question)
    {
        Assert.True(OperatorCommand.TryParse(question, out OperatorCommand command, out MessageReport usage), usage.Message);
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
