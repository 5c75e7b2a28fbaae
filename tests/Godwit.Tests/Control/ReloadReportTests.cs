using System.Text;
using Godwit.Control;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Tests.Control;

public sealed class ReloadReportTests
{
    [Theory]
    [InlineData(ConfigSeverity.Note, "note")]
    [InlineData(ConfigSeverity.Warning, "warning")]
    [InlineData(ConfigSeverity.Error, "error")]
    public void A_program_reads_the_same_word_for_a_severity_as_a_person(ConfigSeverity severity, string word)
    {
        var problem = new ConfigProblem("/c", 3, 5, severity, "a sentence");
        var report = new ReloadReport(true, [problem], 2, default(Instant));

        Assert.Contains($"\"{word}\"", Encoding.UTF8.GetString(report.Write(ReportFormat.Json).Span), StringComparison.Ordinal);
        Assert.Equal($"/c:3:5: {word}: a sentence", problem.ToString());
    }

    [Fact]
    public void A_refused_reload_says_what_refused_it_and_counts_the_warnings()
    {
        string text = Text(new ReloadReport(false, [Warning, Error], 2, default(Instant)));

        Assert.StartsWith("/c:9:1: error: wrong\nConfiguration not reloaded. The one before it stays in force.\n1 warning: ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("doubtful", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reload_tells_of_the_machine_and_counts_what_stands_in_the_file()
    {
        var machine = new ConfigProblem("/c", 0, 0, ConfigSeverity.Warning, "spool: stays in use");

        string text = Text(new ReloadReport(true, [Warning, machine], 2, default(Instant)));

        Assert.StartsWith("/c: warning: spool: stays in use\nConfiguration reloaded.\n2 warnings: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warning_is_shown_by_a_command_that_works_as_it_stands()
    {
        var server = new TestServer { Reload = _ => Task.FromResult(new ReloadReport(true, [Warning], 2, default)) };

        Assert.Contains(
            "\n1 warning: \"godwit check config /etc/godwit/config\" shows it.\n", Text(await server.Operator.ReloadAsync(TestContext.Current.CancellationToken)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_that_takes_a_virtual_mta_away_counts_the_mail_that_waits_for_it()
    {
        var server = new TestServer();
        server.Enqueue("v2", ["x@a.example", "y@b.example"]);
        server.Enqueue("v1", ["x@a.example"]);
        server.Reload = _ =>
        {
            ServerSettings before = server.Settings.Value;
            server.Settings.Replace(before with { VirtualMtas = before.VirtualMtas.Where(each => each.Key == "v1").ToDictionary() }, server.Clock.Now);
            return Task.FromResult(TestServer.Reloaded(2));
        };

        ReloadReport report = await server.Operator.ReloadAsync(TestContext.Current.CancellationToken);

        Assert.Contains("The virtual MTA v2 is gone and 2 recipient(s) still wait for it: they bounce when their turn comes. ", Text(report), StringComparison.Ordinal);
        Assert.Equal(("v2", 2), Assert.Single(report.Lost));
    }

    private static ConfigProblem Warning { get; } = new("/c", 3, 5, ConfigSeverity.Warning, "doubtful");

    private static ConfigProblem Error { get; } = new("/c", 9, 1, ConfigSeverity.Error, "wrong");

    private static string Text(ReloadReport report) => Encoding.UTF8.GetString(report.Write(ReportFormat.Text).Span);
}
