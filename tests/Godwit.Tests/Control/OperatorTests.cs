using Godwit.Control;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Control;

public sealed class OperatorTests
{
    private readonly TestServer _server = new();

    [Fact]
    public async Task Top_queues_come_with_most_recipients_first_and_a_footer()
    {
        _server.AddQueue("small.example/default", 3);
        _server.AddQueue("bigmail.example/vmta1", 77, "connect rate limit reached");
        _server.AddQueue("coldmail.example/vmta1", 12, "", "421 4.7.0 slow down", "451 try later");

        string text = await RunAsync("show topqueues --maxitems=2");

        Assert.Equal(
            """
            queue                     #rcpt     kbytes conn st      retry last error
            bigmail.example/vmta1        77       77.0    3 R    05:16:07 connect rate limit reached
            coldmail.example/vmta1       12       12.0    3             - 451 try later
            2 of 3 matching queues.

            """,
            text);
    }

    [Fact]
    public void Replies_that_no_rule_knew_are_listed_with_where_each_came_from_first()
    {
        Instant now = _server.Clock.Now;
        var reply = new UnclassifiedReply("# blocked by list #", 12, now, now + TimeSpan.FromHours(1), "554 blocked by list 7", DomainName.Parse("a.example"));

        Assert.Equal(
            """
                count last seen            reply
                   12 2026-03-04 06:06:07 # blocked by list #
                      first from a.example: 554 blocked by list 7

            """,
            ReportFormats.Text(new UnclassifiedReport([reply])));
        Assert.Equal(
            "Every refusal since the start was one that a rule knows, or there was none.\n", ReportFormats.Text(new UnclassifiedReport([])));
    }

    [Fact]
    public async Task Errors_are_listed_below_their_queue_when_asked_for()
    {
        _server.AddQueue("coldmail.example/vmta1", 12, "", "421 4.7.0 slow down", "451 try later");

        string text = await RunAsync("show topqueues --errors");

        Assert.Contains("\n    2026-03-04 05:06:07 421 4.7.0 slow down\n    2026-03-04 05:06:08 451 try later\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show queues bigmail.example", "bigmail.example/vmta1 bigmail.example/vmta2")]
    [InlineData("show queues BIGMAIL.example/vmta2", "bigmail.example/vmta2")]
    [InlineData("show queues */vmta1", "bigmail.example/vmta1 coldmail.example/vmta1")]
    [InlineData("show queues mail.example", "")]
    [InlineData("show topqueues *.example/vmta1", "coldmail.example/vmta1 bigmail.example/vmta1")]
    public async Task Queues_are_found_by_name_and_star(string line, string expected)
    {
        _server.AddQueue("coldmail.example/vmta1", 5);
        _server.AddQueue("bigmail.example/vmta2", 9);
        _server.AddQueue("bigmail.example/vmta1", 1);

        var report = (QueueListReport)await ReportAsync(line);

        Assert.Equal(expected, string.Join(' ', report.Queues.Select(queue => queue.Key.ToString())));
    }

    [Fact]
    public async Task What_a_peer_said_cannot_steer_the_terminal()
    {
        _server.AddQueue("coldmail.example/vmta1", 1, "", "550 \u001b[2J\rgone");

        string text = await RunAsync("show topqueues --errors");

        Assert.Contains("550 ?[2J?gone", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_that_fails_is_refused_and_names_the_line()
    {
        var problem = new ConfigProblem("/etc/godwit/config", 12, 3, ConfigSeverity.Error, "unknown directive \"max-smtp-outt\"");
        _server.Reload = _ => Task.FromResult(TestServer.Refused(problem));

        OperatorReport report = await ReportAsync("reload");

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.StartsWith("/etc/godwit/config:12:3: error: unknown directive", ReportFormats.Text(report), StringComparison.Ordinal);
        Assert.Contains("stays in force", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reloads_run_one_at_a_time()
    {
        var gate = new TaskCompletionSource<ReloadReport>();
        int running = 0;
        _server.Reload = _ =>
        {
            running++;
            return gate.Task;
        };

        Task first = ReportAsync("reload");
        Task second = ReportAsync("reload");
        Assert.Equal(1, running);

        gate.SetResult(TestServer.Reloaded(2));
        await Task.WhenAll(first, second);
        Assert.Equal(2, running);
    }

    [Fact]
    public async Task A_reload_that_breaks_does_not_block_the_next_one()
    {
        _server.Reload = _ => throw new InvalidOperationException("broken");
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReportAsync("reload"));

        _server.Reload = _ => Task.FromResult(TestServer.Reloaded(2));
        Assert.Equal("Configuration reloaded.\nVersion 2 is in force since 2026-03-04 05:06:07.\n", ReportFormats.Text(await ReportAsync("reload")));
    }

    [Fact]
    public void A_server_that_stops_is_not_ready()
    {
        Assert.Null(_server.Operator.NotReady());

        _server.NotReady = "the disk is nearly full";
        Assert.Equal("the disk is nearly full", _server.Operator.NotReady());

        _server.ShuttingDown = true;
        Assert.Equal("the server is stopping", _server.Operator.NotReady());
    }

    private async Task<string> RunAsync(string line) => ReportFormats.Text(await ReportAsync(line));

    private Task<OperatorReport> ReportAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
