using Godwit.Control;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Control;

public sealed class QueueVerbTests
{
    private readonly TestServer _server = new();

    [Theory]
    [InlineData("pause queue a.example/v1", "Queue(s) paused.", "a.example/v1")]
    [InlineData("pause queue A.example", "Queue(s) paused.", "a.example/v1 a.example/v2")]
    [InlineData("pause queue a.example/*", "Queue(s) paused.", "a.example/v1 a.example/v2")]
    [InlineData("pause queue */*", "Queue(s) paused.", "a.example/v1 a.example/v2 b.example/v1")]
    [InlineData("pause queue new.example/V1", "Queue(s) paused.", "new.example/v1")]
    [InlineData("pause queue new.example", "Queue(s) paused.\n0 queue(s) now; all that new.example/* means later too, until \"resume queue new.example/*\".\n", "")]
    [InlineData("pause queue */v2", "Queue(s) paused.\n1 queue(s) now; all that */v2 means later too, until \"resume queue */v2\".\n", "a.example/v2")]
    [InlineData("pause queue */nobody", "there is no virtual MTA \"nobody\" in the configuration", "")]
    [InlineData("pause queue gogle.rollup/v1", "there is no provider and no mx-rollup-list that makes \"gogle.rollup\"; did you mean \"google.rollup\"?", "")]
    [InlineData("pause queue new.example/nobody", "there is no virtual MTA \"nobody\" in the configuration", "")]
    [InlineData("pause queue *.test/v1", "Queue(s) paused.\n0 queue(s) now; ", "")]
    public async Task Queues_are_paused_by_name_and_star(string line, string answer, string paused)
    {
        EnqueueThree();

        Assert.StartsWith(answer, await RunAsync(line), StringComparison.Ordinal);

        Assert.Equal(paused, Names(_server.Scheduler.Glances(_ => true).Where(queue => queue.IsPaused)));
    }

    [Fact]
    public async Task A_pause_ends_where_it_is_resumed_and_only_there()
    {
        EnqueueThree();
        await RunAsync("pause queue */*");

        Assert.Equal("Queue(s) resumed.\nAll else that */* means stays paused.\n", await RunAsync("resume queue a.example"));

        Assert.Equal("b.example/v1", Names(_server.Scheduler.Glances(_ => true).Where(queue => queue.IsPaused)));
        Assert.Equal("no queue matches c.example/*\n", await RunAsync("resume queue c.example"));
    }

    [Fact]
    public async Task A_job_is_paused_and_resumed_in_its_words()
    {
        _server.Enqueue("v1", ["x@a.example"], job: "campaign-7");

        Assert.Equal("paused job.\n", await RunAsync("pause job campaign-7"));
        Assert.True(Assert.Single(_server.Scheduler.Jobs()).IsPaused);
        Assert.Equal("resumed job.\n", await RunAsync("resume job campaign-7"));
        Assert.False(Assert.Single(_server.Scheduler.Jobs()).IsPaused);
        Assert.Equal("the job \"campaign-7\" is not paused; \"show jobs\" lists the jobs\n", await RunAsync("resume job campaign-7"));
    }

    [Fact]
    public async Task Backoff_mode_that_an_operator_sets_ends_as_the_configuration_says()
    {
        EnqueueThree();

        Assert.Equal("Queue(s) set to backoff mode.\n", await RunAsync("set queue --mode=backoff */v1"));

        Assert.Equal("a.example/v1 b.example/v1", Names(_server.Scheduler.Glances(_ => true).Where(queue => queue.Mode == QueueMode.Backoff)));
        Assert.Equal(_server.Clock.Now + TimeSpan.FromHours(1), _server.Scheduler.MemoryOf(Key("a.example", "v1")).ModeUntil);
        Assert.Equal("Queue(s) set to normal mode.\n", await RunAsync("set queue --mode=normal a.example/v1"));
        Assert.Equal("b.example/v1", Names(_server.Scheduler.Glances(_ => true).Where(queue => queue.Mode == QueueMode.Backoff)));
    }

    [Fact]
    public async Task Every_queue_that_holds_mail_is_scheduled_and_empty_ones_only_match()
    {
        EnqueueThree();
        await RunAsync("pause queue empty.example/v1");

        Assert.Equal("3 of 4 matching queues scheduled.\n", await RunAsync("schedule *"));
        OperatorReport unknown = await ReportAsync("schedule nobody.example");
        Assert.Equal((ReportOutcome.Refused, "no queue matches nobody.example/*"), (unknown.Outcome, unknown.Message));
    }

    [Fact]
    public async Task Schedule_with_retry_recipients_ends_their_own_waits()
    {
        EnqueueThree();
        QueueKey key = Key("b.example", "v1");
        Defer(key, TimeSpan.FromHours(1));

        await RunAsync("schedule b.example");
        Assert.True(_server.Scheduler.Recipients(key)[0].NotBefore > _server.Clock.Now);
        await RunAsync("schedule --retry-recipients b.example");
        Assert.True(_server.Scheduler.Recipients(key)[0].NotBefore <= _server.Clock.Now);
    }

    [Fact]
    public async Task Schedule_says_what_goes_on_holding_the_queues()
    {
        EnqueueThree();
        await RunAsync("pause queue a.example/v2");
        Defer(Key("b.example", "v1"), TimeSpan.FromHours(1));
        _server.Enqueue("v1", ["x@c.example"]);
        await RunAsync("disable source 192.0.2.1 c.example");
        await RunAsync("disable source 192.0.2.2 c.example");

        Assert.Equal(
            "4 of 4 matching queues scheduled.\n1 of them is paused: \"resume queue */*\" ends that. 1 of them is without a source address, because all are disabled: "
            + "\"show disabled sources */*\" says until when. 1 recipient(s) wait for their own retry times: \"schedule --retry-recipients */*\" tries them too.\n",
            await RunAsync("schedule *"));
        Assert.Equal(
            "1 of 1 matching queues scheduled.\nIt is paused: \"resume queue a.example/v2\" ends that.\n", await RunAsync("schedule a.example/v2"));
        Assert.Equal("1 of 1 matching queues scheduled.\n", await RunAsync("schedule --retry-recipients b.example"));
    }

    [Fact]
    public async Task A_change_of_one_queue_says_with_whom_it_is_shared()
    {
        foreach (string domain in (string[])["a.example", "b.example", "c.example"])
        {
            _server.Enqueue("v1", ["x@" + domain]);
            DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
            ticket.JoinGroup(DomainName.Parse("google.rollup"), DomainName.Parse("gmail.com"), _server.Clock.Now);
            ticket.Close(_server.Clock.Now);
            _server.Scheduler.Pause(Key(domain, "v1"), _server.Clock.Now);
        }

        const string Shared = "\nIt is shared by all of google.rollup/v1 (3 queues).\n";
        Assert.Equal("Queue(s) set to backoff mode." + Shared, await RunAsync("set queue --mode=backoff a.example/v1"));
        Assert.Equal("Source 192.0.2.1 disabled for 1 queue(s)." + Shared, await RunAsync("disable source 192.0.2.1 a.example"));
        Assert.Equal("Source 192.0.2.1 enabled for 1 queue(s)." + Shared, await RunAsync("enable source 192.0.2.1 b.example/v1"));
        Assert.Equal("Queue(s) set to normal mode.\n", await RunAsync("set queue --mode=normal google.rollup/v1"));
    }

    [Theory]
    [InlineData("pause queue rtest", "no queue matches rtest/*, and \"rtest\" is hardly a domain; ")]
    [InlineData("pause job \"a b\"", "\"a b\" is no job: a job's name holds no blank")]
    [InlineData("delete --queue=nosuch.test", "no queue matches nosuch.test/*; \"show queues\" lists those that there are")]
    [InlineData("set priority 70 --queue=nosuch.test", "no queue matches nosuch.test/*; ")]
    public async Task A_slip_is_refused(string line, string reason)
    {
        EnqueueThree();

        OperatorReport report = await ReportAsync(line);

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.StartsWith(reason, report.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Scheduler.StandingPauses());
        Assert.DoesNotContain(_server.Scheduler.Jobs(), job => job.IsPaused);
    }

    [Fact]
    public async Task A_single_word_can_be_paused_by_who_means_it_and_a_star_in_a_job_means_itself()
    {
        Assert.StartsWith("Queue(s) paused.\n0 queue(s) now; all that rtest/* means later too", await RunAsync("pause queue rtest/*"), StringComparison.Ordinal);
        Assert.EndsWith(
            " A star or a question mark in a job's name means itself: no other job is paused by it.\n", await RunAsync("pause job camp*"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_operator_does_is_no_error()
    {
        QueueKey key = Key("a.example", "v1");
        _server.Enqueue("v1", ["x@a.example"]);
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        ticket.ConnectFailed("nobody is there", dnsError: false, _server.Clock.Now);
        ticket.Close(_server.Clock.Now);

        await RunAsync("disable source 192.0.2.1 a.example/v1");
        await RunAsync("disable source 192.0.2.2 a.example/v1");
        await RunAsync("schedule a.example/v1");
        await RunAsync("enable source 192.0.2.1 a.example/v1");

        Assert.Equal("nobody is there", Assert.Single(_server.Scheduler.Queue(key)!.Events).Text);
    }

    [Fact]
    public async Task Another_name_server_is_asked_where_one_is_named()
    {
        await ReportAsync("resolve --server=192.0.2.53 a.example");

        Assert.Equal("192.0.2.53:53", _server.Resolved!.NameServer!.ToString());
    }

    [Fact]
    public async Task A_source_address_that_is_disabled_for_good_does_not_read_as_enabled()
    {
        _server.Enqueue("v1", ["x@a.example"]);
        await RunAsync("disable source 192.0.2.1 a.example/v1");

        Assert.Contains("192.0.2.1                               by hand              a.example/v1", await RunAsync("show disabled sources"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_address_is_disabled_for_a_time_shown_and_enabled()
    {
        EnqueueThree();

        Assert.Equal("Source 192.0.2.1 disabled for 2 queue(s).\n", await RunAsync("disable source --reenable-after=4h 192.0.2.1 */v1"));
        Assert.Equal(
            """
            source address                          until                queue, reason
            192.0.2.1                               2026-03-04 09:06:10  a.example/v1 disabled by the operator
            192.0.2.1                               2026-03-04 09:06:10  b.example/v1 disabled by the operator
            2 of 2 disabled sources.

            """,
            await RunAsync("show disabled sources"));
        Assert.Equal("Source 192.0.2.1 enabled for 1 queue(s).\n", await RunAsync("enable source 192.0.2.1 a.example/v1"));
        Assert.EndsWith("b.example/v1 disabled by the operator\n1 of 1 disabled sources.\n", await RunAsync("show disabled sources"), StringComparison.Ordinal);
        Assert.Equal("192.0.2.1 is not disabled in a.example/v1\n", await RunAsync("enable source 192.0.2.1 a.example/v1"));
        Assert.Equal("198.51.100.9 is no source address of a.example/v1\n", await RunAsync("disable source 198.51.100.9 a.example/v1"));
    }

    [Theory]
    [InlineData("trace nobody.example", "no queue with mail matches nobody.example/*")]
    [InlineData("trace a.example", "2 queues match a.example/*: name one of them, such as a.example/v")]
    [InlineData("trace b.example", "nothing was sent for b.example/v1 within 20 s: its mail went, or waits behind other mail; \"why b.example/v1\" says more")]
    [InlineData("trace a.example/v2", "nothing of a.example/v2 can go now: the queue is paused; \"resume queue a.example/v2\" ends that")]
    [InlineData("trace --source-ip=192.0.2.9 b.example", "192.0.2.9 is no source address of the virtual MTA v1; it has 192.0.2.1, 192.0.2.2")]
    [InlineData("trace --source-ip=192.0.2.2 b.example", "192.0.2.2 is disabled in b.example/v1; \"enable source 192.0.2.2 b.example/v1\" ends that")]
    [InlineData("trace c.example", "nothing of c.example/v1 can go now: its 1 recipient(s) wait for their own retry times; \"trace --retry-recipients c.example/v1\"")]
    [InlineData("trace d.example", "nothing of d.example/v1 can go now: 1 recipient(s) belong to jobs that are paused or held; \"why d.example/v1\" says more")]
    [InlineData("trace e.example", "nothing of e.example/v1 can go now: all its source addresses are disabled (disabled by the operator); \"enable source ")]
    public async Task Why_there_is_nothing_to_trace_is_said(string line, string reason)
    {
        EnqueueThree();
        await RunAsync("pause queue a.example/v2");
        await RunAsync("disable source 192.0.2.2 b.example/v1");
        _server.Enqueue("v1", ["x@c.example"]);
        Defer(Key("c.example", "v1"), TimeSpan.FromHours(1));
        _server.Enqueue("v1", ["x@d.example"], job: "held");
        await RunAsync("pause job held");
        _server.Enqueue("v1", ["x@e.example"]);
        await RunAsync("disable source 192.0.2.1 e.example");
        await RunAsync("disable source 192.0.2.2 e.example");

        OperatorReport report = await ReportAsync(line);

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.StartsWith(reason, report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_has_no_mail_is_paused_with_a_word_about_that()
    {
        Assert.Equal(
            "paused job.\nNo mail of \"campain-7\" is here. What comes will wait, also after a restart, until \"resume job campain-7\"; \"show jobs\" lists the jobs.\n",
            await RunAsync("pause job campain-7"));
        Assert.StartsWith("paused job.\nIt was paused before. No mail of ", await RunAsync("pause job campain-7"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Normal_mode_leaves_the_wait_for_the_next_try_and_says_so()
    {
        _server.Enqueue("v1", ["x@a.example"]);
        await RunAsync("set queue --mode=backoff a.example/v1");
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        ticket.ConnectFailed("nobody is there", dnsError: false, _server.Clock.Now);
        ticket.Close(_server.Clock.Now);

        Assert.Equal(
            "Queue(s) set to normal mode.\nOne of them still waits for its next try; \"schedule a.example/v1\" ends that.\n",
            await RunAsync("set queue --mode=normal a.example/v1"));
        Assert.True(_server.Scheduler.Queue(Key("a.example", "v1"))!.InRetry);
    }

    [Fact]
    public async Task Hosts_are_resolved_in_the_order_of_their_preference()
    {
        _server.DnsAnswer = new MxAnswer(
            MxStatus.Found,
            [
                new MailHost(DomainName.Parse("mx1.bigmail.example"), 10, [System.Net.IPAddress.Parse("192.0.2.7"), System.Net.IPAddress.Parse("2001:db8::7")]),
                new MailHost(DomainName.Parse("m.bigmail.example"), 20, [System.Net.IPAddress.Parse("192.0.2.8")]),
            ],
            "");

        OperatorReport report = await ReportAsync("resolve bigmail.example");

        Assert.Equal(
            """
            status = StatusOk
             pref host name            IP addresses
               10 mx1.bigmail.example  192.0.2.7, 2001:db8::7
               20 m.bigmail.example    192.0.2.8

            """,
            ReportFormats.Text(report));
        var host = (ReportGroup)((ReportList)report.ToTree().Find("host")!).Items[1];
        Assert.Equal((new ReportNumber(20), new ReportText("m.bigmail.example")), (host.Find("pref"), host.Find("name")));
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_refused_with_the_reason()
    {
        OperatorReport report = await ReportAsync("resolve bigmail.example");

        Assert.Equal((ReportOutcome.Refused, "status = StatusDnsQueryFailed\nnobody answers\n"), (report.Outcome, ReportFormats.Text(report)));
    }

    [Fact]
    public async Task The_small_verbs_answer_in_their_words()
    {
        _server.Traffic.In.Recipients.Add(7);

        Assert.Equal("DNS cache cleared.\n", await RunAsync("clear dnscache *"));
        Assert.Equal("DNS cache cleared.\n", await RunAsync("clear dnscache Bigmail.example"));
        Assert.Equal(["*", "bigmail.example"], _server.Forgotten);
        Assert.Equal("Traffic counters reset.\n", await RunAsync("reset counters"));
        Assert.Equal(0, _server.Traffic.In.Recipients.Total);
        Assert.Equal("Logging file rotated.\n", await RunAsync("rotate log"));
        Assert.Equal("Accounting file rotated.\n", await RunAsync("rotate acct"));
        Assert.Equal("Accounting file rotated.\n", await RunAsync("rotate acct acct.csv"));
        Assert.Equal("no <acct-file> is called other.csv\n", await RunAsync("rotate acct other.csv"));
        _server.HasLogFile = false;
        Assert.Equal(ReportOutcome.Refused, (await ReportAsync("rotate log")).Outcome);
    }

    private static QueueKey Key(string destination, string virtualMta) => new(DomainName.Parse(destination), virtualMta);

    private static string Names(IEnumerable<QueueGlance> queues) =>
        string.Join(' ', queues.Select(queue => queue.Key.ToString()).Order(StringComparer.Ordinal));

    private void Defer(QueueKey key, TimeSpan wait)
    {
        QueuedRecipient recipient = _server.Scheduler.Recipients(key)[0].Recipient;
        _server.Scheduler.Withdraw(key, new HashSet<QueuedRecipient> { recipient }, _server.Clock.Now);
        _server.Scheduler.Defer(key, recipient, _server.Clock.Now + wait, counted: true, _server.Clock.Now);
    }

    private void EnqueueThree()
    {
        _server.Enqueue("v1", ["x@a.example"]);
        _server.Enqueue("v2", ["x@a.example"]);
        _server.Enqueue("v1", ["x@b.example"]);
    }

    private async Task<string> RunAsync(string line) => ReportFormats.Text(await ReportAsync(line));

    private Task<OperatorReport> ReportAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
