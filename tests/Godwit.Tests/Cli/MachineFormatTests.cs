using System.Runtime.Versioning;
using System.Text.Json;
using System.Xml.Linq;
using Godwit.Cli;
using Godwit.Tests.Support;

namespace Godwit.Tests.Cli;

/// <summary>--json, --xml and --dom of what is answered without a server: the one envelope, or a usage error in it.</summary>
[SupportedOSPlatform("linux")]
public sealed class MachineFormatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-format-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("help show --json", "help writes text only: it takes no --json")]
    [InlineData("show status --help --json", "help writes text only: it takes no --json")]
    [InlineData("inject --count 1 --xml", "inject writes text only: it takes no --xml")]
    [InlineData("top --dom", "top writes text only: it takes no --dom")]
    [InlineData("completion bash --json", "completion writes text only: it takes no --json")]
    [InlineData("rehearse x.conf --recipients 5 --xml", "rehearse writes text or --json: it takes no --xml")]
    [InlineData("pause queue a.example --watch 1 --json", "--watch repeats what asks the server and only looks")]
    [InlineData("check config x --watch 1 --json", "--watch repeats what asks the server and only looks")]
    [InlineData("show status --timeout never --json", "--timeout needs seconds")]
    [InlineData("check config a b --json", "check config needs one file")]
    [InlineData("hash-password --iterations 1 --json", "--iterations needs a number")]
    [InlineData("show --json", "show needs another word; there are:")]
    [InlineData("--json", "no verb was given")]
    public async Task A_verb_without_such_a_form_is_a_usage_error_in_that_form(string line, string sentence)
    {
        Assert.Equal(2, await RunAsync(line.Split(' ')));

        Assert.Equal("", _error.ToString());
        Assert.Contains(sentence, MessageOf(_out.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json", "{\"data\":{\"password\":\"{pbkdf2}", "\"},\"status\":\"success\",\"message\":\"\"}\n")]
    [InlineData("--xml", "<rsp><data><password>{pbkdf2}", "</password></data><succ/></rsp>\n")]
    [InlineData("--dom", "password=\"{pbkdf2}", "\"\n")]
    public async Task A_hashed_password_comes_in_the_envelope(string format, string start, string end)
    {
        Assert.Equal(0, await RunAsync("hash-password", "--iterations=4096", format));

        Assert.StartsWith(start, _out.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(end, _out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--xml")]
    [InlineData("--dom")]
    public async Task Check_config_and_keygen_pass_the_form_on(string format)
    {
        string program = Path.Combine(_folder, "godwitd");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _environment["GODWIT_SERVER_PROGRAM"] = program;

        Assert.Equal(0, await RunAsync("check", "config", "x.conf", format));
        Assert.Equal(0, await RunAsync("keygen", format, "brand.example", "s1"));
        Assert.Equal($"--check x.conf {format}\n--keygen brand.example s1 {format}\n", _out.ToString());
    }

    [Fact]
    public async Task A_server_program_that_is_not_there_is_told_in_the_form()
    {
        _environment["GODWIT_SERVER_PROGRAM"] = Path.Combine(_folder, "absent");

        Assert.Equal(3, await RunAsync("check", "config", "x.conf", "--json"));
        Assert.Contains("is not there", MessageOf(_out.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("total-max-smtp-in x", 2, "error")]
    [InlineData("max-smtp-outt 5", 1, "error")]
    [InlineData("", 0, "success")]
    public async Task The_server_program_writes_the_envelope_with_the_exit_code_of_the_text(string line, int exitCode, string status)
    {
        string file = Path.Combine(_folder, "config");
        await File.WriteAllTextAsync(file, $"postmaster a@example.com\nlog-file {_folder}/log\n<spool {_folder}>\n</spool>\n{line}\n", TestContext.Current.CancellationToken);

        ToolResult text = await GodwitProcess.RunAsync("--check", file, "--strict");
        ToolResult json = await GodwitProcess.RunAsync("--check", file, "--strict", "--json");
        ToolResult xml = await GodwitProcess.RunAsync("--check", file, "--strict", "--xml");

        Assert.Equal((exitCode, exitCode, exitCode), (text.ExitCode, json.ExitCode, xml.ExitCode));
        JsonElement envelope = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(["data", "status", "message"], envelope.EnumerateObject().Select(each => each.Name));
        Assert.Equal(status, envelope.GetProperty("status").GetString());
        Assert.Contains(envelope.GetProperty("message").GetString()!, text.Output, StringComparison.Ordinal);
        Assert.Equal(status == "success", XDocument.Parse(xml.Output).Root!.Element("succ") is not null);
    }

    private static string MessageOf(string output) =>
        output is ['{', ..] ? JsonDocument.Parse(output).RootElement.GetProperty("message").GetString()!
        : output is ['<', ..] ? XDocument.Parse(output).Root!.Element("message")!.Value
        : output;

    private Task<int> RunAsync(params string[] arguments)
    {
        var screen = new Screen(_out, _error, IsTerminal: false) { AskSecret = static _ => "a right horse" };
        return new CommandLine(screen, _environment.GetValueOrDefault, usualFile: Path.Combine(_folder, "none")).RunAsync(arguments, TestContext.Current.CancellationToken);
    }
}
