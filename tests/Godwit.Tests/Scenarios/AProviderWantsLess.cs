// Backoff mode and disabled source addresses: how a queue gets there, what holds meanwhile, every way back, who hears of it, and that a restart forgets nothing.

using System.Net;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class AProviderWantsLess
{
    private const string Sources = """
        <virtual-mta v>
          smtp-source-host 127.0.0.2 two.mx.test
          smtp-source-host 127.0.0.3 three.mx.test
        </virtual-mta>

        """;

    [Fact]
    public async Task Backoff_mode_begins_with_one_reply_and_its_retry_times_hold_at_once()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Farewell("421 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, "mode=backoff", "retry-after 1s\nbackoff-retry-after 5h"));
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.LogSaysAsync("queue there.test/{default} is in backoff mode until never: 127.0.0.1 (127.0.0.1) said 421 4.7.0 slow down please");
        await server.RecordAsync("tq");

        Assert.True(server.Queue("there.test").RetryTime.ToUtc() > TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(4), server.TopQueues());
        Assert.Single(peer.Sessions);
    }

    [Fact]
    public async Task The_rate_of_backoff_mode_holds_for_the_next_message()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, "mode=backoff", "backoff-max-msg-rate 1/h"));
        await server.SendAsync("a@sender.test", "b@there.test");
        Assert.Equal("smtp;451 4.7.0 slow down please", (await server.RecordAsync("t", "b@there.test"))["dsnDiag"]);
        await server.SendAsync("a@sender.test", "c@there.test");
        await server.SendAsync("a@sender.test", "d@there.test");

        // Mail that came later to where no limit holds is there: this queue had its turn.
        await server.SendAsync("a@sender.test", "e@elsewhere.test");
        await server.RecordAsync("d", "e@elsewhere.test");

        Assert.InRange(server.Accounting.Of("d").Count(row => row["rcpt"].EndsWith("@there.test", StringComparison.Ordinal)), 0, 1);
        Assert.InRange(server.Queue("there.test").Recipients, 2, 3);
    }

    [Theory]
    [InlineData("mode=backoff,backoff-to-normal-after=1s", "backoff-to-normal-after 1h", "backoff-to-normal-after has passed")]
    [InlineData("mode=backoff", "backoff-to-normal-after 1s", "backoff-to-normal-after has passed")]
    [InlineData("mode=backoff", "backoff-to-normal-after-delivery yes", "mail was delivered")]
    [InlineData("mode=backoff\nreply /all is well/ mode=normal", "", "127.0.0.1 (127.0.0.1) said 250 2.0.0 all is well again")]
    public async Task Backoff_mode_ends_as_configured(string action, string more, string reason)
    {
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.0 slow down please", "250 2.0.0 all is well again"));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer, action, more));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.LogSaysAsync("queue there.test/{default} is in backoff mode");
        if (!reason.StartsWith("backoff-", StringComparison.Ordinal))
        {
            await server.SendAsync("a@sender.test", "c@there.test");
        }

        await server.LogSaysAsync($"queue there.test/{{default}} is in normal mode again: {reason}");
    }

    [Fact]
    public async Task A_disabled_address_is_used_no_more_and_the_queue_goes_on_from_another()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(Sources + Config(peer, "disable-source-ip", "log-disabled-ips yes\nretry-recipients-after 1s"));
        await SendAsync(server, "b@there.test");
        string disabled = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];
        string other = disabled == "127.0.0.2" ? "127.0.0.3" : "127.0.0.2";
        await server.LogSaysAsync($"queue there.test/v: source address {disabled} disabled: 127.0.0.1 (127.0.0.1) said 421 4.7.0 slow down please");
        foreach (string name in new[] { "c", "d", "e", "f" })
        {
            await SendAsync(server, $"{name}@there.test");
        }

        IReadOnlyList<AccountingRow> delivered = await server.RecordsAsync("d", 5);

        Assert.All(delivered, row => Assert.Equal(other, row["dlvSourceIp"]));
    }

    [Fact]
    public async Task A_host_that_greylists_sees_the_same_address_again()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.1 greylisted, slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(
            (Sources + Config(peer, "same-source", "")).Replace("retry-recipients-after 1h", "retry-recipients-after 1s", StringComparison.Ordinal));
        await SendAsync(server, "b@there.test");
        string first = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];
        foreach (string name in new[] { "c", "d", "e" })
        {
            await SendAsync(server, $"{name}@there.test");
        }

        Assert.All(await server.RecordsAsync("d", 4), row => Assert.Equal(first, row["dlvSourceIp"]));
    }

    [Fact]
    public async Task A_sender_who_is_to_send_less_is_slowed_alone()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(
            Config(peer, "rate=1/h,for=2h,scope=mail-from-domain", "")
                .Replace("retry-recipients-after 1h", "retry-recipients-after 1s", StringComparison.Ordinal));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("t", "b@there.test");
        await server.SendAsync("a@sender.test", "c@there.test");

        await server.SendAsync("a@other.test", "d@there.test");
        await server.RecordAsync("d", "d@there.test");

        Assert.DoesNotContain(server.Accounting.Of("d"), row => row["rcpt"] != "d@there.test");
        await Eventually.TrueAsync(() => server.Queue("there.test").Recipients == 2, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_disabled_address_comes_back_after_its_time()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(Sources + Config(peer, "disable-source-ip,reenable-after=1s", "reenable-source-ip-after never"));
        await SendAsync(server, "b@there.test");
        string disabled = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];
        for (int i = 0; i < 500 && !server.Accounting.Of("d").Any(row => row["dlvSourceIp"] == disabled); i++)
        {
            await SendAsync(server, $"c{i}@there.test");
            await server.RecordAsync("d", $"c{i}@there.test");
        }

        Assert.Contains(server.Accounting.Of("d"), row => row["dlvSourceIp"] == disabled);
    }

    [Fact]
    public async Task When_all_addresses_are_disabled_the_queue_says_so_and_keeps_its_mail()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Greeting = "554 5.7.1 slow down please");
        await using RunningServer server = await RunningServer.StartAsync(Sources + Config(peer, "disable-source-ip", "backoff-upon-all-sources-disabled yes"));
        await SendAsync(server, "b@there.test");

        await server.TopQueuesSayAsync("All SMTP sources for queue there.test/v are now disabled.");
        await server.LogSaysAsync("All SMTP sources for queue there.test/v are now disabled.");
        await server.LogSaysAsync("queue there.test/v is in backoff mode until never: all source addresses are disabled");

        Assert.Equal(2, peer.Sessions.Count);
        Assert.Equal(2, (await server.RecordsAsync("tq", 2)).Count(row => row["dsnDiag"] == "smtp;554 5.7.1 slow down please"));
        Assert.Equal(1, server.Waiting);
        Assert.Empty(server.Accounting.Of("b"));
    }

    [Fact]
    public async Task Those_who_want_to_know_get_one_mail_when_it_begins_and_one_when_it_ends()
    {
        await using var home = new ScriptedSmtpServer();
        await using var peer = new ScriptedSmtpServer(script => script.On(".", "451 4.7.0 slow down please", "451 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(
            Config(peer, "mode=backoff", "backoff-notify ops@home.test\nbackoff-to-normal-after-delivery yes") + Home(home));
        foreach (string name in new[] { "b", "c" })
        {
            await server.SendAsync("a@sender.test", $"{name}@there.test");
            await server.RecordAsync("t", $"{name}@there.test");
        }

        ReceivedMessage began = await home.NextMessageAsync();
        await server.SendAsync("a@sender.test", "d@there.test");
        ReceivedMessage ended = await home.NextMessageAsync();

        Assert.StartsWith("MAIL FROM:<>", began.Mail);
        Assert.StartsWith("RCPT TO:<ops@home.test>", Assert.Single(began.Recipients));
        string text = Encoding.ASCII.GetString(began.Content);
        Assert.Contains("Subject: there.test/{default}: backoff mode began", text);
        Assert.Contains("451 4.7.0 slow down please", text);
        Assert.Contains("godwit set queue --mode=normal there.test/{default}", text);
        Assert.Contains("backoff mode ended", Encoding.ASCII.GetString(ended.Content));
        await server.EmptyAsync("home.test");
        Assert.Equal(0, home.MessagesWaiting);
    }

    [Fact]
    public async Task Disabled_addresses_are_told_too()
    {
        await using var home = new ScriptedSmtpServer();
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(
            Sources + Config(peer, "disable-source-ip", "disabled-source-ip-notify ops@home.test") + Home(home));
        await SendAsync(server, "b@there.test");
        string disabled = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];

        string text = Encoding.ASCII.GetString((await home.NextMessageAsync()).Content);

        Assert.Contains("Subject: there.test/v: a source address was disabled", text);
        Assert.Contains($"godwit enable source {disabled} there.test/v", text);
    }

    [Fact]
    public async Task A_restart_forgets_neither_the_mode_nor_the_disabled_addresses()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("MAIL", "421 4.7.0 slow down please"));
        await using RunningServer server = await RunningServer.StartAsync(
            Sources + Config(peer, "disable-source-ip,mode=backoff", "backoff-to-normal-after-delivery yes"));
        await SendAsync(server, "b@there.test");
        string disabled = (await server.RecordAsync("t", "b@there.test"))["dlvSourceIp"];
        await server.StopAsync();

        await server.StartAsync();
        await server.LogSaysAsync("1 queues are in the state that they had before the restart");
        foreach (string name in new[] { "c", "d", "e", "f" })
        {
            await SendAsync(server, $"{name}@there.test");
        }

        // It can end only where it had lasted.
        await server.LogSaysAsync("queue there.test/v is in normal mode again: mail was delivered");
        Assert.DoesNotContain(await server.RecordsAsync("d", 4), row => row["dlvSourceIp"] == disabled);
    }

    private static Task SendAsync(RunningServer server, string recipient) =>
        server.SendAsync("a@sender.test", recipient, "X-Virtual-MTA: v\r\nSubject: hello\r\n\r\nhello\r\n");

    private static string Config(ScriptedSmtpServer peer, string action, string more) => $"""
        <smtp-pattern-list rules>
          reply /slow down/ {action}
        </smtp-pattern-list>
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-after 1h
          retry-recipients-after 1h
        </domain>
        <domain there.test>
          smtp-pattern-list rules
          {more}
        </domain>

        """;

    private static string Home(ScriptedSmtpServer home) => $"""
        <domain home.test>
          smtp-hosts [127.0.0.1]:{home.Port}
        </domain>

        """;
}
