using Godwit.Control;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Control;

public sealed class ListVerbTests
{
    private readonly TestServer _server = new();

    public ListVerbTests()
    {
        _server.Enqueue("v1", ["a@big.example", "b@big.example", "c@small.example"], job: "campaign-7");
        _server.Enqueue("v2", ["a@big.example"], job: "reset");
        _server.Scheduler.RecordError(new QueueKey(DomainName.Parse("big.example"), "v1"), "421 4.7.0 slow down", _server.Clock.Now);
        _server.Scheduler.PauseJob("held", _server.Clock.Now);
    }

    [Fact]
    public async Task Virtual_mtas_have_two_lines_of_heading_two_at_the_end_and_the_recipients_third()
    {
        string text = ReportFormats.Text(await ReportAsync("show vmtas"));

        Assert.Equal(
            """
                                       % of
            name   domains     #rcpt  total     kbytes conn
            v1           2         3   75.0        3.0    0
            v2           1         1   25.0        1.0    0

            2 of 2 virtual MTAs.

            """,
            text);
        string[] rows = text.TrimEnd('\n').Split('\n')[2..^2];
        Assert.Equal(["v1 3", "v2 1"], rows.Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(words => $"{words[0]} {words[2]}"));
    }

    [Fact]
    public async Task A_virtual_mta_of_the_configuration_is_listed_without_mail()
    {
        await ReportAsync("delete --queue=*/v2");

        Assert.Equal("v1 3, v2 0", Values(await ReportAsync("show vmtas"), "vmta", "name", "rcp"));
    }

    [Fact]
    public async Task Domains_add_up_over_their_virtual_mtas()
    {
        Assert.Equal(
            """
            ------------------domain ----#rcpt ----kbytes conn last error------------------------------
                         big.example         3        3.0    0 421 4.7.0 slow down
                       small.example         1        1.0    0 
            2 of 2 domains shown.

            """,
            ReportFormats.Text(await ReportAsync("show domains")));
    }

    [Fact]
    public async Task What_put_a_queue_into_its_mode_is_told_below_it_on_demand()
    {
        _server.ListsScheduler = true;
        await ReportAsync("set queue --mode=backoff big.example/v1");

        string with = ReportFormats.Text(await ReportAsync("show queues big.example/v1 --mode-events"));
        Assert.Contains("    backoff mode until 2026-03-04 06:06:09: set by the operator\n", with, StringComparison.Ordinal);
        Assert.DoesNotContain("set by", ReportFormats.Text(await ReportAsync("show queues big.example/v1")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show domains", "big.example 3, small.example 1")]
    [InlineData("show topdomains --maxitems=1", "big.example 3")]
    [InlineData("show domains --vmta=v2", "big.example 1")]
    [InlineData("show domains s*", "small.example 1")]
    [InlineData("show domains --connected=yes", "")]
    [InlineData("show topdomains --sort=name --connected=no", "big.example 3, small.example 1")]
    public async Task Domains_are_chosen_by_name_virtual_mta_and_connection(string line, string expected) =>
        Assert.Equal(expected, Values(await ReportAsync(line), "domain", "name", "rcp"));

    [Fact]
    public async Task Jobs_are_listed_with_their_mail_over_all_queues_and_paused_ones_without()
    {
        Assert.Equal(
            """
            ------------------job-id ----#rcpt ----kbytes st
                          campaign-7         3        3.0
                               reset         1        1.0
                                held         0        0.0 P
            Total of 3 job(s).

            """,
            ReportFormats.Text(await ReportAsync("show jobs")));
        Assert.Equal("campaign-7 3, held 0", Values(await ReportAsync("show jobs --sort=name --maxitems=2"), "job", "jobId", "rcp"));
    }

    [Theory]
    [InlineData("--paused=yes", "small.example/v1")]
    [InlineData("--paused=no --sort=size", "big.example/v1 big.example/v2")]
    [InlineData("--mode=backoff", "big.example/v2")]
    [InlineData("--mode=normal --maxitems=1", "big.example/v1")]
    [InlineData("--connected=yes", "")]
    [InlineData("--connected=no --sort=name", "big.example/v1 big.example/v2 small.example/v1")]
    public async Task Queues_are_chosen_by_their_state(string options, string expected)
    {
        await ReportAsync("pause queue small.example/v1");
        await ReportAsync("set queue --mode=backoff big.example/v2");

        var report = (QueueListReport)await ReportAsync("show topqueues " + options);

        Assert.Equal(expected, string.Join(' ', report.Queues.Select(queue => queue.Key.ToString())));
    }

    [Fact]
    public async Task A_queue_tells_its_mode_and_the_source_addresses_it_does_not_use()
    {
        await ReportAsync("set queue --mode=backoff big.example/v1");
        await ReportAsync("disable source 192.0.2.2 big.example/v1");

        OperatorReport report = await ReportAsync("show queues --mode=backoff");

        var queue = (ReportGroup)Assert.Single(((ReportList)report.ToTree().Find("queue")!).Items);
        Assert.Equal((new ReportText("backoff"), new ReportText("set by the operator")), (queue.Find("mode"), queue.Find("modeReason")));
        Assert.Equal(new ReportText("2026-03-04 06:06:09"), queue.Find("modeUntil"));
        Assert.Equal(new ReportText("192.0.2.2"), Assert.Single(((ReportList)queue.Find("disabledSource")!).Items));
        Assert.Matches(@"\nbig\.example/v1 +2 +2\.0 +0 B ", ReportFormats.Text(report));
    }

    private static string Values(OperatorReport report, string list, string name, string number) => string.Join(
        ", ",
        ((ReportList)report.ToTree().Find(list)!).Items.Cast<ReportGroup>()
            .Select(each => $"{((ReportText)each.Find(name)!).Value} {((ReportNumber)each.Find(number)!).Value}"));

    private Task<OperatorReport> ReportAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
