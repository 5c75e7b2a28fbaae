// "trace" on a running server: which connections it sees, what it shows of them, and when it says at once that nothing can go.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheOperatorTraces
{
    [Fact]
    public async Task Mail_that_goes_over_a_connection_that_is_open_already_is_seen()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted", "250 2.1.5 ok"));
        await using RunningServer server = await StartAsync(peer, "connection-idle-timeout 1m");
        await server.SendAsync("a@sender.test", ["later@there.test"], "X-Virtual-MTA: v1\r\n\r\nhello\r\n");
        await server.RecordAsync("t", "later@there.test");
        await DeferredAsync(server);

        string dialog = await server.RunAsync("trace --retry-recipients there.test");

        Assert.Matches(
            @"^over the connection to 127\.0\.0\.1 \(127\.0\.0\.1\) from 127\.0\.0\.[12], which is open already\n<<< RSET\n", dialog);
        Assert.Contains("<<< RCPT TO:<later@there.test>", dialog, StringComparison.Ordinal);
        Assert.EndsWith("\n>>> 250 2.0.0 taken\n", dialog, StringComparison.Ordinal);
        Assert.Single(peer.Sessions);
    }

    [Fact]
    public async Task The_end_is_seen_when_the_host_drops_the_connection()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted", PeerAnswer.HangUp));
        await using RunningServer server = await StartAsync(peer);
        await server.SendAsync("a@sender.test", ["later@there.test"], "X-Virtual-MTA: v1\r\n\r\nhello\r\n");
        await server.RecordAsync("t", "later@there.test");
        await DeferredAsync(server);

        string dialog = await server.RunAsync("trace --retry-recipients there.test");

        Assert.EndsWith("\nEDISCON in connection to 127.0.0.1 (127.0.0.1): the host closed the connection\n", dialog, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_connection_is_traced_again()
    {
        await using var peer = new ScriptedSmtpServer(
            script => script.On("RCPT", "451 4.7.1 greylisted", "451 4.7.1 greylisted", "250 2.1.5 ok"));
        await using RunningServer server = await StartAsync(peer, "connection-idle-timeout 1m");
        await server.SendAsync("a@sender.test", ["later@there.test"], "X-Virtual-MTA: v1\r\n\r\nhello\r\n");
        await server.RecordsAsync("t", 1);
        await DeferredAsync(server);

        Assert.Contains("451 4.7.1 greylisted", await server.RunAsync("trace --retry-recipients there.test"), StringComparison.Ordinal);
        await server.RecordsAsync("t", 2);
        await DeferredAsync(server);
        Assert.EndsWith("\n>>> 250 2.0.0 taken\n", await server.RunAsync("trace --retry-recipients there.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_lookups_and_the_source_address_are_shown_where_they_are_asked_for()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted", "250 2.1.5 ok"));
        await using RunningServer server = await StartAsync(peer);
        await server.SendAsync("a@sender.test", ["later@there.test"], "X-Virtual-MTA: v1\r\nSubject: news\r\n\r\nfirst\r\n.second\r\n");
        await server.RecordAsync("t", "later@there.test");
        await DeferredAsync(server);

        string dialog = await server.RunAsync("trace --retry-recipients --log-data --log-resolution --to-log --source-ip=127.0.0.2 there.test/v1");

        Assert.StartsWith(
            $"hosts that the configuration names:\n  127.0.0.1 127.0.0.1:{peer.Port}\nconnecting to 127.0.0.1 (127.0.0.1) from 127.0.0.2\n>>> 220 ",
            dialog, StringComparison.Ordinal);
        Assert.Contains("\n<<< Subject: news\n<<< \n<<< first\n<<< .second\n", dialog, StringComparison.Ordinal);
        await server.LogSaysAsync("trace of there.test/v1: <<< Subject: news");
        Assert.Equal("127.0.0.2", (await server.RecordAsync("d", "later@there.test"))["dlvSourceIp"]);
    }

    [Fact]
    public async Task Names_that_DNS_gives_are_shown_with_their_preference()
    {
        await using var dns = new ScriptedDnsServer();
        await using ScriptedSmtpServer peer = new();
        dns.Zone("there.test").Mx(10, "mx").A("mx", "127.0.0.1");
        await using RunningServer server = await RunningServer.StartAsync($"<domain *>\ndefault-smtp-port {ScriptedSmtpServer.UnusedPort()}\n</domain>\n", dns);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("tq");

        Assert.StartsWith(
            "hosts of there.test by DNS:\n  10 mx.there.test 127.0.0.1\nconnecting to mx.there.test (127.0.0.1)\nECONNREFUSED ",
            await server.RunAsync("trace --log-resolution there.test/{default}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_finds_its_provider_while_it_is_traced_is_seen_to_the_end()
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain big.test\n  mx big.test\n</provider>\n");
        await using var dns = new ScriptedDnsServer();
        await using ScriptedSmtpServer peer = new();
        dns.Zone("big.test").A("mx1", "127.0.0.1");
        dns.Zone("hosted.test").A("www", "127.0.0.9");
        await using RunningServer server = await RunningServer.StartAsync(
            $"{providers.Line}\n<domain *>\ndefault-smtp-port {peer.Port}\nretry-after-dns-error 1h\n</domain>\n", dns);
        await server.SendAsync("a@sender.test", "b@hosted.test");
        await server.RecordAsync("tq");
        dns.Zone("hosted.test").Mx(10, "mx1.big.test");
        await server.RunAsync("clear dnscache *");

        string dialog = await server.RunAsync("trace hosted.test/{default}");

        Assert.StartsWith(
            "the queue shares the limits of big.rollup/{default} from now on: a connection is granted anew under them\nconnecting to mx1.big.test (127.0.0.1)\n",
            dialog, StringComparison.Ordinal);
        Assert.EndsWith("\n>>> 250 2.0.0 taken\n", dialog, StringComparison.Ordinal);
    }

    /// <summary>The record of a deferral is written before the recipient is back in its queue.</summary>
    private static Task DeferredAsync(RunningServer server) => Eventually.TrueAsync(
        () => server.Queue("there.test").WaitReason.Contains("own retry times", StringComparison.Ordinal), TimeSpan.FromSeconds(10));

    private static Task<RunningServer> StartAsync(ScriptedSmtpServer peer, string more = "") => RunningServer.StartAsync($"""
        <virtual-mta v1>
          smtp-source-host 127.0.0.1 one.mx.test
          smtp-source-host 127.0.0.2 two.mx.test
        </virtual-mta>
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after 1h
          {more}
        </domain>
        """);
}
