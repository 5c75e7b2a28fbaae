using Godwit.Control;
using Godwit.Mail;
using Godwit.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Control;

public sealed class RecipientVerbTests
{
    private readonly TestServer _server = new();

    public RecipientVerbTests()
    {
        _server.Enqueue("v1", ["ann@a.example", "bob@a.example", "cy@b.example"], job: "campaign-7", envelopeId: "e-1");
        _server.Enqueue("v2", ["ann@a.example"], sender: "", job: "reset");
        _server.Enqueue("v1", ["dee@b.example"], sender: "alerts@sender.example");
    }

    [Theory]
    [InlineData("list", "a.example/v1 ann, a.example/v1 bob, a.example/v2 ann, b.example/v1 cy, b.example/v1 dee")]
    [InlineData("list --queue=a.example", "a.example/v1 ann, a.example/v1 bob, a.example/v2 ann")]
    [InlineData("list --queue=*/v1 --rcpt=*@b.example", "b.example/v1 cy, b.example/v1 dee")]
    [InlineData("list --rcpt=ANN@a.example", "a.example/v1 ann, a.example/v2 ann")]
    [InlineData("list --rcpt=ann", "")]
    [InlineData("list --orig=alerts@*", "b.example/v1 dee")]
    [InlineData("list --orig=<>", "a.example/v2 ann")]
    [InlineData("list --jobId=campaign-7", "a.example/v1 ann, a.example/v1 bob, b.example/v1 cy")]
    [InlineData("list --jobid=camp*", "a.example/v1 ann, a.example/v1 bob, b.example/v1 cy")]
    [InlineData("list --jobId=campaign-7 --queue=b.example", "b.example/v1 cy")]
    [InlineData("list --envId=e-1 --rcpt=b*", "a.example/v1 bob")]
    [InlineData("list --envId=E-*", "a.example/v1 ann, a.example/v1 bob, b.example/v1 cy")]
    [InlineData("list --older-than=1s", "a.example/v1 ann, a.example/v1 bob, a.example/v2 ann, b.example/v1 cy")]
    [InlineData("list --older-than=3s", "")]
    [InlineData("list --priority=50 --queue=b.example", "b.example/v1 cy, b.example/v1 dee")]
    [InlineData("list --priority=51", "")]
    public async Task Recipients_are_found_by_every_filter(string line, string expected)
    {
        _server.Time.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(expected, await ListAsync(line));
    }

    [Fact]
    public async Task A_list_names_the_recipient_and_what_keeps_it_and_ends_where_it_was_told()
    {
        string all = ReportFormats.Text(await ReportAsync("list --queue=a.example/v2"));
        string some = ReportFormats.Text(await ReportAsync("list --maxitems=2"));

        Assert.Equal(
            """
            queued              att prio next try            queue, sender, recipient, job, envelope id
            2026-03-04 05:06:09   0   50                     a.example/v2 <> <ann@a.example> job=reset
            1 recipient(s).

            """,
            all);
        Assert.EndsWith("\n2 recipient(s); there are more: narrow it down, or ask for more with --maxitems.\n", some, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_leaves_what_is_paused_or_what_waits_for_a_time_where_it_is_told_to()
    {
        var key = new QueueKey(DomainName.Parse("a.example"), "v2");
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        while (ticket.Key != key)
        {
            ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        }

        ticket.ConnectFailed("nobody is there", dnsError: false, _server.Clock.Now);
        ticket.Close(_server.Clock.Now);
        _server.Scheduler.PauseJob("campaign-7", _server.Clock.Now);
        string retry = ReportNumbers.Time(_server.Scheduler.Queue(key)!.RetryTime);

        string scheduled = ReportFormats.Text(await ReportAsync("list --schedule"));
        string paused = ReportFormats.Text(await ReportAsync("list --pause"));

        Assert.EndsWith($"   0   50 {retry} a.example/v2 <> <ann@a.example> job=reset\n1 recipient(s).\n", scheduled, StringComparison.Ordinal);
        Assert.EndsWith("3 recipient(s).\n", paused, StringComparison.Ordinal);
        Assert.Equal(3, paused.Split("   0   50 paused ").Length - 1);

        // A time that has passed holds nobody.
        _server.Time.Advance(TimeSpan.FromDays(1));
        Assert.EndsWith("0 recipient(s).\n", ReportFormats.Text(await ReportAsync("list --schedule")), StringComparison.Ordinal);
        Assert.Matches(" R +now nobody is there", ReportFormats.Text(await ReportAsync("show queues a.example/v2 --paused=no")));
    }

    [Fact]
    public async Task What_is_deleted_leaves_its_queue_and_its_message_is_settled_at_once()
    {
        Assert.Equal("Deleted 3 recipient(s).\n", ReportFormats.Text(await ReportAsync("delete --jobId=campaign-7")));

        Assert.Equal(["a.example/v1 2", "b.example/v1 1"], _server.Deleted.Select(each => $"{each.Queue} {each.Recipients}"));
        Assert.All(_server.Deleted, each => Assert.Equal((true, false), (each.Terms.Record, each.Terms.Tell)));
        Assert.Equal("a.example/v2 ann, b.example/v1 dee", await ListAsync("list"));
    }

    [Theory]
    [InlineData("delete --queue=*/* --dsn", true, true)]
    [InlineData("delete --queue=*/* --no-accounting", false, false)]
    public async Task How_a_deletion_is_told_is_the_operators_choice(string line, bool record, bool tell)
    {
        Assert.Equal("Deleted 5 recipient(s).\n", ReportFormats.Text(await ReportAsync(line)));

        Assert.All(_server.Deleted, each => Assert.Equal((record, tell), (each.Terms.Record, each.Terms.Tell)));
        Assert.Equal(0, _server.Scheduler.Totals().Recipients);
    }

    [Fact]
    public async Task Nothing_is_deleted_when_nothing_matches()
    {
        Assert.Equal("Deleted 0 recipient(s).\n", ReportFormats.Text(await ReportAsync("delete --queue=a.example --rcpt=nobody@*")));

        Assert.Equal(5, _server.Scheduler.Totals().Recipients);
    }

    [Fact]
    public async Task A_recipient_whose_deletion_cannot_be_recorded_waits_again()
    {
        _server.DeleteFails = true;

        OperatorReport report = await ReportAsync("delete --queue=b.example");

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.Equal("Deleted 0 recipient(s). 2 could not be deleted and wait again; the log says why.", report.Message);
        Assert.Equal("b.example/v1 cy, b.example/v1 dee", await ListAsync("list --queue=b.example"));
    }

    [Fact]
    public async Task What_is_rerouted_waits_in_the_queue_of_the_other_virtual_mta()
    {
        Assert.Equal("Rerouted 3 recipient(s) to v2.\n", ReportFormats.Text(await ReportAsync("reroute v2 --jobId=campaign-7")));

        Assert.Equal("a.example/v2 ann, a.example/v2 ann, a.example/v2 bob, b.example/v1 dee, b.example/v2 cy", await ListAsync("list"));
        Assert.Equal(5, _server.Scheduler.Totals().Recipients);
    }

    [Fact]
    public async Task A_reroute_that_moves_nothing_says_why()
    {
        await ReportAsync("reroute v2 --queue=a.example");
        long there = _server.Scheduler.Glances(key => key.VirtualMta == "v2").Sum(queue => queue.Recipients);
        Assert.Equal($"Rerouted 0 recipient(s) to v2.\n{there} recipient(s) of these wait with v2 already.\n", await TextAsync("reroute v2 --queue=*/v2"));
        Assert.Equal("Rerouted 0 recipient(s) to v2.\nNothing that waits matches; what a connection has right now stays where it is.\n", await TextAsync("reroute v2 --queue=b.example --rcpt=nobody@*"));

        await ReportAsync("delete --queue=*/v2");
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        ticket.Connected(_server.Clock.Now);
        var orders = new List<DeliveryOrder>();
        while (_server.Scheduler.Recipients(ticket.Key).Count > 0)
        {
            ticket.Next(_server.Clock.Now, out DeliveryOrder? order, out _);
            orders.Add(order!);
        }

        Assert.Equal(
            "Rerouted 0 recipient(s) to v2.\n2 recipient(s) are under way over connections and stay where they are; those that must be tried again can be rerouted then.\n",
            await TextAsync("reroute v2 --queue=b.example"));

        foreach (DeliveryOrder order in orders)
        {
            for (int i = 0; i < order.Count; i++)
            {
                _server.Scheduler.Finish(ticket.Key, order[i], _server.Clock.Now);
            }
        }

        Assert.Equal("Rerouted 0 recipient(s) to v2.\nNothing waits there.\n", await TextAsync("reroute v2 --queue=b.example"));
    }

    [Theory]
    [InlineData("reroute v9 --queue=*/*", ReportOutcome.Refused, "there is no virtual MTA or pool v9")]
    [InlineData("reroute v2 --queue=nowhere.example", ReportOutcome.Refused, "no queue matches nowhere.example")]
    [InlineData("reroute v2", ReportOutcome.Usage, "reroute needs --queue or --jobId")]
    [InlineData("reroute --queue=*/*", ReportOutcome.Usage, "reroute needs VMTA")]
    public async Task A_reroute_that_cannot_be_meant_changes_nothing(string line, ReportOutcome outcome, string reason)
    {
        string before = await ListAsync("list");

        OperatorReport report = OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage)
            ? await _server.Operator.RunAsync(command, TestContext.Current.CancellationToken)
            : usage;

        Assert.Equal(outcome, report.Outcome);
        Assert.Contains(reason, report.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ListAsync("list"));
    }

    [Fact]
    public async Task A_recipient_whose_reroute_cannot_be_recorded_waits_where_it_was()
    {
        _server.DeleteFails = true;

        OperatorReport report = await ReportAsync("reroute v2 --queue=b.example");

        Assert.Equal((ReportOutcome.Refused, "Rerouted 0 recipient(s) to v2. 2 could not be moved and wait where they were; the log says why."), (report.Outcome, report.Message));
        Assert.Equal("b.example/v1 cy, b.example/v1 dee", await ListAsync("list --queue=b.example"));
    }

    [Fact]
    public async Task A_recipient_of_higher_priority_overtakes_those_before_it()
    {
        string[] many = [.. Enumerable.Range(0, 50).Select(number => $"r{number}@c.example")];
        foreach (string address in many)
        {
            _server.Enqueue("v1", [address]);
        }

        Assert.Equal("Priority of 1 recipient(s) set to 100.\n", ReportFormats.Text(await ReportAsync("set priority 100 --queue=c.example --rcpt=r49@*")));

        Assert.Equal("c.example/v1 r49", await ListAsync("list --priority=100"));
        await ReportAsync("delete --queue=*.example/v1 --rcpt=*@b.example");
        await ReportAsync("delete --queue=a.example");
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        ticket.Connected(_server.Clock.Now);
        Assert.Contains("r49@c.example", new[] { Next(), Next() });

        string Next()
        {
            ticket.Next(_server.Clock.Now, out DeliveryOrder? order, out _);
            _server.Scheduler.Finish(ticket.Key, order![0], _server.Clock.Now);
            return _server.Envelopes[order.Message].Recipients[order[0].Index].Address.Text;
        }
    }

    [Fact]
    public async Task A_search_that_would_read_too_much_ends_and_says_so()
    {
        Assert.True(OperatorCommand.TryParse("list --rcpt=nobody@*", out OperatorCommand command, out _));
        var verbs = new RecipientVerbs(_server.View, NullLogger.Instance, maxRead: 2);

        OperatorReport report = await verbs.ListAsync(command.Options.Filter, 100, TestContext.Current.CancellationToken);

        Assert.EndsWith("\n0 recipient(s); the search ended after 2 messages: narrow it down with --queue, --jobId or --older-than.\n", ReportFormats.Text(report), StringComparison.Ordinal);
    }

    private async Task<string> ListAsync(string line)
    {
        var list = (ReportList)(await ReportAsync(line)).ToTree().Find("recipient")!;
        return string.Join(", ", list.Items.Cast<ReportGroup>().Select(each => $"{Text(each, "queue")} {Text(each, "rcpt").Split('@')[0]}").Order(StringComparer.Ordinal));
    }

    private static string Text(ReportGroup group, string name) => ((ReportText)group.Find(name)!).Value;

    private async Task<string> TextAsync(string line) => ReportFormats.Text(await ReportAsync(line));

    private Task<OperatorReport> ReportAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
