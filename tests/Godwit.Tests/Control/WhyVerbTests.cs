using Godwit.Control;
using Godwit.Settings;
using Godwit.Queues;

namespace Godwit.Tests.Control;

public sealed class WhyVerbTests
{
    private readonly TestServer _server = new();

    public WhyVerbTests()
    {
        _server.Enqueue("v1", ["ann@a.example", "bob@a.example"], job: "campaign-7");
        _server.Enqueue("v2", ["ann@a.example"], job: "reset");
    }

    [Fact]
    public async Task An_address_leads_to_its_queues_and_what_stops_them()
    {
        _server.Scheduler.Pause(new QueueKey(Godwit.Mail.DomainName.Parse("a.example"), "v1"), _server.Clock.Now);

        string text = await TextAsync("why ann@a.example");

        Assert.Contains("ann@a.example: queued 2026-03-04 05:06:08, 0 attempt(s); in queue a.example/v1\n", text, StringComparison.Ordinal);
        Assert.Contains("Queue a.example/v1: 2 recipient(s) wait, 0 on their way.\n", text, StringComparison.Ordinal);
        Assert.Contains("  1. stops: the queue is paused; \"resume queue a.example/v1\" ends that\n", text, StringComparison.Ordinal);
        Assert.Contains("  Next attempt: when what stops it has ended\n", text, StringComparison.Ordinal);
        Assert.Contains("Queue a.example/v2: 1 recipient(s) wait, 0 on their way.\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_job_says_so_and_names_its_queues()
    {
        _server.Scheduler.PauseJob("campaign-7", _server.Clock.Now);

        string text = await TextAsync("why campaign-7");

        Assert.StartsWith("The job campaign-7 is paused: 2 recipient(s) wait; \"resume job campaign-7\" ends that.\n", text, StringComparison.Ordinal);
        Assert.Contains("stops: 2 recipients belong to jobs that are paused or held; \"show jobs\" names them\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a.example/v2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_told_how_much_of_a_queue_is_its_own()
    {
        _server.Enqueue("v1", ["cy@a.example"], job: "other");

        Assert.Contains(
            "Queue a.example/v1: 3 recipient(s) wait, 0 on their way; 2 of this job here.\n", await TextAsync("why campaign-7"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("why a.example", "Queue a.example/v1", "Queue a.example/v2")]
    [InlineData("why a.example/v2", "Queue a.example/v2", "Nothing holds it")]
    [InlineData("why nobody@a.example", "No mail waits for nobody@a.example", "accounting files")]
    [InlineData("why c.example", "Nothing waits for \"c.example\".", "")]
    public async Task A_queue_is_explained_and_what_is_not_there_is_told(string line, string first, string second)
    {
        string text = await TextAsync(line);

        Assert.Contains(first, text, StringComparison.Ordinal);
        Assert.Contains(second, text, StringComparison.Ordinal);
    }

    private async Task<string> TextAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        Assert.Equal(AccessLevel.Operator, command.Needs);
        return ReportFormats.Text(await _server.Operator.RunAsync(command, TestContext.Current.CancellationToken));
    }
}
