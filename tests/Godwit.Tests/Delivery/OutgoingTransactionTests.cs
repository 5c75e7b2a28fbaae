using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

public sealed class OutgoingTransactionTests
{
    private static readonly string[] _three = ["one@dest.test", "two@dest.test", "three@dest.test"];

    [Fact]
    public async Task A_message_arrives_octet_by_octet_with_its_envelope()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();

        ReceivedMessage message = await server.NextMessageAsync();
        Assert.Equal(DeliveryBench.Body, Encoding.UTF8.GetString(message.Content));
        Assert.Equal($"MAIL FROM:<a@sender.test> SIZE={DeliveryBench.Body.Length}", message.Mail);
        Assert.Equal(["RCPT TO:<b@dest.test>"], message.Recipients);

        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Delivered, fate.Kind);
        Assert.Equal("250 2.0.0 taken", fate.Reply);
        Assert.Equal("127.0.0.1 (127.0.0.1)", fate.Attempt.Mta);
        Assert.Equal("PIPELINING,SIZE,8BITMIME,ENHANCEDSTATUSCODES", fate.Attempt.EsmtpAvailable);
    }

    [Fact]
    public async Task Mail_that_comes_to_its_turn_between_its_windows_is_not_offered_and_waits_for_the_next()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        Instant now = bench.Clock.Now;
        bench.Submit(shape: envelope => envelope with
        {
            Sender = EmailAddress.Parse("scheduled@sender.test"),
            Windows = DeliveryWindows.Of([new(now - TimeSpan.FromHours(2), now - TimeSpan.FromHours(1)), new(now + TimeSpan.FromHours(1), now + TimeSpan.FromHours(2))]),
        });

        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Deferred, now + TimeSpan.FromHours(1), false), (fate.Kind, fate.Verdict.NotBefore, fate.Verdict.WasAttempted));
        bench.Submit();
        Assert.Equal("MAIL FROM:<a@sender.test>", (await server.NextMessageAsync()).Mail[..25]);
    }

    [Fact]
    public async Task The_whole_conversation_is_as_the_protocol_wants_it_and_ends_with_QUIT()
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions.Clear());
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();

        ScriptedSession session = await server.NextSessionAsync();
        await session.Ended;
        Assert.Equal(["EHLO out.sender.test", "MAIL FROM:<a@sender.test>", "RCPT TO:<b@dest.test>", "DATA", "QUIT"], session.Commands);
    }

    [Fact]
    public async Task With_pipelining_the_envelope_is_sent_without_waiting_for_replies()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", PeerAnswer.After(gate.Task, "250 ok")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();

        ScriptedSession session = await server.NextSessionAsync();
        await DeliveryBench.EventuallyAsync(() =>
            Encoding.ASCII.GetString(session.Received).EndsWith("RCPT TO:<b@dest.test>\r\nDATA\r\n", StringComparison.Ordinal));
        gate.SetResult();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task Without_pipelining_each_command_waits_for_its_reply()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", PeerAnswer.After(gate.Task, "250 ok")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { IgnorePipelining = true, MaxSmtpOut = 1 });
        bench.Submit(to: _three);

        ScriptedSession session = await server.NextSessionAsync();
        await DeliveryBench.EventuallyAsync(() => Encoding.ASCII.GetString(session.Received).Contains("MAIL FROM", StringComparison.Ordinal));
        Assert.DoesNotContain("RCPT", Encoding.ASCII.GetString(session.Received), StringComparison.Ordinal);
        gate.SetResult();
        Assert.All((await bench.FatesAsync(3)).Values, fate => Assert.Equal(VerdictKind.Delivered, fate.Kind));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refused_recipients_get_their_own_reply_and_the_others_the_message(bool pipelining)
    {
        await using var server = new ScriptedSmtpServer(script =>
            script.Recipient("two@", "550 5.1.1 no such user").Recipient("three@", "450 4.2.2 mailbox full"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { IgnorePipelining = !pipelining });
        bench.Submit(to: _three);

        Dictionary<string, Fate> fates = await bench.FatesAsync(3);
        Assert.Equal(VerdictKind.Delivered, fates["one@dest.test"].Kind);
        Assert.Equal(VerdictKind.Bounced, fates["two@dest.test"].Kind);
        Assert.Equal("550 5.1.1 no such user", fates["two@dest.test"].Reply);
        Assert.Equal(VerdictKind.Deferred, fates["three@dest.test"].Kind);
        Assert.Equal(["RCPT TO:<one@dest.test>"], (await server.NextMessageAsync()).Recipients);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_sender_is_the_fate_of_every_recipient(bool pipelining)
    {
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", "550 5.7.1 not from you"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { IgnorePipelining = !pipelining });
        bench.Submit(to: _three);

        Assert.All((await bench.FatesAsync(3)).Values, fate => Assert.Equal((VerdictKind.Bounced, "550 5.7.1 not from you"), (fate.Kind, fate.Reply)));
        ScriptedSession session = await server.NextSessionAsync();
        await session.Ended;
        Assert.Equal(0, server.MessagesWaiting);
    }

    [Fact]
    public async Task When_everyone_is_refused_and_the_host_still_wants_data_it_gets_a_lone_dot()
    {
        await using var server = new ScriptedSmtpServer(script =>
            script.On("RCPT", "550 5.1.1 no").On("DATA", "354 go on").On(".", "554 5.5.1 nobody to send it to"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Assert.Equal("550 5.1.1 no", (await bench.FateAsync()).Reply);

        ScriptedSession session = await server.NextSessionAsync();
        await session.Ended;
        Assert.EndsWith("DATA\r\n.\r\nQUIT\r\n", Encoding.ASCII.GetString(session.Received), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_at_the_end_of_data_is_the_fate_of_the_accepted_recipients()
    {
        await using var server = new ScriptedSmtpServer(script =>
            script.Recipient("two@", "550 5.1.1 no such user").On(".", "554-5.7.1 this looks like spam\n554 5.7.1 see our pages"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(to: _three);

        Dictionary<string, Fate> fates = await bench.FatesAsync(3);
        Assert.Equal("550 5.1.1 no such user", fates["two@dest.test"].Reply);
        Assert.Equal("554 5.7.1 this looks like spam see our pages", fates["one@dest.test"].Reply);
        Assert.Same(fates["one@dest.test"].Verdict, fates["three@dest.test"].Verdict);
    }

    [Fact]
    public async Task A_refused_DATA_command_is_the_fate_of_the_accepted_recipients_and_the_connection_is_reset_for_the_next_message()
    {
        await using var server = new ScriptedSmtpServer(script => script.On("DATA", "451 4.3.0 try later"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["first@dest.test"]);
        bench.Submit(to: ["second@dest.test"]);

        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal((VerdictKind.Deferred, "451 4.3.0 try later"), (fates["first@dest.test"].Kind, fates["first@dest.test"].Reply));
        Assert.Equal(VerdictKind.Delivered, fates["second@dest.test"].Kind);
        ScriptedSession session = Assert.Single(server.Sessions);
        await session.Ended;
        Assert.Equal("RSET", session.Commands[4]);
    }

    [Fact]
    public async Task A_small_message_goes_out_whole_where_the_host_takes_chunks()
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions.Add("CHUNKING"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit("Subject: dots\r\n\r\n.a dot is not doubled in a chunk\r\n");

        ReceivedMessage message = await server.NextMessageAsync();
        Assert.True(message.Chunked);
        Assert.Equal("Subject: dots\r\n\r\n.a dot is not doubled in a chunk\r\n", Encoding.ASCII.GetString(message.Content));
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Fact]
    public async Task A_chunk_nobody_wanted_leaves_the_connection_usable()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("CHUNKING");
            script.On("RCPT", "550 5.1.1 no such user");
        });
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: ["first@dest.test"]);
        bench.Submit(to: ["second@dest.test"]);

        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal(VerdictKind.Bounced, fates["first@dest.test"].Kind);
        Assert.Equal(VerdictKind.Delivered, fates["second@dest.test"].Kind);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData("Subject: bare\r\n\r\none\ntwo\r\n", "Subject: bare\r\n\r\none\r\ntwo\r\n")]
    [InlineData("Subject: bare\r\n\r\none\rtwo", "Subject: bare\r\n\r\none\r\ntwo\r\n")]
    [InlineData("Subject: end\r\n\r\nsmuggled\r\n\n.\r\nMAIL FROM:<x@y.test>\r\n", "Subject: end\r\n\r\nsmuggled\r\n\r\n.\r\nMAIL FROM:<x@y.test>\r\n")]
    public async Task Content_that_is_not_canonical_is_made_so_and_never_sent_as_a_chunk(string stored, string sent)
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions.Add("CHUNKING"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(stored);

        ReceivedMessage message = await server.NextMessageAsync();
        Assert.False(message.Chunked);
        Assert.Equal(sent, Encoding.ASCII.GetString(message.Content));
    }

    [Fact]
    public async Task A_large_message_in_many_pieces_arrives_unchanged()
    {
        var random = new Random(7);
        var text = new StringBuilder("Subject: large\r\n\r\n");
        while (text.Length < 400_000)
        {
            text.Append(random.Next(10) == 0 ? "." : "").Append('x', random.Next(200)).Append("\r\n");
        }

        await using var server = new ScriptedSmtpServer(script => script.Extensions.Add("CHUNKING"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(text.ToString(), pieceSize: 50_001);
        Assert.Equal(text.ToString(), Encoding.ASCII.GetString((await server.NextMessageAsync()).Content));
    }

    [Fact]
    public async Task Hundreds_of_recipients_go_in_one_transaction()
    {
        await using var server = new ScriptedSmtpServer(script => script.Recipient("r250@", "550 5.1.1 no such user"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit(to: [.. Enumerable.Range(0, 350).Select(i => $"r{i}@dest.test")]);

        Dictionary<string, Fate> fates = await bench.FatesAsync(350);
        Assert.Equal(349, fates.Values.Count(fate => fate.Kind == VerdictKind.Delivered));
        Assert.Equal(VerdictKind.Bounced, fates["r250@dest.test"].Kind);
        Assert.Equal(349, (await server.NextMessageAsync()).Recipients.Count);
    }

    [Fact]
    public async Task Delivery_notifications_are_asked_for_where_the_host_offers_them()
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions.Add("DSN"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(shape: envelope => envelope with
        {
            EnvelopeId = "job 7+x=y",
            Return = DsnReturn.Headers,
            Recipients = [envelope.Recipients[0] with { Notify = DsnNotify.Success | DsnNotify.Failure, OriginalRecipient = "rfc822;b+tag@old.test" }],
        });

        ReceivedMessage message = await server.NextMessageAsync();
        Assert.EndsWith(" RET=HDRS ENVID=job+207+2Bx+3Dy", message.Mail, StringComparison.Ordinal);
        Assert.Equal("RCPT TO:<b@dest.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2Btag@old.test", Assert.Single(message.Recipients));
        Assert.True((await bench.FateAsync()).Attempt.PeerSendsDsn);
    }

    [Fact]
    public async Task Eight_bit_content_is_announced_where_it_can_be_and_sent_in_any_case()
    {
        const string Text = "Subject: umlauts\r\n\r\nGrüße\r\n";
        await using var able = new ScriptedSmtpServer();
        await using var unable = new ScriptedSmtpServer(script => script.Extensions.Clear());
        foreach ((ScriptedSmtpServer server, bool announced) in new[] { (able, true), (unable, false) })
        {
            await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
            bench.Submit(Text, shape: envelope => envelope with { Body = BodyKind.EightBitMime });
            ReceivedMessage message = await server.NextMessageAsync();
            Assert.Equal(announced, message.Mail.Contains("BODY=8BITMIME", StringComparison.Ordinal));
            Assert.Equal(Text, Encoding.UTF8.GetString(message.Content));
        }
    }

    [Fact]
    public async Task Internationalized_recipients_fail_alone_where_the_host_lacks_SMTPUTF8()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit(to: ["grün@dest.test", "plain@dest.test"]);

        Dictionary<string, Fate> fates = await bench.FatesAsync(2);
        Assert.Equal(VerdictKind.Bounced, fates["grün@dest.test"].Kind);
        Assert.StartsWith("553 5.6.7", fates["grün@dest.test"].Reply, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Delivered, fates["plain@dest.test"].Kind);
        Assert.DoesNotContain("SMTPUTF8", (await server.NextMessageAsync()).Mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Internationalized_mail_says_SMTPUTF8_only_when_it_needs_it()
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions.Add("SMTPUTF8"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit("Subject: plain\r\n\r\nbody\r\n", shape: envelope => envelope with { SmtpUtf8 = true });
        Assert.DoesNotContain("SMTPUTF8", (await server.NextMessageAsync()).Mail, StringComparison.Ordinal);
        bench.Submit("Subject: grün\r\n\r\nbody\r\n", shape: envelope => envelope with { SmtpUtf8 = true });
        Assert.Contains("SMTPUTF8", (await server.NextMessageAsync()).Mail, StringComparison.Ordinal);
        bench.Submit(to: ["grün@dest.test"]);
        Assert.Contains("SMTPUTF8", (await server.NextMessageAsync()).Mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_larger_than_the_host_takes_bounces_without_being_sent()
    {
        await using var server = new ScriptedSmtpServer(script => script.Extensions[1] = "SIZE 20");
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal(VerdictKind.Bounced, fate.Kind);
        Assert.StartsWith("552 5.3.4", fate.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Sessions[0].Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }
}
