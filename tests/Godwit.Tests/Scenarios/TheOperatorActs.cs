// Verbs that change something, on a running server: what they do to mail, and what the records say of it.

using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheOperatorActs
{
    [Fact]
    public async Task Mail_of_a_paused_queue_waits_and_goes_when_it_is_resumed()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);

        // Before the queue exists: nothing of it may slip out.
        Assert.Equal("Queue(s) paused.\n", await server.RunAsync("pause queue there.test/{default}"));
        await server.SendAsync("a@sender.test", "held@there.test");
        await server.SendAsync("a@sender.test", "free@elsewhere.test");
        await server.RecordAsync("d", "free@elsewhere.test");
        await Eventually.TrueAsync(() => server.Waiting == 1, TimeSpan.FromSeconds(10));
        Assert.Contains(" P ", await server.RunAsync("show queues there.test"), StringComparison.Ordinal);

        Assert.Equal("Queue(s) resumed.\n", await server.RunAsync("resume queue */*"));
        await server.RecordAsync("d", "held@there.test");
    }

    [Fact]
    public async Task A_paused_job_waits_in_every_queue_and_other_jobs_go()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);
        Assert.StartsWith("paused job.\nNo mail of \"campaign-7\" is here.", await server.RunAsync("pause job campaign-7"), StringComparison.Ordinal);

        await server.SendAsync("a@sender.test", ["x@there.test", "y@elsewhere.test"], "X-Job: campaign-7\r\nSubject: news\r\n\r\nnews\r\n");
        await server.SendAsync("a@sender.test", ["z@there.test", "z@elsewhere.test"], "X-Job: reset\r\nSubject: reset\r\n\r\nreset\r\n");
        await server.RecordsAsync("d", 2);

        Assert.All(server.Accounting.Of("d"), row => Assert.StartsWith("z@", row["rcpt"], StringComparison.Ordinal));
        Assert.Matches("campaign-7 +2 .* P\n", await server.RunAsync("show jobs"));
        Assert.Matches(@"there\.test/.default. .* J ", await server.RunAsync("show queues there.test"));
        Assert.Equal("resumed job.\n", await server.RunAsync("resume job campaign-7"));
        await server.RecordsAsync("d", 4);
    }

    [Fact]
    public async Task Deleted_recipients_are_recorded_and_nobody_is_told()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);
        await server.RunAsync("pause queue there.test/{default}");
        await server.SendAsync("a@sender.test", ["one@there.test", "two@there.test", "stays@there.test"], "X-Job: campaign-7\r\n\r\nnews\r\n");

        Assert.Equal("Deleted 1 recipient(s).\n", await server.RunAsync("delete --queue=there.test --rcpt=one@*"));
        Assert.Equal("Deleted 1 recipient(s).\n", await server.RunAsync("delete --jobId=campaign-7 --rcpt=two@there.test"));

        Assert.Equal(["one@there.test", "two@there.test"], server.Accounting.Of("b").Select(row => row["rcpt"]));
        AccountingRow deleted = server.Accounting.Of("b")[0];
        Assert.Equal(("smtp;550 5.0.0 deleted by administrator", "failed", "campaign-7"), (deleted["dsnDiag"], deleted["dsnAction"], deleted["jobId"]));
        Assert.StartsWith("5.0.0", deleted["dsnStatus"], StringComparison.Ordinal);
        Assert.Equal(1, server.Waiting);
        Assert.Single(server.Accounting.Of("r"), row => row["orig"] == "a@sender.test" && row["rcpt"] == "one@there.test");
        Assert.DoesNotContain(server.Accounting.Of("r"), row => row["rcpt"] == "a@sender.test");

        // They are gone for good.
        await server.StopAsync();
        await server.StartAsync();
        await server.RunAsync("resume queue there.test");
        await server.RecordAsync("d", "stays@there.test");
        await server.EmptyAsync();
        Assert.Single(server.Accounting.Of("d"));
    }

    [Fact]
    public async Task A_sender_is_told_of_a_deletion_only_where_the_operator_says_so()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);
        await server.RunAsync("pause queue there.test/{default}");
        await server.SendAsync("a@sender.test", "told@there.test");

        Assert.Equal("Deleted 1 recipient(s).\n", await server.RunAsync("delete --queue=there.test --dsn --no-accounting"));

        ReceivedMessage notice = await peer.NextMessageAsync();
        Assert.StartsWith("RCPT TO:<a@sender.test>", Assert.Single(notice.Recipients), StringComparison.Ordinal);
        Assert.Contains("deleted by administrator", Encoding.Latin1.GetString(notice.Content), StringComparison.Ordinal);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task What_an_operator_has_said_of_queues_and_jobs_holds_over_a_restart()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <virtual-mta v1>
              smtp-source-host 127.0.0.1 one.mx.test
              smtp-source-host 127.0.0.2 two.mx.test
            </virtual-mta>
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            """);
        await server.RunAsync("pause queue paused.test/v1");
        await server.RunAsync("pause job campaign-7");
        await server.RunAsync("set queue --mode=backoff slow.test/v1");
        await server.RunAsync("disable source 127.0.0.1 there.test/v1");

        await server.StopAsync();
        await server.StartAsync();
        foreach (string domain in (string[])["paused.test", "slow.test", "there.test"])
        {
            await server.SendAsync("a@sender.test", [$"b@{domain}"], "X-Virtual-MTA: v1\r\n\r\nhello\r\n");
        }

        await server.SendAsync("a@sender.test", ["held@there.test"], "X-Virtual-MTA: v1\r\nX-Job: campaign-7\r\n\r\nnews\r\n");
        Assert.Equal("127.0.0.2", (await server.RecordAsync("d", "b@there.test"))["dlvSourceIp"]);
        await server.RecordAsync("d", "b@slow.test");
        await Eventually.TrueAsync(() => server.Waiting == 2, TimeSpan.FromSeconds(10));
        Assert.Matches(@"paused\.test/v1 .* P ", await server.RunAsync("show queues --paused=yes"));
        Assert.Matches(@"slow\.test/v1 .* B ", await server.RunAsync("show queues --mode=backoff"));
        Assert.Contains("127.0.0.1 ", await server.RunAsync("show disabled sources"), StringComparison.Ordinal);
        Assert.Matches("campaign-7 .* P\n", await server.RunAsync("show jobs"));
    }

    [Fact]
    public async Task A_recipient_that_waits_for_its_next_try_is_listed_and_goes_when_it_is_scheduled()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted", "250 2.1.5 ok"));
        await using RunningServer server = await StartAsync(peer);
        await server.SendAsync("a@sender.test", "later@there.test");
        await server.RecordAsync("t", "later@there.test");
        await server.TopQueuesSayAsync("greylisted");

        Assert.Matches("   1   50 20.* there.test/.default. <a@sender.test> <later@there.test>\n1 recipient", await server.RunAsync("list --queue=there.test"));
        Assert.Equal("1 of 1 matching queues scheduled.\n", await server.RunAsync("schedule --retry-recipients there.test"));
        await server.RecordAsync("d", "later@there.test");
    }

    [Fact]
    public async Task A_resolve_tells_what_the_configuration_makes_of_a_domain_and_what_its_hosts_say()
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain big.test\n  mx big.test\n</provider>\n");
        await using ScriptedSmtpServer peer = new();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx").A("mx", "127.0.0.1");
        dns.Zone("big.test").A("mx1", "127.0.0.9");
        dns.Zone("hosted.test").Mx(10, "mx1.big.test");
        await using RunningServer server = await RunningServer.StartAsync($"""
            {providers.Line}
            <domain smart.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            <domain there.test>
              default-smtp-port {peer.Port}
            </domain>
            <domain gone.test>
              type discard
            </domain>
            <domain alias.test>
              queue-to there.test
            </domain>
            """, dns);

        Assert.Matches(
            @"^status = StatusOk\n pref host name      IP addresses\n   10 mx\.there\.test  127\.0\.0\.1\nmx\.there\.test: gets mail over TLS where it offers that\n"
            + @"connecting to mx\.there\.test \(127\.0\.0\.1\) from 127\.0\.0\.1: 220 [^\n]+\n  TLS: it offers no STARTTLS: it gets mail in plain text\n$",
            await server.RunAsync("resolve --connect --source=127.0.0.1 there.test"));
        Assert.Contains("\n   10 mx1.big.test  127.0.0.9\nIt shares the limits of big.rollup/{default}, under the settings of big.test.\n", await server.RunAsync("resolve hosted.test"), StringComparison.Ordinal);
        Assert.EndsWith(
            $"\nThe configuration (smtp-hosts) sends the mail of smart.test/{{default}} to these hosts, whatever DNS says:\n  127.0.0.1 127.0.0.1:{peer.Port}\n",
            await server.RunAsync("resolve smart.test"), StringComparison.Ordinal);
        Assert.EndsWith("\nThe configuration discards the mail of gone.test/{default}: no host is asked.\n", await server.RunAsync("resolve gone.test"), StringComparison.Ordinal);
        Assert.EndsWith(
            "\nThe mail of alias.test/{default} goes into the queue there.test/{default}, by queue-to: resolve that one.\n",
            await server.RunAsync("resolve alias.test"), StringComparison.Ordinal);
        Assert.Equal("there is no virtual MTA \"v9\" in the configuration\n", await server.RunAsync("resolve there.test/v9"));
        Assert.Matches(
            @"^<<< 127\.0\.0\.1:\d+ tcp, \d+ octets, id \d+, MX there\.test\n(      0.*\n)+>>> 127\.0\.0\.1:\d+ tcp, \d+ octets, id \d+, NOERROR, 1 record\(s\)\n"
            + @"      there\.test \d+ MX 10 mx\.there\.test\n(      0.*\n)+[^$]*\nstatus = StatusOk\n",
            await server.RunAsync("resolve --tcp --dumppackets there.test"));
        Assert.Matches(@"^<<< .*, MX there\.test\n>>> .*, NOERROR, 1 record\(s\)\n      there\.test", await server.RunAsync("resolve --interactive there.test"));
        Assert.Matches(@"^<<< .* tcp, .*, TXT there\.test\n", await server.RunAsync("check spf --tcp --dumppackets 192.0.2.1 there.test"));
        Assert.DoesNotContain("<<<", await server.RunAsync("check mfrom 192.0.2.1 there.test"), StringComparison.Ordinal);
        Assert.Equal("Configuration is valid.\n", (await server.RunAsync("test config")).Split('\n')[0] + "\n");
    }

    [Fact]
    public async Task A_resolve_connects_from_the_first_source_address_of_the_virtual_mta_and_through_its_proxy()
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <virtual-mta far>
              smtp-proxy-source-host 127.0.0.2 127.0.0.1:{proxy.Port} 127.0.0.7 seven.mx.test
            </virtual-mta>
            <virtual-mta near>
              smtp-source-host 127.0.0.3 three.mx.test
            </virtual-mta>
            <domain there.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            """);

        Assert.Contains(
            "connecting to 127.0.0.1 (127.0.0.1) from 127.0.0.3: 220 ", await server.RunAsync("resolve --connect there.test/near"), StringComparison.Ordinal);
        Assert.Equal("127.0.0.3", peer.Sessions[0].Remote.Address.ToString());
        Assert.Matches(
            @"connecting to 127\.0\.0\.1 \(127\.0\.0\.1\) from 127\.0\.0\.7 through the proxy 127\.0\.0\.1: 220 ", await server.RunAsync("resolve --connect there.test/far"));
        Assert.Single(proxy.Headers);
    }

    [Fact]
    public async Task A_rollup_is_resolved_with_its_hosts_and_those_that_joined_it()
    {
        await using ScriptedSmtpServer peer = new();
        await using var dns = new ScriptedDnsServer();
        dns.Zone("corp1.test").Mx(10, "mx").A("mx", "127.0.0.1");
        await using RunningServer server = await RunningServer.StartAsync($"""
            <mx-rollup-list>
              mx mx.corp1.test bigcorp.rollup
            </mx-rollup-list>
            <domain *>
              default-smtp-port {peer.Port}
            </domain>
            """, dns);
        await server.SendAsync("a@sender.test", "b@corp1.test");
        await server.RecordAsync("d", "b@corp1.test");

        string answer = await server.RunAsync("resolve bigcorp.rollup");

        Assert.Equal(
            "A rollup of <mx-rollup-list>, for domains with the MX hosts mx.corp1.test.\nJoined lately by corp1.test/{default}.\n"
            + $"Its mail goes to:\n  mx.corp1.test 127.0.0.1:{peer.Port}\n",
            answer);
    }

    [Fact]
    public async Task A_trace_shows_what_is_said_up_to_the_end_of_the_first_message()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted", "250 2.1.5 ok"));
        await using RunningServer server = await StartAsync(peer);
        await server.SendAsync("a@sender.test", "later@there.test");
        await server.RecordAsync("t", "later@there.test");
        await server.TopQueuesSayAsync("greylisted");

        string dialog = await server.RunAsync("trace --retry-recipients there.test");

        Assert.Matches(
            @"^connecting to 127\.0\.0\.1 \(127\.0\.0\.1\)\n>>> 220 [^\n]+\n<<< EHLO mx\.test\n(>>> 250[^\n]+\n)+<<< MAIL FROM:<a@sender\.test>[^\n]*\n<<< RCPT TO:<later@there\.test>",
            dialog);
        Assert.Contains("\n>>> 250 2.1.5 ok\n", dialog, StringComparison.Ordinal);
        Assert.EndsWith("\n>>> 250 2.0.0 taken\n", dialog, StringComparison.Ordinal);
        await server.RecordAsync("d", "later@there.test");
    }

    [Fact]
    public async Task A_trace_of_a_host_that_is_not_there_says_so()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{ScriptedSmtpServer.UnusedPort()}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("tq");

        Assert.Equal(
            "connecting to 127.0.0.1 (127.0.0.1)\nECONNREFUSED connecting to 127.0.0.1 (127.0.0.1)\n", await server.RunAsync("trace there.test/{default}"));
    }

    [Fact]
    public async Task A_pause_by_pattern_holds_over_a_restart_for_what_comes_behind_it()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);
        Assert.Equal(
            "Queue(s) paused.\n0 queue(s) now; all that there.*/* means later too, until \"resume queue there.*/*\".\n",
            await server.RunAsync("pause queue there.*"));
        await server.StopAsync();
        await server.StartAsync();

        await server.SendAsync("a@sender.test", ["held@there.test", "free@elsewhere.test"]);
        await server.RecordAsync("d", "free@elsewhere.test");
        Assert.Matches(@"there\.test/.default. .* P ", await server.RunAsync("show queues"));

        Assert.Equal("Queue(s) resumed.\n", await server.RunAsync("resume queue */*"));
        await server.RecordAsync("d", "held@there.test");
        await server.StopAsync();
        await server.StartAsync();
        await server.SendAsync("a@sender.test", "again@there.test");
        await server.RecordAsync("d", "again@there.test");
    }

    [Fact]
    public async Task A_domain_is_resolved_as_a_delivery_finds_it()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx").A("mx", "127.0.0.9");
        await using RunningServer server = await RunningServer.StartAsync("", dns);

        Assert.Equal("status = StatusOk\n pref host name      IP addresses\n   10 mx.there.test  127.0.0.9\n", await server.RunAsync("resolve there.test"));
        Assert.StartsWith("status = StatusDnsNoSuchDomain\n", await server.RunAsync("resolve nowhere.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_accounting_file_begins_when_the_last_one_has_records()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);

        await server.RunAsync("rotate acct");
        Assert.Single(Directory.GetFiles(server.Root, "acct-*.csv"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        Assert.Equal("Accounting file rotated.\n", await server.RunAsync("rotate acct acct.csv"));

        Assert.Equal(2, Directory.GetFiles(server.Root, "acct-*.csv").Length);
        Assert.EndsWith("-0001.csv", server.Server.Operator.ShowStatus().AccountingFiles[0], StringComparison.Ordinal);
        await server.SendAsync("a@sender.test", "c@there.test");
        await server.RecordAsync("d", "c@there.test");
    }

    [Fact]
    public async Task A_new_log_file_begins_where_the_operator_says_so()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await StartAsync(peer);

        Assert.Equal("Logging file rotated.\n", await server.RunAsync("rotate log"));

        Assert.Equal(2, Directory.GetFiles(server.Root, "godwit.log*").Length);
    }

    private static Task<RunningServer> StartAsync(ScriptedSmtpServer peer) => RunningServer.StartAsync($"""
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after 1h
        </domain>
        """);
}
