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

        Assert.Equal("auth-pasword", JsonDocument.Parse(json.Output).RootElement.GetProperty("unknown")[0].GetString());
        Assert.Contains("\u001b[1;33mwarning\u001b[0m", colour.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", json.Output + colour.Output, StringComparison.Ordinal);
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
