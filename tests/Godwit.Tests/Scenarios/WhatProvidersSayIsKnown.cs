// Replies that providers are known to give act on what they are about: a recipient, a source address, a connection. The user's own rules come first.

using System.Text;
using Godwit.Disposition;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class WhatProvidersSayIsKnown
{
    [Fact]
    public async Task A_permanent_code_that_is_known_to_be_temporary_bounces_nobody()
    {
        using var providers = Knowing("reply hour-block block message /^550[ -].*for an hour/ temporary,retry=1s");
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "550 5.7.1 blocked for an hour"));
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow deferred = await server.RecordAsync("t", "b@there.test");
        await server.RecordAsync("d", "b@there.test");

        Assert.Equal("smtp;550 5.7.1 blocked for an hour", deferred["dsnDiag"]);
        Assert.StartsWith("4.7.1", deferred["dsnStatus"]);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_permanent_greeting_that_is_known_to_be_temporary_bounces_nobody()
    {
        using var providers = Knowing("reply hour-block block session /^554[ -].*for an hour/ temporary");
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 blocked for an hour");
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer));
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("tq");

        Assert.Equal(1, server.Waiting);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_reply_about_a_recipient_delays_nobody_else()
    {
        using var providers = Knowing("reply flooded recipient-rate recipient /^450[ -].*too quickly/ retry=1s");
        await using var peer = new ScriptedSmtpServer();
        peer.Script.On("RCPT", "450 4.2.1 the account is receiving mail too quickly");
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer));
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test"]);
        await server.RecordAsync("d", "c@there.test");

        // Others wait for five hours, see the configuration: only the rule lets it come sooner.
        await server.RecordAsync("d", "b@there.test");

        Assert.Equal("b@there.test", Assert.Single(server.Accounting.Of("t"))["rcpt"]);
        Assert.Empty(server.Accounting.Of("tq"));
    }

    [Fact]
    public async Task A_quota_of_the_address_stops_it_and_it_comes_back_with_one_connection()
    {
        using var providers = Knowing("reply ip-quota rate source-ip /^421[ -]4\\.7\\.28 .*your IP address/ suspend=2s,recover=gradual");
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script
            .On("MAIL", "421 4.7.28 unusual rate of mail originating from your IP address").Always(".", PeerAnswer.After(gate.Task, "250 2.0.0 taken")));
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, "max-smtp-out 5\nretry-recipients-after 1s", elsewhere));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("t", "b@there.test");
        await server.TopQueuesSayAsync("All SMTP sources for queue there.test/{default} are now disabled.");
        Assert.Single(peer.Sessions);
        await AssertComesBackWithOneConnectionAsync(server, peer, gate);
    }

    [Fact]
    public async Task Backoff_mode_with_gradual_recovery_ends_with_one_connection()
    {
        using var providers = Knowing("");
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script
            .On("MAIL", "421 4.7.0 slow down").Always(".", PeerAnswer.After(gate.Task, "250 2.0.0 taken")));
        await using var elsewhere = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync("""
            <smtp-pattern-list rules>
              reply /slow down/ mode=backoff,backoff-to-normal-after=2s
            </smtp-pattern-list>

            """ + Config(providers, peer, """
            smtp-pattern-list rules
            max-smtp-out 5
            backoff-max-msg-rate 1/h
            backoff-recovery gradual
            retry-recipients-after 1s
            """, elsewhere));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.LogSaysAsync("queue there.test/{default} is in backoff mode");
        await AssertComesBackWithOneConnectionAsync(server, peer, gate);
    }

    [Fact]
    public async Task A_quota_of_the_net_stops_every_address_of_it_and_somebody_hears_of_it()
    {
        using var providers = Knowing("reply net-quota rate source-net /^421[ -].*your netblock/ suspend=1h,alert");
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.28 unusual rate from your netblock"));
        await using var home = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync("""
            <virtual-mta v>
              smtp-source-host 127.0.0.2 two.mx.test
              smtp-source-host 127.0.0.3 three.mx.test
              smtp-source-host 127.0.1.3 far.mx.test
            </virtual-mta>

            """ + Config(providers, peer, "backoff-notify ops@home.test\nlog-disabled-ips yes\nmax-smtp-out 1", home));
        await server.SendAsync("a@sender.test", "b@there.test", "X-Virtual-MTA: v\r\nSubject: hello\r\n\r\nhello\r\n");
        ReceivedMessage notice = await home.NextMessageAsync();
        string said = Encoding.ASCII.GetString(notice.Content);

        Assert.StartsWith("RCPT TO:<ops@home.test>", Assert.Single(notice.Recipients));
        Assert.Contains("a reply that needs somebody's attention", said);
        await server.LogSaysAsync("a reply needs attention: 127.0.0.1 (127.0.0.1) said 421 4.7.28 unusual rate from your netblock");
        string refused = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];
        string[] stopped = refused == "127.0.1.3" ? ["127.0.1.3"] : ["127.0.0.2", "127.0.0.3"];
        foreach (string address in (string[])["127.0.0.2", "127.0.0.3", "127.0.1.3"])
        {
            await Eventually.TrueAsync(() => server.LogHas($"source address {address} disabled") == stopped.Contains(address), TimeSpan.FromSeconds(20), address);
        }
    }

    [Fact]
    public async Task A_quota_of_the_senders_domain_holds_its_mail_and_nobody_elses()
    {
        using var providers = Knowing("reply spf-quota rate mail-from-domain /^421[ -].*your SPF domain/ suspend=1h");
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.28 unusual rate of mail from your SPF domain"));
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, "retry-recipients-after 1s"));
        await server.SendAsync("a@busy.test", "b@there.test");
        await server.RecordAsync("t", "b@there.test");
        await server.SendAsync("a@busy.test", "c@there.test");
        await server.SendAsync("a@calm.test", "d@there.test");

        await server.RecordAsync("d", "d@there.test");

        await Eventually.TrueAsync(() => server.Waiting == 2, TimeSpan.FromSeconds(20), server.TopQueues);
        Assert.Single(server.Accounting.Of("d"));
    }

    [Fact]
    public async Task A_connection_that_has_had_its_share_is_opened_anew_without_a_penalty()
    {
        using var providers = Knowing("reply share msgs-per-conn connection /^421[ -].*enough for this session/ reconnect");
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "250 2.1.0 ok", PeerAnswer.Farewell("421 4.7.0 enough for this session")));
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, "max-smtp-out 1\nconnection-idle-timeout 20s"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        await server.SendAsync("a@sender.test", "c@there.test");

        await server.RecordAsync("d", "c@there.test");

        Assert.Equal(2, peer.Sessions.Count);
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    [Fact]
    public async Task A_rule_of_the_users_comes_first()
    {
        using var providers = Knowing("reply hour-block block message /^550[ -].*for an hour/ temporary,retry=1s");
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "550 5.7.1 blocked for an hour"));
        await using RunningServer server = await RunningServer.StartAsync(
            "<smtp-pattern-list rules>\nreply /blocked/ mode=backoff\n</smtp-pattern-list>\n" + Config(providers, peer, "smtp-pattern-list rules"));
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("b", "b@there.test");
        await server.LogSaysAsync("queue there.test/{default} is in backoff mode");
    }

    [Fact]
    public async Task Shipped_rules_can_be_switched_off()
    {
        using var providers = Knowing("reply hour-block block message /^550[ -].*for an hour/ temporary,retry=1s");
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "550 5.7.1 blocked for an hour"));
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, "shipped-reply-patterns no"));
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("b", "b@there.test");
    }

    [Fact]
    public async Task A_threshold_waits_for_as_many_replies_as_it_says()
    {
        using var providers = Knowing("");
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.0 slow down", "451 4.7.0 slow down"));
        await using RunningServer server = await RunningServer.StartAsync(
            "<smtp-pattern-list rules>\nreply /slow down/ mode=backoff,threshold=2/1h\n</smtp-pattern-list>\n" + Config(providers, peer, "smtp-pattern-list rules"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("t", "b@there.test");
        Assert.False(server.LogHas("is in backoff mode"));
        await server.SendAsync("a@sender.test", "c@there.test");

        await server.LogSaysAsync("queue there.test/{default} is in backoff mode");
    }

    [Fact]
    public async Task Refusals_that_nobody_knows_are_counted_for_the_operator()
    {
        using var providers = Knowing("reply known block message /^550[ -].*known/ fail");
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "554 5.9.9 something new from 192.0.2.17", "554 5.9.9 something new from 192.0.2.18", "550 5.7.1 known"));
        await using var home = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(providers, peer, elsewhere: home));
        foreach (string name in new[] { "b", "c", "d" })
        {
            await server.SendAsync("a@sender.test", $"{name}@there.test");
            await server.RecordAsync("b", $"{name}@there.test");
        }

        UnclassifiedReply reply = Assert.Single(server.Server.Operator.ShowUnclassified(10).Replies);
        Assert.Equal(2, reply.Count);
        Assert.Equal("554 5.9.9 something new from 192.0.2.17", reply.Sample);
    }

    private static async Task AssertComesBackWithOneConnectionAsync(RunningServer server, ScriptedSmtpServer peer, TaskCompletionSource gate)
    {
        foreach (string name in new[] { "c", "d", "e", "f" })
        {
            await server.SendAsync("a@sender.test", $"{name}@there.test");
        }

        await Eventually.TrueAsync(() => peer.Sessions.Count == 2, TimeSpan.FromSeconds(20), () => $"a second session; there are {peer.Sessions.Count}");

        // Mail that came later to where no limit holds is there: this queue has had its turn.
        await server.SendAsync("a@sender.test", "x@elsewhere.test");
        await server.RecordAsync("d", "x@elsewhere.test");
        Assert.Equal(2, peer.Sessions.Count);
        gate.SetResult();
        await server.EmptyAsync();
        Assert.Empty(server.Accounting.Of("b"));
    }

    private static ProvidersOnDisk Knowing(string rule) => new($"""
        <provider big>
          domain there.test
          {rule}
        </provider>
        """);

    private static string Config(ProvidersOnDisk providers, ScriptedSmtpServer peer, string more = "", ScriptedSmtpServer? elsewhere = null) => $"""
        {providers.Line}
        <domain *>
          smtp-hosts [127.0.0.1]:{(elsewhere ?? peer).Port}
          retry-after 5h
          retry-recipients-after 5h
        </domain>
        <domain there.test>
          smtp-hosts [127.0.0.1]:{peer.Port}
          {more}
        </domain>

        """;
}
