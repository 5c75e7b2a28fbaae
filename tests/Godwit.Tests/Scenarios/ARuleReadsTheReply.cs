// What a provider says leads to what <smtp-pattern-list> says: another host, a bounce, a wait.

using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ARuleReadsTheReply
{
    private static readonly IPAddress _first = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress _second = IPAddress.Parse("127.0.0.3");

    [Fact]
    public async Task Skip_mx_takes_mail_to_the_next_host_even_behind_a_5xx_greeting()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await using var first = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 busy, ask my brother", _first, second.Port);
        await using RunningServer server = await RunningServer.StartAsync(TwoHosts(second, "reply /ask my brother/ skip-mx"));
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Equal("127.0.0.3", (await server.RecordAsync("d", "b@there.test"))["dlvDestinationIp"]);
        Assert.Single(first.Sessions);
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    [Fact]
    public async Task Skip_mx_leaves_a_host_in_the_middle_of_a_session_and_nothing_bounces()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await using var first = new ScriptedSmtpServer(
            script => script.On("RCPT", "250 2.1.5 ok", "550 5.7.1 that is enough, ask my brother"), _first, second.Port);
        await using RunningServer server = await RunningServer.StartAsync(TwoHosts(second, "reply /ask my brother/ skip-mx", "max-smtp-out 1\nconnection-idle-timeout 10s"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        await server.SendAsync("a@sender.test", "c@there.test");

        Assert.Equal("127.0.0.3", (await server.RecordAsync("d", "c@there.test"))["dlvDestinationIp"]);
        Assert.Equal("127.0.0.2", (await server.RecordAsync("d", "b@there.test"))["dlvDestinationIp"]);
        Assert.Single(first.Sessions);
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Skip_mx_at_one_recipient_delivers_everyone_once(bool chunking)
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await using var first = new ScriptedSmtpServer(script => script.Recipient("c@", "452 4.5.3 no more here, ask my brother"), _first, second.Port);
        if (chunking)
        {
            // The content is out in one write with the recipients, so the host takes it for the first of them.
            first.Script.Extensions.Add("CHUNKING");
        }

        await using RunningServer server = await RunningServer.StartAsync(TwoHosts(second, "reply /ask my brother/ skip-mx"));
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test"]);
        await server.EmptyAsync();

        Assert.Equal(["b@there.test", "c@there.test"], server.Accounting.Of("d").Select(row => row["rcpt"]).Order());
        Assert.Equal("127.0.0.3", (await server.RecordAsync("d", "c@there.test"))["dlvDestinationIp"]);
        Assert.Equal(chunking ? "127.0.0.2" : "127.0.0.3", (await server.RecordAsync("d", "b@there.test"))["dlvDestinationIp"]);
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    [Fact]
    public async Task Skip_mx_without_a_further_host_holds_the_mail()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always(".", "554 5.7.1 ask my brother"));
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /ask my brother/ skip-mx"));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith("4.3.2", record["dsnStatus"]);
        Assert.Contains("554 5.7.1 ask my brother", record["dsnDiag"]);
        Assert.Equal(1, server.Waiting);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task Bounce_queue_bounces_all_that_waits_and_the_record_has_the_reply()
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("later@", "450 4.2.0 greylisted"));
        await using RunningServer server = await RunningServer.StartAsync(
            OneHost(peer, "reply /never take your mail/ bounce-queue", "max-smtp-out 1\nmax-msg-per-connection 1\nretry-recipients-after 1h"));
        await server.SendAsync("", "later@there.test");
        await server.RecordAsync("t", "later@there.test");
        peer.Script.On("MAIL", PeerAnswer.After(gate.Task, "421 4.7.0 we will never take your mail"));
        foreach (string name in new[] { "b", "c", "d" })
        {
            await server.SendAsync("", $"{name}@there.test");
        }

        gate.SetResult();
        await server.EmptyAsync();

        Assert.Equal(["b@there.test", "c@there.test", "d@there.test", "later@there.test"], server.Accounting.Of("b").Select(row => row["rcpt"]).Order());
        Assert.All(server.Accounting.Of("b"), row => Assert.Equal("smtp;421 4.7.0 we will never take your mail", row["dsnDiag"]));
        Assert.All(server.Accounting.Of("b"), row => Assert.StartsWith("4.7.0", row["dsnStatus"]));
    }

    [Fact]
    public async Task Bounce_queue_in_a_greeting_bounces_too()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "421 4.7.0 we will never take your mail");
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /never take your mail/ bounce-queue"));
        await server.SendAsync("", "b@there.test");

        Assert.Equal("smtp;421 4.7.0 we will never take your mail", (await server.RecordAsync("b", "b@there.test"))["dsnDiag"]);
        await server.EmptyAsync();
    }

    [Fact]
    public async Task Bounce_rcpt_bounces_one_recipient_of_a_4xx_and_the_others_are_delivered()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("c@", "450 4.2.1 mailbox over quota for years"));
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /for years/ bounce-rcpt"));
        await server.SendAsync("", ["b@there.test", "c@there.test"]);

        AccountingRow record = await server.RecordAsync("b", "c@there.test");

        Assert.StartsWith("4.2.1", record["dsnStatus"]);
        Assert.Equal("smtp;450 4.2.1 mailbox over quota for years", record["dsnDiag"]);
        await server.RecordAsync("d", "b@there.test");
        await server.EmptyAsync();
    }

    [Fact]
    public async Task Defer_queue_puts_the_whole_queue_into_retry_mode_and_the_recipient_keeps_its_own_verdict()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "450 4.7.1 closed for today"));
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /closed for today/ defer-queue", "retry-after 3h"));
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Equal("smtp;450 4.7.1 closed for today", (await server.RecordAsync("tq"))["dsnDiag"]);
        Assert.Equal("smtp;450 4.7.1 closed for today", (await server.RecordAsync("t", "b@there.test"))["dsnDiag"]);
        await server.TopQueuesSayAsync("closed for today");
        Assert.True(server.Queue("there.test").InRetry);
    }

    [Fact]
    public async Task A_5xx_greeting_with_defer_queue_bounces_nothing()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 closed for today");
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /closed for today/ defer-queue", "retry-after 3h"));
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Equal("smtp;554 5.7.1 closed for today", (await server.RecordAsync("tq"))["dsnDiag"]);
        Assert.Equal(1, server.Waiting);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_rule_in_the_domain_itself_counts_before_those_of_its_list()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "450 4.2.1 gone for good"));
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /gone/ bounce-queue", "reply /for good/ skip-mx"));
        await server.SendAsync("", "b@there.test");

        await server.RecordAsync("tq");

        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task The_words_of_a_421_stay_out_of_the_bounce_message_and_in_the_record()
    {
        await using ScriptedSmtpServer home = new();
        await using var peer = new ScriptedSmtpServer(script => script.Recipient("b@", "421 4.7.0 your servers are a disgrace"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            {List("reply /disgrace/ bounce-rcpt")}
            <domain sender.test>
              smtp-hosts [127.0.0.1]:{home.Port}
            </domain>
            <domain there.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
              smtp-pattern-list rules
              replace-smtp-421-service-response yes
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        string notice = System.Text.Encoding.Latin1.GetString((await home.NextMessageAsync()).Content);

        Assert.DoesNotContain("disgrace", notice);
        Assert.Contains("421 4.7.0 Service not available", notice);
        Assert.Contains("disgrace", (await server.RecordAsync("b", "b@there.test"))["dsnDiag"]);
    }

    [Theory]
    [InlineData("220 ************************", "b")]
    [InlineData("220 peer.test ESMTP ***", "t")]
    public async Task A_connection_that_breaks_behind_a_PIX_firewall_bounces_the_mail_if_that_is_wanted(string greeting, string type)
    {
        await using var peer = new ScriptedSmtpServer(script =>
        {
            script.Greeting = greeting;
            script.HangUpAfterContentOctets = 5;
        });
        await using RunningServer server = await RunningServer.StartAsync(OneHost(peer, "reply /x/ skip-mx", "bounce-upon-pix-transfer-failure yes"));
        await server.SendAsync("", "b@there.test");

        Assert.Contains("EDISCON", (await server.RecordAsync(type, "b@there.test"))["dsnDiag"]);
    }

    private static string TwoHosts(ScriptedSmtpServer second, string rule, string more = "") => $"""
        {List(rule)}
        <domain *>
          smtp-hosts [127.0.0.2]:{second.Port}; [127.0.0.3]:{second.Port}
          smtp-pattern-list rules
          retry-after 1h
          {more}
        </domain>
        """;

    private static string OneHost(ScriptedSmtpServer peer, string rule, string more = "") => $"""
        {List(rule)}
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          smtp-pattern-list rules
          retry-after 1h
          {more}
        </domain>
        """;

    private static string List(string rule) => $"<smtp-pattern-list Rules>\n{rule}\n</smtp-pattern-list>";
}
