// godwitd --ask: questions that a configuration file answers without a server.

using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class AFileIsAsked : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-ask-").FullName;

    private string ConfigFile => Path.Combine(_folder, "config");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_settings_of_a_queue_come_with_their_lines()
    {
        Write("spool spool\n<domain bigmail.example>\n  max-smtp-out 7\n</domain>\n");

        ToolResult text = await GodwitProcess.RunAsync("--ask", ConfigFile, "show", "settings", "bigmail.example", "--origin");
        ToolResult json = await GodwitProcess.RunAsync("--ask", ConfigFile, "show", "settings", "bigmail.example", "--json");

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("max-smtp-out 7                                    config:3  <domain bigmail.example>\n", text.Output);
        using var tree = JsonDocument.Parse(json.Output);
        Assert.Equal("success", tree.RootElement.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("spool spool\n", "show settings bigmail.example/nobody", 1, "there is no virtual MTA \"nobody\"")]
    [InlineData("spool spool\n", "show settings a..b", 1, "\"a..b\" is not a domain name")]
    [InlineData("spool spool\n", "show settings", 2, "show settings needs DOMAIN[/VMTA]")]
    [InlineData("spool spool\n", "show status", 2, "\"show status\" is for a running server")]
    [InlineData("total-max-smtp-in many\n", "show settings bigmail.example", 2, "config:1:19: error: total-max-smtp-in: \"many\" is not a whole number")]
    public async Task What_cannot_be_answered_says_why_by_word_and_exit_code(string config, string question, int code, string why)
    {
        Write(config);

        ToolResult result = await GodwitProcess.RunAsync(["--ask", ConfigFile, .. question.Split(' ')]);

        Assert.Equal(code, result.ExitCode);
        Assert.Contains(why, result.Output);
    }

    private void Write(string text) => File.WriteAllText(ConfigFile, text);
}
