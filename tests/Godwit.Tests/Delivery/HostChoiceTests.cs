using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Delivery;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

public sealed class HostChoiceTests
{
    [Theory]
    [InlineData("421 4.3.2 busy")]
    [InlineData("450 later")]
    public async Task A_busy_greeting_sends_the_mail_to_the_next_host(string greeting)
    {
        await using var first = new ScriptedSmtpServer(script => script.Greeting = greeting);
        await using var second = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(first, second));
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        await second.NextMessageAsync();
    }

    [Fact]
    public async Task A_busy_greeting_of_the_last_host_puts_the_queue_into_retry_and_ages_no_recipient()
    {
        await using var server = new ScriptedSmtpServer(script => script.Greeting = "421 4.3.2 too many connections");
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();

        (SmtpReply reply, AttemptContext attempt) = await bench.QueueFailureAsync();
        Assert.Equal("421 4.3.2 too many connections", reply.ToString());
        Assert.Equal("127.0.0.1 (127.0.0.1)", attempt.Mta);
        await bench.EventualIdleAsync();
        Assert.True(bench.Queue()!.InRetry);
        Assert.Contains(bench.Queue()!.Events, each => each.Text.Contains("too many connections", StringComparison.Ordinal));
        Assert.False(bench.HasFate);

        server.Script.Greeting = "220 welcome back";
        await bench.PassTimeUntilAsync(TimeSpan.FromMinutes(1), () => bench.HasFate);
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task A_5xx_greeting_bounces_all_mail_of_the_queue()
    {
        await using var server = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 you are listed");
        await using var bench = new DeliveryBench(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["one@dest.test"]);
        bench.Submit(to: ["two@dest.test", "three@dest.test"]);
        bench.Start();
        Assert.All((await bench.FatesAsync(3)).Values, fate => Assert.Equal((VerdictKind.Bounced, "554 5.7.1 you are listed"), (fate.Kind, fate.Reply)));
        Assert.Single(server.Sessions);
    }

    [Fact]
    public async Task A_5xx_greeting_sends_the_mail_to_the_next_host_where_that_is_configured()
    {
        await using var first = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 you are listed");
        await using var second = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(first, second) with { BounceUpon5xxGreeting = false });
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task A_greeting_that_comes_late_but_in_time_is_waited_for()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.After(gate.Task, "220 sorry"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        await server.NextSessionAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        gate.SetResult();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task A_greeting_that_does_not_come_in_time_sends_the_mail_to_the_next_host()
    {
        await using var first = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Silence);
        await using var second = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(first, second) with { SmtpGreetingTimeout = TimeSpan.FromSeconds(30) });
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(1), () => bench.HasFate);
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        await second.NextMessageAsync();
    }

    [Fact]
    public async Task A_host_without_EHLO_is_spoken_to_with_HELO()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("EHLO", "502 5.5.1 what"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Assert.Equal("MAIL FROM:<a@sender.test>", (await server.NextMessageAsync()).Mail);
        Assert.Equal(["EHLO out.sender.test", "HELO out.sender.test"], server.Sessions[0].Commands.Take(2));
    }

    [Fact]
    public async Task A_host_that_refuses_EHLO_and_HELO_puts_the_queue_into_retry()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("EHLO", "502 no").On("HELO", "550 go away"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Assert.Contains("EHLO failed: 550 go away", (await bench.QueueFailureAsync()).Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_puts_the_queue_into_retry_with_the_reason()
    {
        int port = ScriptedSmtpServer.UnusedPort();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.ToPort(port));
        bench.Submit();
        (SmtpReply reply, AttemptContext attempt) = await bench.QueueFailureAsync();
        Assert.Equal("451 4.4.1 ECONNREFUSED connecting to 127.0.0.1 (127.0.0.1)", reply.ToString());
        Assert.Equal(IPAddress.Loopback, attempt.DestinationAddress);
        Assert.Equal("ECONNREFUSED connecting to 127.0.0.1 (127.0.0.1)", Assert.Single(bench.Queue()!.Events).Text);
        await bench.EventualIdleAsync();
        Assert.Equal(1, bench.Queue()!.Recipients);
    }

    [Fact]
    public async Task A_source_address_that_is_not_ours_is_named_as_the_reason()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server), IPAddress.Parse("192.0.2.77"));
        bench.Submit();
        Assert.Contains("EADDRNOTAVAIL source address 192.0.2.77", (await bench.QueueFailureAsync()).Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_leaves_from_the_source_address()
    {
        var source = IPAddress.Parse("127.0.0.9");
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server), source);
        bench.Submit();
        Assert.Equal(source, (await bench.FateAsync()).Attempt.SourceAddress);
        Assert.Equal(1, bench.Traffic.ConnectionsOut.Top);
        await bench.EventualIdleAsync();
        Assert.Equal(0, bench.Traffic.ConnectionsOut.Current);
    }

    [Fact]
    public async Task A_host_that_does_not_accept_the_connection_in_time_is_timed_out()
    {
        // A listener with a full backlog does not answer any more; nothing leaves the machine.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        var waiting = new List<Socket>();
        for (int i = 0; i < 4; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(socket);
            _ = socket.ConnectAsync(full.LocalEndPoint!).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await Task.Delay(50);
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.ToPort(((IPEndPoint)full.LocalEndPoint!).Port) with { ConnectTimeout = TimeSpan.FromSeconds(30) });
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(5), () => bench.HasQueueFailure);
        Assert.Equal("4.4.1 ETIMEDOUT connecting to 127.0.0.1 (127.0.0.1)", (await bench.QueueFailureAsync()).Reply.Text);
        waiting.ForEach(each => each.Dispose());
    }

    [Fact]
    public async Task A_connect_timeout_beyond_what_timers_hold_is_no_fault()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { ConnectTimeout = TimeSpan.FromDays(60) });
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets, "451 4.3.0 EMFILE no file descriptor for a connection, the limit is")]
    [InlineData(SocketError.NoBufferSpaceAvailable, "451 4.3.0 ENOBUFS the system has no memory for a connection")]
    public async Task Without_a_socket_the_queue_waits_ten_seconds_and_takes_no_step_of_its_schedule(SocketError lack, string reply)
    {
        await using var first = new ScriptedSmtpServer();
        await using var second = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(DeliveryBench.To(first, second) with { RetryAfter = [TimeSpan.FromDays(1)] });
        int asked = 0;
        Func<AddressFamily, Socket> open = bench.Doors.OpenSocket;
        bench.Doors = bench.Doors with { OpenSocket = family => Interlocked.Increment(ref asked) <= 3 ? throw new SocketException((int)lack) : open(family) };
        bench.Start();
        bench.Submit();

        Assert.StartsWith(reply, (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await bench.EventualIdleAsync();
        Assert.Equal(1, asked);
        Assert.Equal(bench.Clock.Now + TimeSpan.FromSeconds(10), bench.Queue()!.RetryTime);
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(1), () => bench.HasFate);
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        Assert.Equal(4, asked);
        Assert.Single(first.Sessions);
    }

    [Fact]
    public async Task MX_hosts_are_tried_in_order_and_a_dead_one_is_tried_last_the_next_time()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(new DeliverySettings { DefaultSmtpPort = server.Port, MaxMsgPerConnection = 1 });
        bench.Mx = new MxAnswer(MxStatus.Found, [Host("mx1.dest.test", 10, "127.0.0.2"), Host("mx2.dest.test", 20, "127.0.0.1")], "");
        bench.Start();
        bench.Submit();
        Assert.Equal("mx2.dest.test (127.0.0.1)", (await bench.FateAsync()).Attempt.Mta);

        var hosts = new DestinationHosts(bench.Doors, bench.Clock, new Random(1));
        HostAddress[] plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From(null)));
        Assert.Equal(["mx1.dest.test", "mx2.dest.test"], plan.Select(each => each.Name));
        hosts.Failed(plan[0]);
        plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From(null)));
        Assert.Equal(["mx2.dest.test", "mx1.dest.test"], plan.Select(each => each.Name));
        bench.Time.Advance(TimeSpan.FromMinutes(10));
        plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From(null)));
        Assert.Equal(["mx1.dest.test", "mx2.dest.test"], plan.Select(each => each.Name));
    }

    [Fact]
    public async Task No_more_hosts_are_tried_than_configured_and_only_of_the_source_family()
    {
        await using var bench = new DeliveryBench(new DeliverySettings { MxConnectionAttempts = 2 });
        bench.Mx = new MxAnswer(MxStatus.Found,
            [Host("mx1.dest.test", 10, "2001:db8::1", "192.0.2.1"), Host("mx2.dest.test", 20, "192.0.2.2"), Host("mx3.dest.test", 30, "192.0.2.3")], "");
        var hosts = new DestinationHosts(bench.Doors, bench.Clock, new Random(1));
        HostAddress[] fourth = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From("192.0.2.100")));
        Assert.Equal(["mx1.dest.test (192.0.2.1)", "mx2.dest.test (192.0.2.2)"], fourth.Select(each => each.Text));
        HostAddress[] sixth = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From("2001:db8::100")));
        Assert.Equal(["mx1.dest.test (2001:db8::1)"], sixth.Select(each => each.Text));
    }

    [Fact]
    public async Task A_source_address_whose_family_no_host_has_says_so()
    {
        await using var bench = new DeliveryBench(new DeliverySettings(), IPAddress.IPv6Loopback);
        bench.Mx = new MxAnswer(MxStatus.Found, [Host("mx1.dest.test", 10, "192.0.2.1")], "");
        bench.Start();
        bench.Submit();
        Assert.Equal(
            "4.4.4 dest.test has only IPv4 addresses, such as mx1.dest.test (192.0.2.1), and the source address ::1 is IPv6: "
            + "give the virtual MTA an IPv4 smtp-source-host",
            (await bench.QueueFailureAsync()).Reply.Text);
    }

    [Fact]
    public async Task Smtp_hosts_go_level_by_level_and_resolve_names_and_MX_records()
    {
        HostTarget Named(string name, int port = 0, bool mx = false) => new(DomainName.Parse(name), null, port, mx);
        var settings = new DeliverySettings
        {
            DefaultSmtpPort = 2525,
            SmtpHosts = [
                new HostLevel([Named("relay.test", 26), Named("gone.test")]), new HostLevel([Named("other.test", mx: true)]), new HostLevel([new HostTarget(default, IPAddress.Parse("192.0.2.9"), 0, false)])],
        };
        await using var bench = new DeliveryBench(settings);
        bench.Hosts["relay.test"] = new MxAnswer(MxStatus.Found, [Host("relay.test", 0, "192.0.2.1")], "");
        bench.Mx = new MxAnswer(MxStatus.Found, [Host("mx.other.test", 10, "192.0.2.2")], "");
        var hosts = new DestinationHosts(bench.Doors, bench.Clock, new Random(1));
        HostAddress[] plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), settings, From(null)));
        Assert.Equal(["192.0.2.1:26", "192.0.2.2:2525", "192.0.2.9:2525"], plan.Select(each => each.EndPoint.ToString()));
    }

    [Fact]
    public async Task A_level_is_looked_up_only_when_it_is_reached()
    {
        await using var first = new ScriptedSmtpServer();
        var settings = new DeliverySettings
        {
            MaxSmtpOut = 1,
            SmtpHosts =
            [
                new HostLevel([new HostTarget(default, first.EndPoint.Address, first.Port, LookupMx: false)]),
                new HostLevel([new HostTarget(DomainName.Parse("slow.test"), null, first.Port, LookupMx: false)]),
            ],
        };
        await using var bench = new DeliveryBench(settings);
        var answer = new TaskCompletionSource<MxAnswer>();
        int asked = 0;
        bench.Doors = bench.Doors with { FindHost = (_, _, _) => Interlocked.Increment(ref asked) > 0 ? new ValueTask<MxAnswer>(answer.Task) : default };
        bench.Start();

        // DNS never answers for the second level; the first one serves.
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        Assert.Equal(0, asked);
        await bench.EventualIdleAsync();

        // The first level refuses: now the second is reached.
        first.Script.Greeting = "421 4.3.2 not now";
        bench.Submit();
        await DeliveryBench.EventuallyAsync(() => Volatile.Read(ref asked) == 1);
        first.Script.Greeting = "220 welcome";
        answer.SetResult(new MxAnswer(MxStatus.Found, [Host("slow.test", 0, "127.0.0.1")], ""));
        Assert.Equal("slow.test (127.0.0.1)", (await bench.FateAsync()).Attempt.Mta);
    }

    [Fact]
    public async Task A_level_whose_hosts_have_just_failed_comes_behind_all_others()
    {
        var settings = new DeliverySettings { SmtpHosts = [.. new[] { "192.0.2.1", "192.0.2.2", "192.0.2.3" }.Select(Level)] };
        await using var bench = new DeliveryBench(settings);
        var hosts = new DestinationHosts(bench.Doors, bench.Clock, new Random(1));
        hosts.Failed((await AllAsync(hosts.Search(DomainName.Parse("dest.test"), settings, From(null))))[1]);

        HostAddress[] plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), settings, From(null)));

        Assert.Equal(["192.0.2.1", "192.0.2.3", "192.0.2.2"], plan.Select(each => each.Name));

        static HostLevel Level(string address) => new([new HostTarget(default, IPAddress.Parse(address), 25, LookupMx: false)]);
    }

    [Fact]
    public async Task Hosts_of_one_level_share_the_mail_and_the_next_level_gets_none()
    {
        const int Messages = 90;
        await using var one = new ScriptedSmtpServer();
        await using var two = new ScriptedSmtpServer();
        await using var three = new ScriptedSmtpServer();
        await using var spare = new ScriptedSmtpServer();
        HostTarget Target(ScriptedSmtpServer server) => new(default, server.EndPoint.Address, server.Port, LookupMx: false);
        await using DeliveryBench bench = DeliveryBench.Start(new DeliverySettings
        {
            SmtpHosts = [new HostLevel([Target(one), Target(two), Target(three)]), new HostLevel([Target(spare)])],
            MaxSmtpOut = 1,
            MaxMsgPerConnection = 1,
        });
        for (int i = 0; i < Messages; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        await bench.FatesAsync(Messages);

        // The dispatcher's chance is seeded: the bounds are wide all the same, so that another order of asking it stays within them.
        ScriptedSmtpServer[] equal = [one, two, three];
        Assert.All(equal, server => Assert.InRange(server.MessagesWaiting, Messages / 6, Messages / 2));
        Assert.Equal(0, spare.MessagesWaiting);
    }

    [Fact]
    public async Task Unresolvable_smtp_hosts_are_never_a_reason_to_bounce()
    {
        await using var bench = new DeliveryBench(
            new DeliverySettings { SmtpHosts = [new HostLevel([new HostTarget(DomainName.Parse("gone.test"), null, 0, false)])] });
        bench.Start();
        bench.Submit();
        Assert.StartsWith("451 4.1.2 gone.test does not exist", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        Assert.False(bench.HasFate);
    }

    [Theory]
    [InlineData(MxStatus.NoSuchDomain, "550 5.1.2 dest.test does not exist")]
    [InlineData(MxStatus.NullMx, "556 5.1.10 dest.test accepts no mail")]
    public async Task Mail_to_a_domain_that_cannot_have_mail_bounces_at_once(MxStatus status, string reply)
    {
        await using var bench = new DeliveryBench(new DeliverySettings());
        bench.Mx = new MxAnswer(status, [], "answer");
        bench.Submit(to: ["one@dest.test"]);
        bench.Submit(to: ["two@dest.test", "three@dest.test"]);
        bench.Start();
        Assert.All((await bench.FatesAsync(3)).Values, fate =>
        {
            Assert.Equal(VerdictKind.Bounced, fate.Kind);
            Assert.StartsWith(reply, fate.Reply, StringComparison.Ordinal);
        });
        Assert.Equal(0, bench.Traffic.ConnectionsOut.Top);
    }

    [Theory]
    [InlineData(MxStatus.TemporaryFailure, "451 4.4.3 StatusDnsQueryFailed resolving dest.test: SERVFAIL")]
    [InlineData(MxStatus.NoHosts, "451 4.4.4 dest.test has no mail host: SERVFAIL")]
    public async Task A_DNS_failure_puts_the_queue_into_a_short_retry(MxStatus status, string reply)
    {
        await using var bench = new DeliveryBench(new DeliverySettings());
        bench.Mx = new MxAnswer(status, [], "SERVFAIL");
        bench.Start();
        bench.Submit();
        Assert.Equal(reply, (await bench.QueueFailureAsync()).Reply.ToString());
        await bench.EventualIdleAsync();
        Assert.Equal(bench.Clock.Now + bench.Settings.RetryAfterDnsError, bench.Queue()!.RetryTime);
    }

    [Fact]
    public async Task Mail_to_a_domain_without_hosts_bounces_from_the_configured_age_on()
    {
        await using var bench = new DeliveryBench(new DeliverySettings { BounceUponNoMx = TimeSpan.FromHours(1) });
        bench.Mx = new MxAnswer(MxStatus.NoHosts, [], "no records");
        bench.Submit(to: ["old@dest.test"]);
        bench.Time.Advance(TimeSpan.FromHours(2));
        bench.Submit(to: ["young@dest.test"]);
        bench.Start();

        Fate fate = await bench.FateAsync();
        Assert.Equal(("old@dest.test", VerdictKind.Bounced), (fate.Recipient, fate.Kind));
        Assert.StartsWith("550 5.4.4", fate.Reply, StringComparison.Ordinal);
        await bench.QueueFailureAsync();
        await bench.EventualIdleAsync();
        Assert.Equal(1, bench.Queue()!.Recipients);
    }

    [Theory]
    [InlineData("10 mta.test", "")]
    [InlineData("10 MTA.test, 20 backup.test", "")]
    [InlineData("10 out.sender.test, 10 other.test", "")]
    [InlineData("10 first.test, 20 mta.test, 20 equal.test, 30 last.test", "first.test")]
    [InlineData("10 first.test, 20 out.sender.test", "first.test")]
    [InlineData("10 first.test, 20 second.test", "first.test second.test")]
    public async Task Only_hosts_before_this_server_are_used(string exchanges, string used)
    {
        await using var bench = new DeliveryBench(new DeliverySettings());
        bench.Mx = Exchange(exchanges.Split(", "));
        var hosts = new DestinationHosts(bench.Doors with { IsOurs = name => name.Text == "mta.test" }, bench.Clock, new Random(1));

        HostSearch search = hosts.Search(DomainName.Parse("dest.test"), bench.Settings, From(null));
        HostAddress[] plan = await AllAsync(search);

        Assert.Equal(used, string.Join(' ', plan.Select(each => each.Name)));
        Assert.Equal(used.Length > 0 ? null : HostPlanStatus.NoSuchDestination, search.Refusal?.Status);
    }

    [Fact]
    public async Task Mail_that_would_come_back_bounces_and_says_what_to_do()
    {
        await using var bench = new DeliveryBench(new DeliverySettings());
        bench.Mx = Exchange("10 out.sender.test");
        bench.Submit();
        bench.Start();

        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Bounced, new EnhancedStatus(5, 4, 6), "routing-errors"), (fate.Kind, fate.Verdict.Status, fate.Verdict.Category));
        Assert.Equal(
            "554 5.4.6 mail for dest.test would come back here: its hosts begin with this server (out.sender.test, preference 10); "
            + "name smtp-hosts or queue-to in <domain dest.test>, or correct the MX records",
            fate.Reply);
        Assert.Equal(0, bench.Traffic.ConnectionsOut.Top);
    }

    [Theory]
    [InlineData(true, "451 4.4.4 no host of dest.test that comes before this server (out.sender.test, preference 20) has an address")]
    [InlineData(false, "451 4.4.3 StatusDnsQueryFailed resolving dest.test: SERVFAIL")]
    public async Task Mail_waits_while_the_hosts_before_this_server_cannot_be_found(bool weHaveAnAddress, string reply)
    {
        await using var bench = new DeliveryBench(new DeliverySettings());
        MxAnswer all = Exchange("10 first.test", "20 out.sender.test");
        bench.Mx = weHaveAnAddress ? all with { Hosts = [all.Hosts[1]] } : all with { Status = MxStatus.TemporaryFailure, Hosts = [], Detail = "SERVFAIL" };
        bench.Start();
        bench.Submit();

        Assert.Equal(reply, (await bench.QueueFailureAsync()).Reply.ToString());
        Assert.False(bench.HasFate);
    }

    [Fact]
    public async Task Smtp_hosts_may_name_this_server()
    {
        var settings = new DeliverySettings { SmtpHosts = [new HostLevel([new HostTarget(DomainName.Parse("dest.test"), null, 0, LookupMx: true)])] };
        await using var bench = new DeliveryBench(settings);
        bench.Mx = Exchange("10 out.sender.test");
        var hosts = new DestinationHosts(bench.Doors, bench.Clock, new Random(1));

        HostAddress[] plan = await AllAsync(hosts.Search(DomainName.Parse("dest.test"), settings, From(null)));

        Assert.Equal("out.sender.test", Assert.Single(plan).Name);
    }

    private static async Task<HostAddress[]> AllAsync(HostSearch search)
    {
        var all = new List<HostAddress>();
        while (await search.NextAsync(CancellationToken.None) is { } host)
        {
            all.Add(host);
        }

        return [.. all];
    }

    private static SourceHost From(string? address) => new(address is null ? null : IPAddress.Parse(address), "out.sender.test");

    /// <summary>Hosts as "preference name", each with an address.</summary>
    private static MxAnswer Exchange(params string[] exchanges)
    {
        MailExchange[] all = [.. exchanges.Select(each => each.Split(' ')).Select(each => new MailExchange(DomainName.Parse(each[1]), int.Parse(each[0], CultureInfo.InvariantCulture)))];
        return new MxAnswer(MxStatus.Found, [.. all.Select((each, i) => Host(each.Name.Text, each.Preference, $"192.0.2.{i + 1}"))], "") { Exchanges = all };
    }

    private static MailHost Host(string name, int preference, params string[] addresses) =>
        new(DomainName.Parse(name), preference, [.. addresses.Select(IPAddress.Parse)]);
}
