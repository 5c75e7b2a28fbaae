using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using Godwit.Cli;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Cli;

[SupportedOSPlatform("linux")]
public sealed class CommandLineTests : IAsyncLifetime
{
    private readonly TestServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-cli-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];
    private WebConsole _console = null!;

    private string UsualFile => Path.Combine(_folder, "usual");

    private string Server => $"http://127.0.0.1:{_console.Port}";

    public async ValueTask InitializeAsync() =>
        _console = await WebConsole.StartAsync(
            _server.Operator, 0, ControlToken.Create(Path.Combine(_folder, "control-token")), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_reply_of_the_server_is_printed()
    {
        Assert.Equal(0, await RunAsync("show", "ver", "--server", Server));
        Assert.StartsWith("Godwit v", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("resolve", "--server=192.0.2.53", "a.example")]
    [InlineData("resolve", "a.example", "--server", "192.0.2.53")]
    [InlineData("reso", "--server", "192.0.2.53", "a.example")]
    public async Task Behind_resolve_a_bare_address_is_a_name_server(params string[] words)
    {
        await RunAsync([.. words, "--server", Server]);

        Assert.Equal(IPAddress.Parse("192.0.2.53"), _server.Resolved?.NameServer?.Address);
    }

    [Fact]
    public async Task The_server_may_be_named_by_the_environment()
    {
        _environment["GODWIT_SERVER"] = $"127.0.0.1:{_console.Port}";

        Assert.Equal(0, await RunAsync("show", "status", "--json"));
        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("success", json.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_wrong_command_is_usage()
    {
        Assert.Equal(2, await RunAsync("show", "status", "now", "--server=" + Server));
        Assert.Contains("show status does not take \"now\"", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _out.ToString());
    }

    [Theory]
    [InlineData("--xml", "<rsp><data><product><name>Godwit</name>")]
    [InlineData("--dom", "product.name=\"Godwit\"\n")]
    [InlineData("--json", "{\"data\":{\"product\":{\"name\":\"Godwit\"")]
    public async Task Machine_formats_are_printed_as_the_server_sends_them(string format, string start)
    {
        Assert.Equal(0, await RunAsync(format, "show", "version", "--server", Server));
        Assert.StartsWith(start, _out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--xml", "<rsp><data/><message>there is no virtual MTA \"v9\" in the configuration</message><fail/></rsp>\n")]
    [InlineData("--dom", "error=\"there is no virtual MTA \\\"v9\\\" in the configuration\"\n")]
    public async Task A_refusal_in_a_machine_format_is_printed_where_a_script_reads(string format, string expected)
    {
        Assert.Equal(1, await RunAsync(format, "resolve", "a.example/v9", "--server", Server));
        Assert.Equal((expected, ""), (_out.ToString(), _error.ToString()));
    }

    [Theory]
    [InlineData("--xml", "<rsp><data/><message>godwit: no server answers at ", "</message><fail/></rsp>\n")]
    [InlineData("--dom", "error=\"godwit: no server answers at ", "GODWIT_SERVER.\"\n")]
    public async Task A_server_that_is_not_there_is_told_in_the_format_that_was_asked_for(string format, string start, string end)
    {
        await _console.DisposeAsync();

        Assert.Equal(3, await RunAsync(format, "show", "status", "--server", Server));
        Assert.StartsWith(start, _out.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(end, _out.ToString(), StringComparison.Ordinal);
        Assert.True(format == "--xml" || _out.ToString().Split('\n').Length == 2);
    }

    [Fact]
    public async Task Test_config_is_about_the_file_of_the_server_that_runs()
    {
        ConfigProblem[] problems = [new("/etc/godwit/config", 11, 3, ConfigSeverity.Error, "argument missing")];
        _server.Load = () => new ConfigLoad(null, problems);

        Assert.Equal(2, await RunAsync("test", "config", "--server", Server));

        Assert.Equal("Error in line 11 of /etc/godwit/config: argument missing\nConfiguration is not valid: 1 error(s).\n", _error.ToString());
    }

    [Fact]
    public async Task What_became_of_recipients_is_shown_to_whoever_may_read_the_token_and_to_nobody_else()
    {
        _server.AddQueue("big.example/v1", 1);
        _server.Recent["big.example/v1"] = 
        [
            new(RecipientEventKind.Delivered, _server.Clock.Now, "ann@big.example", "big.example", "v1", null) { ReplyCode = 250, ReplyText = "ok" },
        ];

        Assert.Equal(0, await RunAsync("show", "topqueues", "--errors", "--server", Server));
        Assert.Contains("    Recipient Events (deliveries:1, bounces:0, deferrals:0)\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("ann@big.example", _out.ToString(), StringComparison.Ordinal);

        _out.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("show", "topqueues", "--errors", "--no-rcpt-events", "--server", Server));
        Assert.DoesNotContain("ann@", _out.ToString(), StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder, "control-token"));
        _out.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("show", "topqueues", "--errors", "--server", Server));
        Assert.Contains("big.example/v1", _out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ann@", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Which_host_refuses_is_shown_to_whoever_may_read_the_token()
    {
        _server.AddQueue("big.example/v1", 1, "", "ECONNREFUSED connecting to mx.big.example (192.0.2.7)");

        Assert.Equal(0, await RunAsync("sh", "topq", "--server", Server));
        Assert.Contains("(192.0.2.7)", _out.ToString(), StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder, "control-token"));
        _out.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("sh", "topq", "--server", Server));
        Assert.Contains("ECONNREFUSED", _out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.7", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_with_a_blank_stays_one_word()
    {
        Assert.Equal(2, await RunAsync("show", "queues", "a \"b", "c", "--server", Server));
        Assert.Contains("\"a \"b\" is no domain", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_finds_the_token_by_itself()
    {
        Assert.Equal(0, await RunAsync("reload", "--server", Server));
        Assert.Equal("Configuration reloaded.\nVersion 2 is in force since 2026-03-04 05:06:07.\n", _out.ToString());
    }

    [Fact]
    public async Task A_refused_reload_is_exit_code_1()
    {
        _server.Reload = _ => Task.FromResult(TestServer.Refused());

        Assert.Equal(1, await RunAsync("reload", "--server", Server));
        Assert.Contains("not reloaded", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_without_the_token_file_says_where_to_run_it()
    {
        File.Delete(Path.Combine(_folder, "control-token"));

        Assert.Equal(1, await RunAsync("reload", "--server", Server));
        Assert.Contains("run it on the server's machine", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_it_says_what_to_do()
    {
        await _console.DisposeAsync();

        Assert.Equal(3, await RunAsync("show", "status", "--server", Server));
        Assert.Contains("no server answers at " + Server, _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("godwitd --config FILE", _error.ToString(), StringComparison.Ordinal);

        Assert.Equal(3, await RunAsync("show", "status", "--json", "--server", Server));
        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("--server", "ftp://x")]
    [InlineData("--timeout", "soon")]
    [InlineData("--timeout", "0")]
    public async Task A_wrong_global_option_is_usage(string name, string value)
    {
        Assert.Equal(2, await RunAsync("show", "status", name, value));
        Assert.Contains(name, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_knows_every_verb_of_the_server_with_an_example_that_parses()
    {
        foreach (OperatorVerb verb in OperatorVerb.Table)
        {
            HelpTopic topic = Assert.Single(HelpText.Topics, topic => topic.Words == verb.Words);
            Assert.Equal(verb.Arguments, topic.Arguments);
            Assert.True(OperatorCommand.TryParse(topic.Example["godwit ".Length..], out OperatorCommand command, out MessageReport usage), usage.Message);
            Assert.Equal(verb.Words, command.Name);
        }

        Assert.Equal(0, await RunAsync("help"));
        Assert.Contains("show topqueues ", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("help", "show", "top"));
        Assert.Contains("Example: godwit show topqueues --errors", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("help", "frobnicate"));
        Assert.Equal(2, await RunAsync());
    }

    [Fact]
    public async Task Settings_are_asked_of_the_running_server()
    {
        _server.Settings.Replace(ConfigFile.LoadText("spool /x\n<domain bigmail.example>\nmax-smtp-out 7\n</domain>\n").Settings!);

        Assert.Equal(0, await RunAsync("show", "settings", "bigmail.example", "--origin", "--server", Server));
        Assert.Contains("max-smtp-out 7                                    godwit.conf:3  <domain bigmail.example>\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync("show", "settings", "bigmail.example/nobody", "--server", Server));
        Assert.Contains("there is no virtual MTA \"nobody\"", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_file_are_asked_of_the_server_program()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs /bin/sh");
        string program = Path.Combine(_folder, "godwitd");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"$@\"; exit 1\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _environment["GODWIT_SERVER_PROGRAM"] = program;

        Assert.Equal(1, await RunAsync("sh", "settings", "--config", "my config", "bigmail.example/v1", "--origin", "--json"));
        Assert.Equal("--ask my config sh settings bigmail.example/v1 --origin --json", _out.ToString().Trim());
        Assert.Equal(2, await RunAsync("show", "settings", "bigmail.example", "--config"));
        Assert.Contains("--config needs a file", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Check_config_asks_the_server_program_and_passes_on_its_verdict(int exitCode)
    {
        await PretendServerProgramAsync(exitCode);

        Assert.Equal(exitCode, await RunAsync("check", "config", "my config", "--json"));
        Assert.Equal("--check my config --json", _out.ToString().Trim());
    }

    [Theory]
    [InlineData("check config FILE", "--check FILE")]
    [InlineData("test config FILE", "--check FILE")]
    [InlineData("te co FILE", "--check FILE")]
    [InlineData("--strict check config FILE", "--check FILE --strict")]
    [InlineData("check --strict config FILE --json", "--check FILE --strict --json")]
    [InlineData("--json check config --strict FILE", "--check FILE --strict --json")]
    [InlineData("check config FILE --timeout 5 --strict", "--check FILE --strict")]
    public async Task Options_of_check_config_may_stand_anywhere(string words, string passedOn)
    {
        await PretendServerProgramAsync(0);

        Assert.Equal(0, await RunAsync(words.Split(' ')));
        Assert.Equal(passedOn, _out.ToString().Trim());
    }

    [Theory]
    [InlineData("check config", "needs one file, and there is no ")]
    [InlineData("check config a b", "needs one file")]
    [InlineData("check config a --stirct", "does not take \"--stirct\"")]
    public async Task A_check_that_is_not_understood_is_usage(string words, string sentence)
    {
        await PretendServerProgramAsync(0);

        Assert.Equal(2, await RunAsync(words.Split(' ')));
        Assert.Contains(sentence, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _out.ToString());
    }

    [Theory]
    [InlineData(true, "", "--check x --color")]
    [InlineData(true, "1", "--check x")]
    [InlineData(false, "", "--check x")]
    public async Task A_check_is_in_colour_on_a_terminal_only(bool isTerminal, string noColor, string passedOn)
    {
        await PretendServerProgramAsync(0);
        _environment["NO_COLOR"] = noColor;
        var commandLine = new CommandLine(new Screen(_out, _error, isTerminal), _environment.GetValueOrDefault);

        await commandLine.RunAsync(["check", "config", "x"], TestContext.Current.CancellationToken);

        Assert.Equal(passedOn, _out.ToString().Trim());
    }

    [Fact]
    public async Task Without_a_file_the_usual_one_is_judged_and_named()
    {
        await PretendServerProgramAsync(0);
        await File.WriteAllTextAsync(UsualFile, "", TestContext.Current.CancellationToken);

        Assert.Equal(0, await RunAsync("check", "config", "--all", "--file-only"));

        Assert.Equal($"--check {UsualFile} --file-only --all", _out.ToString().Trim());
        Assert.Contains($"no file is named, so {UsualFile} is judged", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "show status", "reset status")]
    [InlineData("topqueues", "show topqueues")]
    [InlineData("settings", "show settings", "show vmta-settings", "show source-settings")]
    [InlineData("test", "test config")]
    [InlineData("test config", "test config")]
    [InlineData("show set", "show settings")]
    public async Task Help_finds_a_verb_by_a_word_of_it(string words, params string[] verbs)
    {
        Assert.Equal(0, await RunAsync(["help", .. words.Split(' ')]));

        Assert.Equal(verbs, _out.ToString().Split('\n').Where(line => line.StartsWith("godwit ", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split(' ')[1..3])));
    }

    [Theory]
    [InlineData("help stauts", "there is no help about \"stauts\"")]
    [InlineData("show stauts", "unknown command \"show stauts\"; did you mean \"show status\"?")]
    [InlineData("shwo topqueues --errors", "did you mean \"show topqueues\"?")]
    [InlineData("relaod", "did you mean \"reload\"?")]
    public async Task What_no_server_can_do_is_said_without_a_server(string words, string sentence)
    {
        await _console.DisposeAsync();

        Assert.Equal(2, await RunAsync([.. words.Split(' '), "--server", Server]));
        Assert.Contains(sentence, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show", "show status,show vmtas,show license")]
    [InlineData("sh", "show status")]
    [InlineData("set", "set queue,set priority")]
    [InlineData("disable", "disable source")]
    [InlineData("enable", "enable source,enable client")]
    [InlineData("check", "check config,check spf,check dkim,check mfrom")]
    [InlineData("pause", "pause queue,pause job")]
    [InlineData("show --errors", "show topqueues")]
    public async Task A_word_that_is_no_verb_by_itself_lists_those_that_begin_with_it(string words, string verbs)
    {
        await _console.DisposeAsync();

        Assert.Equal(2, await RunAsync([.. words.Split(' '), "--server", Server]));
        string[] listed = [.. _error.ToString().Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line[2..24].Trim())];
        Assert.All(verbs.Split(','), verb => Assert.Contains(verb, listed));
        Assert.All(listed, verb => Assert.StartsWith(verbs.Split(' ')[0], verb, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pmta")]
    [InlineData("/usr/sbin/pmta")]
    public async Task As_pmta_it_knows_where_the_configuration_is(string calledAs)
    {
        await PretendServerProgramAsync(0);
        await _console.DisposeAsync();
        var commandLine = new CommandLine(new Screen(_out, _error, IsTerminal: false), _environment.GetValueOrDefault, calledAs);

        await commandLine.RunAsync(["test", "config", "--server", Server], TestContext.Current.CancellationToken);

        Assert.Equal("--check /etc/pmta/config", _out.ToString().Trim());
    }

    [Fact]
    public async Task Check_config_without_the_server_program_says_so()
    {
        _environment["GODWIT_SERVER_PROGRAM"] = Path.Combine(_folder, "absent");

        Assert.Equal(3, await RunAsync("check", "config", "x"));
        Assert.Contains("is not there", _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A program in godwitd's place that prints its arguments.</summary>
    private async Task PretendServerProgramAsync(int exitCode)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs /bin/sh");
        string program = Path.Combine(_folder, "godwitd");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\necho \"$@\"; exit {exitCode}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _environment["GODWIT_SERVER_PROGRAM"] = program;
    }

    private Task<int> RunAsync(params string[] arguments) =>
        new CommandLine(new Screen(_out, _error, IsTerminal: false), _environment.GetValueOrDefault, usualFile: UsualFile).RunAsync(arguments, TestContext.Current.CancellationToken);
}
