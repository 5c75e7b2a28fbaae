using System.Net.Sockets;
using System.Text;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

public sealed class DeliveryDispatcherTests
{
    [Fact]
    public async Task One_connection_carries_many_messages()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        for (int i = 0; i < 200; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        bench.Start();
        Assert.All((await bench.FatesAsync(200)).Values, fate => Assert.Equal(VerdictKind.Delivered, fate.Kind));
        Assert.Single(server.Sessions);
    }

    [Fact]
    public async Task Connections_are_opened_up_to_the_limit()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.After(gate.Task, "220 go"));
        await using var bench = new DeliveryBench(DeliveryBench.To(server) with { MaxSmtpOut = 5 });
        for (int i = 0; i < 20; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        bench.Start();
        await DeliveryBench.EventuallyAsync(() => server.Sessions.Count == 5);
        gate.SetResult();
        await bench.FatesAsync(20);
        Assert.Equal(5, server.Sessions.Count);
        Assert.Equal(5, bench.Traffic.ConnectionsOut.Top);
    }

    [Fact]
    public async Task A_connection_ends_after_its_errors()
    {
        await using var server = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no"));
        await using var bench = new DeliveryBench(DeliveryBench.To(server) with { MaxSmtpOut = 1, MaxErrorsPerConnection = 2 });
        for (int i = 0; i < 4; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        bench.Start();
        await bench.FatesAsync(4);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Fact]
    public async Task An_idle_connection_waits_for_more_mail_and_no_longer_than_configured()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.To(server) with { MaxSmtpOut = 1, ConnectionIdleTimeout = TimeSpan.FromSeconds(20) });
        bench.Submit();
        await bench.FateAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        bench.Submit();
        await bench.FateAsync();
        ScriptedSession session = Assert.Single(server.Sessions);
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(1), () => session.Ended.IsCompleted);
        Assert.Equal("QUIT", session.Commands[^1]);
    }

    [Fact]
    public async Task A_short_wait_for_the_rate_keeps_the_connection()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(
            DeliveryBench.To(server) with { MaxSmtpOut = 1, MaxMsgRate = new Godwit.Foundation.Rate(2, TimeSpan.FromSeconds(1)) });
        for (int i = 0; i < 6; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        bench.Start();
        await bench.PassTimeUntilAsync(TimeSpan.FromMilliseconds(100), () => bench.FatesWaiting == 6);
        Assert.Single(server.Sessions);
    }

    [Fact]
    public async Task Discarded_mail_is_delivered_without_a_connection()
    {
        await using DeliveryBench bench = DeliveryBench.Start(new DeliverySettings { Kind = DeliveryKind.Discard });
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Delivered, "discard"), (fate.Kind, fate.Attempt.DeliveryType));
        Assert.Equal(0, bench.Traffic.ConnectionsOut.Top);
    }

    [Fact]
    public async Task Mail_of_a_virtual_mta_that_was_removed_bounces_without_a_connection()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(DeliveryBench.To(server));
        bench.Doors = bench.Doors with { HasVirtualMta = _ => false };
        bench.Submit(to: ["one@dest.test", "two@dest.test"]);
        bench.Start();

        Assert.All((await bench.FatesAsync(2)).Values, fate => Assert.Equal(
            (VerdictKind.Bounced, "550 5.3.5 virtual MTA {default} does not exist any more"), (fate.Kind, fate.Reply)));
        Assert.Empty(server.Sessions);
    }

    [Fact]
    public async Task Mail_that_waited_too_long_expires()
    {
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.ToPort(ScriptedSmtpServer.UnusedPort()) with { BounceAfter = TimeSpan.FromHours(1) });
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromMinutes(5), () => bench.HasFate);
        Assert.Equal(VerdictKind.Bounced, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task The_senders_of_mail_in_a_queue_that_cannot_connect_are_told_at_each_interval()
    {
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.ToPort(ScriptedSmtpServer.UnusedPort()) with { NotifyOfDelayEvery = TimeSpan.FromHours(1), RetryAfter = [TimeSpan.FromDays(1)] });
        StoredMessage message = bench.Submit();
        await bench.QueueFailureAsync();
        await bench.PassTimeUntilAsync(TimeSpan.FromMinutes(5), () => bench.Delayed.Count == 2);

        Assert.All(bench.Delayed, portion => Assert.Same(message, Assert.Single(portion).Recipient.Message));
        Assert.InRange((bench.Clock.Now - message.Id.Time).TotalHours, 2, 3);
        Assert.Equal(1, bench.Queue()!.Recipients);
        Assert.False(bench.HasFate);
    }

    [Fact]
    public async Task Many_delays_are_told_in_portions()
    {
        await using var bench = new DeliveryBench(new DeliverySettings { MaxSmtpOut = 1, NotifyOfDelayEvery = TimeSpan.FromHours(1) });
        for (int i = 0; i < 250; i++)
        {
            bench.Submit(to: [$"r{i}@dest.test"]);
        }

        bench.Scheduler.Pause(bench.Queue()!.Key, bench.Clock.Now);
        bench.Start();
        bench.Time.Advance(TimeSpan.FromHours(1.5));

        await DeliveryBench.EventuallyAsync(() => bench.Delayed.Sum(portion => portion.Count) == 250);
        Assert.Equal([100, 100, 50], bench.Delayed.Select(portion => portion.Count));
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_stays_in_its_queue_and_others_go_on()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(DeliveryBench.To(server));
        StoredMessage broken = bench.Submit(to: ["broken@dest.test"]);
        Func<StoredMessage, Godwit.Delivery.MessageContent> open = bench.Doors.Open;
        bool fails = true;
        bench.Doors = bench.Doors with { Open = message => fails && message.Id == broken.Id ? throw new SpoolException("the disk is gone") : open(message) };
        bench.Start();
        bench.Submit(to: ["sound@dest.test"]);
        Assert.Equal("sound@dest.test", (await bench.FateAsync()).Recipient);
        await bench.EventualIdleAsync();
        Assert.Equal(1, bench.Queue()!.Recipients);

        fails = false;
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(30), () => bench.HasFate);
        Assert.Equal(("broken@dest.test", VerdictKind.Delivered), (await bench.FateAsync()) is var fate ? (fate.Recipient, fate.Kind) : default);
    }

    [Fact]
    public async Task A_fault_before_the_first_message_makes_the_queue_wait_and_no_loop()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(new DeliverySettings { DefaultSmtpPort = server.Port });
        bench.Mx = new MxAnswer(MxStatus.Found, [new MailHost(DomainName.Parse("mx.dest.test"), 10, [server.EndPoint.Address])], "");
        int asked = 0;
        bench.Doors = bench.Doors with
        {
            FindMx = (_, _, _) => Interlocked.Increment(ref asked) == 1 ? throw new ArgumentOutOfRangeException("delay") : ValueTask.FromResult(bench.Mx),
        };
        bench.Start();
        bench.Submit();

        await DeliveryBench.EventuallyAsync(() => asked > 0 && bench.Dispatcher!.Running == 0);
        QueueReport queue = bench.Queue()!;
        Assert.Equal((true, bench.Clock.Now + TimeSpan.FromMinutes(1)), (queue.InRetry, queue.RetryTime));
        Assert.StartsWith("a fault of this server, see its log: ", Assert.Single(queue.Events).Text, StringComparison.Ordinal);
        Assert.Equal(1, asked);

        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(10), () => bench.HasFate);
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task Sockets_that_have_run_out_are_not_asked_for_again_and_again_by_other_queues()
    {
        await using var bench = new DeliveryBench(DeliveryBench.ToPort(ScriptedSmtpServer.UnusedPort()));
        int asked = 0;
        bench.Doors = bench.Doors with
        {
            OpenSocket = _ => Interlocked.Increment(ref asked) > 0 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : null!,
        };
        bench.Start();
        bench.Submit();
        await bench.QueueFailureAsync();
        Instant failed = bench.Clock.Now;
        bench.Submit(destination: "other.test");

        await bench.PassTimeUntilAsync(TimeSpan.FromMilliseconds(100), () => Volatile.Read(ref asked) == 2);
        Assert.InRange(bench.Clock.Now - failed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Stopping_lets_a_transaction_end()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.On(".", PeerAnswer.After(gate.Task, "250 taken")));
        await using var bench = new DeliveryBench(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["one@dest.test"]);
        bench.Submit(to: ["two@dest.test"]);
        bench.Start();
        ScriptedSession session = await server.NextSessionAsync();
        await DeliveryBench.EventuallyAsync(() => Encoding.ASCII.GetString(session.Received).EndsWith("\r\n.\r\n", StringComparison.Ordinal));

        Task stopped = bench.Dispatcher!.StopAsync(TimeSpan.FromSeconds(5));
        gate.SetResult();
        await stopped.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("one@dest.test", (await bench.FateAsync()).Recipient);
        Assert.False(bench.HasFate);
        Assert.Equal(1, bench.Queue()!.Recipients);
    }

    [Fact]
    public async Task Stopping_cuts_what_does_not_end_and_puts_it_back_without_an_attempt()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", PeerAnswer.Silence));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        ScriptedSession session = await server.NextSessionAsync();
        await DeliveryBench.EventuallyAsync(() => session.Commands.Count == 2);

        Task stopped = bench.Dispatcher!.StopAsync(TimeSpan.FromSeconds(5));
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(1), () => stopped.IsCompleted);
        Assert.False(bench.HasFate);
        Assert.Equal(1, bench.Queue()!.Recipients);
        Assert.Equal(0, bench.Queue()!.Connections);
    }
}
