using System.Net;
using System.Text;
using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

public sealed class ConnectionFailureTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("MAIL", true)]
    [InlineData("MAIL", false)]
    [InlineData("RCPT", true)]
    [InlineData("RCPT", false)]
    [InlineData("DATA", true)]
    [InlineData("DATA", false)]
    [InlineData(".", true)]
    [InlineData(".", false)]
    public async Task A_connection_that_breaks_in_the_transaction_defers_the_recipient(string where, bool pipelining)
    {
        await using var server = new ScriptedSmtpServer(script => script.On(where, PeerAnswer.HangUp));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { IgnorePipelining = !pipelining });
        bench.Submit();

        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Deferred, fate.Kind);
        Assert.Contains("EDISCON in connection to 127.0.0.1 (127.0.0.1)", fate.Reply, StringComparison.Ordinal);
        await bench.EventualIdleAsync();

        // And it is delivered when its time has come.
        await bench.PassTimeUntilAsync(_minute, () => server.MessagesWaiting == 1);
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_the_content_defers_the_recipient()
    {
        await using var server = new ScriptedSmtpServer(script => script.HangUpAfterContentOctets = 100_000);
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit("Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789\r\n", 200_000)));
        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Deferred, fate.Kind);
        Assert.Contains("EDISCON", fate.Reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".", VerdictKind.Bounced)]
    [InlineData("RCPT", VerdictKind.Deferred)]
    public async Task A_broken_transfer_bounces_where_that_is_configured(string where, VerdictKind expected)
    {
        await using var server = new ScriptedSmtpServer(script => script.On(where, PeerAnswer.HangUp));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { BounceUponTransferFailure = true });
        bench.Submit();
        Assert.Equal(expected, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task Recipients_that_were_refused_before_the_connection_broke_keep_their_reply()
    {
        await using var server = new ScriptedSmtpServer(script => script.Recipient("two@", "550 5.1.1 no such user").On(".", PeerAnswer.HangUp));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(to: ["one@dest.test", "two@dest.test"]);
        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal(VerdictKind.Bounced, fates["two@dest.test"].Kind);
        Assert.Equal(VerdictKind.Deferred, fates["one@dest.test"].Kind);
    }

    [Fact]
    public async Task A_used_connection_found_closed_is_no_attempt_and_the_message_goes_over_a_new_one()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", "250 ok", PeerAnswer.HangUp));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["first@dest.test"]);
        bench.Submit(to: ["second@dest.test"]);
        Assert.All((await bench.FatesAsync(2)).Values, fate => Assert.Equal(VerdictKind.Delivered, fate.Kind));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Fact]
    public async Task A_421_left_in_an_idle_connection_is_no_attempt_either()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", "250 ok", PeerAnswer.Farewell("421 4.4.2 idle for too long")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["first@dest.test"]);
        bench.Submit(to: ["second@dest.test"]);
        Assert.All((await bench.FatesAsync(2)).Values, fate => Assert.Equal(VerdictKind.Delivered, fate.Kind));
    }

    [Theory]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(".")]
    public async Task A_421_resets_the_connection_and_the_next_message_goes_over_it(string where)
    {
        await using var server = new ScriptedSmtpServer(script => script.On(where, "421 4.7.0 slow down"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["first@dest.test"]);
        bench.Submit(to: ["second@dest.test"]);

        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal((VerdictKind.Deferred, "421 4.7.0 slow down"), (fates["first@dest.test"].Kind, fates["first@dest.test"].Reply));
        Assert.Equal(VerdictKind.Delivered, fates["second@dest.test"].Kind);
        Assert.Contains("RSET", Assert.Single(server.Sessions).Commands);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(".")]
    public async Task A_421_sends_the_message_to_the_next_host_where_that_is_configured(string where)
    {
        await using var first = new ScriptedSmtpServer(script => script.On(where, "421 4.3.2 going down"));
        await using var second = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(first, second) with { Smtp421MeansMxUnavailable = true });
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        await second.NextMessageAsync();
        Assert.Equal(0, first.MessagesWaiting);
    }

    [Fact]
    public async Task Recipients_delivered_in_a_chunk_are_not_sent_to_the_next_host_again()
    {
        await using var first = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("CHUNKING");
            script.Recipient("two@", "421 4.3.2 not this one");
        });
        await using var second = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(first, second) with { Smtp421MeansMxUnavailable = true });
        bench.Submit(to: ["one@dest.test", "two@dest.test"]);
        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal(VerdictKind.Delivered, fates["one@dest.test"].Kind);
        Assert.Equal("127.0.0.1 (127.0.0.1)", fates["two@dest.test"].Attempt.Mta);
        Assert.All(second.Sessions, session => Assert.DoesNotContain("RCPT TO:<one@dest.test>", session.Commands));
    }

    [Theory]
    [InlineData("endless line", "EPROTO")]
    [InlineData("endless reply", "EPROTO")]
    [InlineData("250-one\r\n251 two\r\n", "EPROTO")]
    [InlineData("hello there\r\n", "EPROTO")]
    [InlineData("354 go on\r\n", "EPROTO")]
    [InlineData("199 no such class\r\n", "EPROTO")]
    public async Task A_reply_that_is_none_ends_the_connection_and_defers_the_recipient(string reply, string error)
    {
        PeerAnswer answer = reply switch { "endless line" => PeerAnswer.EndlessLine, "endless reply" => PeerAnswer.EndlessReply, _ => PeerAnswer.Raw(reply) };
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", answer));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Deferred, fate.Kind);
        Assert.Contains(error, fate.Reply, StringComparison.Ordinal);
        await server.Sessions[0].Ended.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_positive_reply_to_DATA_does_not_start_the_content()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("DATA", "250 fine, what data"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Deferred, fate.Kind);
        Assert.Contains("unexpected reply to DATA: 250 fine, what data", fate.Reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    public async Task A_host_that_does_not_answer_in_time_defers_the_recipient(string where)
    {
        await using var server = new ScriptedSmtpServer(script => script.On(where, PeerAnswer.Silence));
        await using DeliveryBench bench = DeliveryBench.Start(Patient(server) with { SmtpCommandTimeout = _limit });
        bench.Submit();
        await AssertTimedOutAsync(bench);
    }

    [Fact]
    public async Task A_chunk_that_is_not_answered_in_time_has_the_time_of_the_end_of_data()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("CHUNKING");
            script.On("BDAT", PeerAnswer.Silence);
        });
        await using DeliveryBench bench = DeliveryBench.Start(Patient(server) with { DataTerminationTimeout = _limit });
        bench.Submit();
        await AssertTimedOutAsync(bench);
    }

    [Theory]
    [InlineData(false, VerdictKind.Deferred)]
    [InlineData(true, VerdictKind.Delivered)]
    public async Task No_reply_to_the_end_of_data_is_a_failure_unless_delivery_is_assumed(bool assumed, VerdictKind expected)
    {
        await using var server = new ScriptedSmtpServer(script => script.On(".", PeerAnswer.Silence));
        await using DeliveryBench bench = DeliveryBench.Start(
            Patient(server) with { DataTerminationTimeout = _limit, AssumeDeliveryUponDataTerminationTimeout = assumed });
        bench.Submit();
        await AssertTimedOutAsync(bench, expected);
    }

    [Theory]
    [InlineData("0123456789\r\n")] // One run, in one send.
    [InlineData(".123456789\r\n")] // Dots to stuff: many sends.
    public async Task A_content_that_the_host_stops_reading_is_given_up_in_time(string line)
    {
        await using var server = new ScriptedSmtpServer(script => script.Always("DATA", PeerAnswer.Deaf("354 go on")));
        await using DeliveryBench bench = DeliveryBench.Start(Patient(server) with { DataSendTimeout = _limit });

        // More than the system takes for us and for a peer that does not read: 4 MB on Linux, unless somebody set it higher.
        bench.Submit("Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 20_000_000 / line.Length)));
        ScriptedSession session = await server.NextSessionAsync();
        await DeliveryBench.EventuallyAsync(() => session.Socket.Available > 0);
        await AssertTimedOutAsync(bench);
    }

    [Fact]
    public async Task A_host_that_hangs_up_while_the_content_is_sent_defers_the_recipient()
    {
        await using var server = new ScriptedSmtpServer(script => script.Always("DATA", PeerAnswer.Farewell("354 go on")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit("Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789\r\n", 500_000)));
        Assert.Equal(VerdictKind.Deferred, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task What_a_host_says_in_the_middle_of_the_content_is_the_fate()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("DATA", PeerAnswer.Raw("354 go on\r\n552 5.3.4 too much\r\n")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxMsgPerConnection = 1 });
        bench.Submit();
        Assert.Equal("552 5.3.4 too much", (await bench.FateAsync()).Reply);
    }

    /// <summary>A test makes one limit short. If another one ended the wait, the test's own patience would end first.</summary>
    private static DeliverySettings Patient(ScriptedSmtpServer server)
    {
        TimeSpan day = TimeSpan.FromDays(1);
        return DeliveryBench.To(server) with
        {
            ConnectTimeout = day, SmtpGreetingTimeout = day, SmtpCommandTimeout = day, DataSendTimeout = day, DataTerminationTimeout = day,
        };
    }

    /// <summary>Lets time pass until the limit has ended the wait, and not before.</summary>
    private static async Task AssertTimedOutAsync(DeliveryBench bench, VerdictKind expected = VerdictKind.Deferred)
    {
        Godwit.Foundation.Instant start = bench.Clock.Now;
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(1), () => bench.HasFate);
        Assert.InRange(bench.Clock.Now - start, _limit, TimeSpan.FromHours(1));
        Fate fate = await bench.FateAsync();
        Assert.Equal(expected, fate.Kind);
        Assert.Contains("ETIMEDOUT in connection to 127.0.0.1 (127.0.0.1)", fate.Reply, StringComparison.Ordinal);
    }
}
