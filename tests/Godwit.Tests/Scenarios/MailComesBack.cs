// What senders are told, and in which form: bounce messages by RFC 3464, read with a foreign parser, and the cases in which nobody is told.

using Godwit.Tests.Support;
using MimeKit;

namespace Godwit.Tests.Scenarios;

public sealed class MailComesBack
{
    private const string Original = "From: a@sender.test\r\nTo: b@there.test\r\nSubject: the original\r\nMessage-Id: <1@sender.test>\r\n\r\nhello\r\n";

    [Fact]
    public async Task A_refused_recipient_is_reported_to_the_sender()
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("b@", "550 5.1.1 no such user here"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync("a@sender.test", ["<b@there.test> ORCPT=rfc822;b@elsewhere.test"], Original, "ENVID=campaign-7");

        ReceivedMessage received = await home.NextMessageAsync();

        Assert.StartsWith("MAIL FROM:<>", received.Mail);
        Assert.Equal("RCPT TO:<a@sender.test>", Assert.Single(received.Recipients).Split(" NOTIFY")[0]);
        MimeMessage notice = await MimeMessage.LoadAsync(new MemoryStream(received.Content), TestContext.Current.CancellationToken);
        var report = Assert.IsType<MultipartReport>(notice.Body);
        Assert.Equal("delivery-status", report.ReportType);
        MessageDeliveryStatus status = report.OfType<MessageDeliveryStatus>().Single();
        Assert.Equal("dns;mx.test", Normal(status.StatusGroups[0]["Reporting-MTA"]));
        Assert.Equal("campaign-7", status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal("rfc822;b@there.test", Normal(status.StatusGroups[1]["Final-Recipient"]));
        Assert.Equal("rfc822;b@elsewhere.test", Normal(status.StatusGroups[1]["Original-Recipient"]));
        Assert.Equal("failed", status.StatusGroups[1]["Action"]);
        Assert.Equal("5.1.1", status.StatusGroups[1]["Status"]);
        Assert.Equal("smtp;550 5.1.1 no such user here", Normal(status.StatusGroups[1]["Diagnostic-Code"]));
        Assert.Contains("the original", report[2].ToString());
        Assert.Equal("5.1.1 (bad destination mailbox address)", (await server.RecordAsync("b", "b@there.test"))["dsnStatus"]);
        Assert.Equal("", (await server.RecordAsync("d", "a@sender.test"))["orig"]);
        await server.EmptyAsync();
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task Mail_that_grew_too_old_is_reported_with_what_stood_in_the_way()
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "451 4.7.1 greylisted for ever"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer, "bounce-after 8s"));
        await server.SendAsync("a@sender.test", ["b@there.test"], Original);

        AccountingRow record = await server.RecordAsync("b", "b@there.test");

        Assert.StartsWith("4.4.7", record["dsnStatus"]);
        Assert.Equal("message-expired", record["bounceCat"]);
        Assert.Contains("451 4.7.1 greylisted for ever", record["dsnDiag"]);
        MimeMessage notice = await MimeMessage.LoadAsync(new MemoryStream((await home.NextMessageAsync()).Content), TestContext.Current.CancellationToken);
        MessageDeliveryStatus status = Assert.IsType<MultipartReport>(notice.Body).OfType<MessageDeliveryStatus>().Single();
        Assert.Equal(("failed", "4.4.7"), (status.StatusGroups[1]["Action"], status.StatusGroups[1]["Status"]));
        await server.EmptyAsync();
    }

    [Fact]
    public async Task A_delivery_is_reported_when_the_sender_asked_and_the_next_host_cannot()
    {
        await using ScriptedSmtpServer home = new();
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync("a@sender.test", ["<b@there.test> NOTIFY=SUCCESS"], Original);

        MimeMessage notice = await MimeMessage.LoadAsync(new MemoryStream((await home.NextMessageAsync()).Content), TestContext.Current.CancellationToken);

        MessageDeliveryStatus status = Assert.IsType<MultipartReport>(notice.Body).OfType<MessageDeliveryStatus>().Single();
        Assert.Equal("relayed", status.StatusGroups[1]["Action"]);
        Assert.StartsWith("2.", status.StatusGroups[1]["Status"]);
    }

    [Fact]
    public async Task Nobody_is_told_when_the_sender_asked_for_silence()
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync("a@sender.test", ["<b@there.test> NOTIFY=NEVER"], Original);
        await server.RecordAsync("b", "b@there.test");
        await server.EmptyAsync();
        await server.SendAsync("a@sender.test", ["c@there.test"], Original);

        // The one notice there is speaks of the second message.
        Assert.Contains("c@there.test", System.Text.Encoding.Latin1.GetString((await home.NextMessageAsync()).Content));
        await server.EmptyAsync();
        Assert.Equal(0, home.MessagesWaiting);
    }

    [Fact]
    public async Task Nobody_is_told_about_mail_of_a_source_that_suppresses_notices()
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no"));
        await using RunningServer server = await RunningServer.StartAsync(
            Config(home, peer) + "\n<source 127.0.0.1>\n  suppress-local-dsn yes\n</source>");
        await server.SendAsync("a@sender.test", ["<b@there.test> NOTIFY=FAILURE"], Original);
        await server.RecordAsync("b", "b@there.test");

        // The recipient is gone only when its notice, if there is one, is in the queue.
        await server.EmptyAsync();
        Assert.Empty(home.Sessions);
    }

    [Theory]
    [InlineData("RET=FULL", true)]
    [InlineData("RET=HDRS", false)]
    [InlineData("", false)]
    public async Task The_message_comes_back_whole_only_where_the_sender_asked_for_that(string parameters, bool whole)
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync("a@sender.test", ["b@there.test"], Original, parameters);

        MimeMessage notice = await MimeMessage.LoadAsync(new MemoryStream((await home.NextMessageAsync()).Content), TestContext.Current.CancellationToken);

        MimeEntity returned = Assert.IsType<MultipartReport>(notice.Body)[2];
        Assert.Equal(whole ? "message/rfc822" : "text/rfc822-headers", returned.ContentType.MimeType);
        Assert.Contains("Subject: the original", returned.ToString());
        Assert.Equal(whole, returned.ToString().Contains("hello", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a@sender.test", "b@there.test", "RET=FULL", "hello", "")]
    [InlineData("a@sender.test", "b@there.test", "RET=FULL BODY=8BITMIME", "grüße", " BODY=8BITMIME")]
    [InlineData("a@sender.test", "b@there.test", "RET=HDRS BODY=8BITMIME", "grüße", "")]
    [InlineData("ä@sender.test", "b@there.test", "SMTPUTF8", "hello", " BODY=8BITMIME SMTPUTF8")]
    [InlineData("a@sender.test", "ä@there.test", "SMTPUTF8", "hello", " BODY=8BITMIME")]
    public async Task A_bounce_message_asks_its_host_for_no_more_than_it_needs(string sender, string recipient, string parameters, string text, string asked)
    {
        await using var home = new ScriptedSmtpServer(script => script.Extensions.Add("SMTPUTF8"));
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no").Extensions.Add("SMTPUTF8"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync(sender, [recipient], $"Subject: x\r\n\r\n{text}\r\n", parameters);

        ReceivedMessage received = await home.NextMessageAsync();

        Assert.Matches($"^MAIL FROM:<> SIZE=[0-9]+{asked}$", received.Mail);
        Assert.Equal(asked.Length > 0, received.Content.Any(octet => octet >= 0x80));
    }

    [Fact]
    public async Task A_bounce_message_that_bounces_ends_there()
    {
        await using var home = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 gone"));
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "550 5.1.1 no"));
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer));
        await server.SendAsync("a@sender.test", ["b@there.test"], Original);

        AccountingRow record = await server.RecordAsync("b", "a@sender.test");

        Assert.Equal("", record["orig"]);
        Assert.Equal("smtp;550 5.1.1 gone", record["dsnDiag"]);
        await server.EmptyAsync();
        Assert.Equal(2, server.Accounting.Of("b").Count);
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_sender_hears_in_time_of_mail_that_no_host_takes_and_a_restart_does_not_repeat_it()
    {
        await using ScriptedSmtpServer home = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain sender.test>
              smtp-hosts [127.0.0.1]:{home.Port}
            </domain>
            <domain there.test>
              smtp-hosts [127.0.0.1]:{ScriptedSmtpServer.UnusedPort()}
              notify-of-delay-every 4s
              retry-after 1h
            </domain>
            """);
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test"], Original);
        await server.SendAsync("a@sender.test", ["<d@there.test> NOTIFY=FAILURE"], Original);

        (MimeMessage first, HeaderListCollection groups) = await ReportAsync(home);
        await server.StopAsync();
        await server.StartAsync();
        (MimeMessage second, _) = await ReportAsync(home);

        Assert.Equal("Delivery Status Notification (Delay)", first.Subject);
        Assert.Equal(["rfc822;b@there.test", "rfc822;c@there.test"], groups.Skip(1).Select(group => Normal(group["Final-Recipient"])));
        Assert.Equal("delayed", groups[1]["Action"]);
        Assert.Contains("ECONNREFUSED connecting to 127.0.0.1", groups[1]["Diagnostic-Code"]);
        Assert.InRange((first.Date - Arrival(groups)).TotalSeconds, 3, 6);
        Assert.InRange((second.Date - Arrival(groups)).TotalSeconds, 7, 11);
        await Eventually.TrueAsync(() => server.Waiting == 3, TimeSpan.FromSeconds(5), server.TopQueues);
        Assert.Equal(0, home.MessagesWaiting);
        Assert.Empty(server.Accounting.Of("t"));
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_sender_hears_of_mail_that_waits_behind_a_limit()
    {
        await using ScriptedSmtpServer home = new();
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync(Config(home, peer, "notify-of-delay-every 2s\n  max-msg-rate 1/d"));
        await server.SendAsync("a@sender.test", ["first@there.test"], Original);
        await peer.NextMessageAsync();
        await server.SendAsync("a@sender.test", ["second@there.test"], Original);

        (_, HeaderListCollection groups) = await ReportAsync(home);

        Assert.Equal(("rfc822;second@there.test", "delayed", "4.4.5"), (Normal(groups[1]["Final-Recipient"]), groups[1]["Action"], groups[1]["Status"]));
        await Eventually.TrueAsync(() => server.Waiting == 1, TimeSpan.FromSeconds(5), server.TopQueues);
        Assert.Equal(0, peer.MessagesWaiting);
    }

    private static async Task<(MimeMessage Notice, HeaderListCollection Groups)> ReportAsync(ScriptedSmtpServer home)
    {
        ReceivedMessage received = await home.NextMessageAsync();
        MimeMessage notice = await MimeMessage.LoadAsync(new MemoryStream(received.Content), TestContext.Current.CancellationToken);
        return (notice, Assert.IsType<MultipartReport>(notice.Body).OfType<MessageDeliveryStatus>().Single().StatusGroups);
    }

    private static DateTimeOffset Arrival(HeaderListCollection groups) =>
        DateTimeOffset.Parse(groups[0]["Arrival-Date"]!, System.Globalization.CultureInfo.InvariantCulture);

    private static string Config(ScriptedSmtpServer home, ScriptedSmtpServer peer, string more = "") => $"""
        <domain sender.test>
          smtp-hosts [127.0.0.1]:{home.Port}
        </domain>
        <domain there.test>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after 1s
          {more}
        </domain>
        """;

    /// <summary>White space behind the semicolon is free.</summary>
    private static string Normal(string? value) => (value ?? "").Replace("; ", ";", StringComparison.Ordinal);
}
