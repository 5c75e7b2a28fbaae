using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Cli;

/// <summary>godwitd --check as a process: what it prints and how it ends.</summary>
public sealed class ServerProgramCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-check-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "--strict", 0)]
    [InlineData("max-smtp-outt 5", "", 0)]
    [InlineData("max-smtp-outt 5", "--strict", 1)]
    [InlineData("total-max-smtp-in x", "", 2)]
    [InlineData("total-max-smtp-in x", "--strict", 2)]
    public async Task The_exit_code_says_whether_the_configuration_can_be_used(string line, string option, int exitCode)
    {
        string[] options = option.Length > 0 ? [option] : [];

        ToolResult result = await GodwitProcess.RunAsync([.. options, "--check", Write(line)]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(exitCode == 2 ? "cannot be used: 1 error" : "can be used: 0 errors", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_speaks_to_programs_and_in_colour_when_asked()
    {
        string file = Write("auth-pasword hunter2");

        ToolResult json = await GodwitProcess.RunAsync("--check", file, "--json");
        ToolResult colour = await GodwitProcess.RunAsync("--color", "--check", file);

        Assert.Equal("auth-pasword", JsonDocument.Parse(json.Output).RootElement.GetProperty("data").GetProperty("unknown")[0].GetString());
        Assert.Contains("\u001b[1;33mwarning\u001b[0m", colour.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", json.Output + colour.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_about_this_machine_are_left_out_where_only_the_file_counts()
    {
        string file = Write("smtp-source-host 203.0.113.77 a.example.com");

        ToolResult here = await GodwitProcess.RunAsync("--check", file, "--strict");
        ToolResult elsewhere = await GodwitProcess.RunAsync("--check", file, "--strict", "--file-only");

        Assert.Equal((1, 0), (here.ExitCode, elsewhere.ExitCode));
        Assert.Contains("203.0.113.77 is not on this machine", here.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_place_of_a_problem_is_listed_when_asked()
    {
        string file = Write(string.Concat(Enumerable.Repeat("max-smtp-outt 5\n", 60)));

        ToolResult folded = await GodwitProcess.RunAsync("--check", file);
        ToolResult all = await GodwitProcess.RunAsync("--check", file, "--all");

        Assert.Contains("and 39 more (--all lists them)", folded.Output, StringComparison.Ordinal);
        Assert.Contains("62, 63, 64\n", all.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_is_read_to_its_end()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs /bin/sh");
        string file = Write("max-smtp-outt 5");

        ToolResult result = await GodwitProcess.RunPipedAsync(file, "--check", "/dev/stdin");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("/dev/stdin:5:1: warning: max-smtp-outt is unknown", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tmp", "cannot read /tmp: it is a directory; name a file in it")]
    [InlineData("/dev/zero", "cannot read /dev/zero: it is no ordinary file and does not end within 32 MiB")]
    [InlineData("/dev/null", "cannot be used")]
    public async Task What_is_no_file_is_told_as_what_it_is(string path, string sentence)
    {
        ToolResult result = await GodwitProcess.RunAsync("--check", path);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--check")]
    [InlineData("--check", "a", "b")]
    [InlineData("--check", "a", "--stirct")]
    public async Task What_it_does_not_understand_is_usage(params string[] arguments)
    {
        ToolResult result = await GodwitProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("usage: godwitd", result.Output, StringComparison.Ordinal);
    }

    private string Write(string line)
    {
        string file = Path.Combine(_folder, "config");
        File.WriteAllText(file, $"postmaster a@example.com\nlog-file log/godwit.log\n<spool {_folder}>\n</spool>\n{line}\n");
        return file;
    }
}
