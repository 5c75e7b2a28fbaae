// Reload, restart and stop with mail on its way: a new limit counts at once, and whatever was acknowledged is delivered or still there.

using System.Diagnostics;
using System.Net;
using Godwit.Spool;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheServerStops
{
    [Fact]
    public async Task A_reload_under_load_applies_a_new_limit_and_loses_nothing()
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.After(gate.Task, "250 2.1.0 ok")));
        await using RunningServer server = await RunningServer.StartAsync(WithLimit(peer, 1));
        var loaded = new TaskCompletionSource();
        Task<int> load = SendUntilAsync(server.EndPoint, loaded.Task, most: 400);
        await Eventually.TrueAsync(() => peer.Sessions.Count == 1 && server.Waiting > 20, TimeSpan.FromSeconds(10));

        await server.ReloadAsync(WithLimit(peer, 4));

        await Eventually.TrueAsync(() => peer.Sessions.Count == 4, TimeSpan.FromSeconds(10), () => server.TopQueues());
        loaded.SetResult();
        int sent = await load;
        gate.SetResult();
        IReadOnlyList<AccountingRow> records = await server.RecordsAsync("d", sent);
        Assert.Equal(sent, records.Select(row => row["rcpt"]).Distinct().Count());
        await server.EmptyAsync();
        Assert.Equal(sent, server.Accounting.Of("d").Count);
        Assert.Equal(4, peer.Sessions.Count(session => session.Commands.Count > 0));
    }

    [Fact]
    public async Task Mail_of_a_virtual_mta_that_a_reload_takes_away_goes_back()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "451 4.7.1 greylisted"));
        string domain = $"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 1s
            </domain>

            """;
        await using RunningServer server = await RunningServer.StartAsync(domain + "<virtual-mta v>\n  smtp-source-host 127.0.0.2 v.mx.test\n</virtual-mta>");
        await server.SendAsync("", "b@there.test", "X-Virtual-MTA: v\r\nSubject: x\r\n\r\nx\r\n");
        await server.RecordAsync("t", "b@there.test");

        await server.ReloadAsync(domain);

        AccountingRow record = await server.RecordAsync("b", "b@there.test");
        Assert.StartsWith("5.3.5", record["dsnStatus"]);
        Assert.Equal(("smtp;550 5.3.5 virtual MTA v does not exist any more", "v", "there.test/v"), (record["dsnDiag"], record["vmta"], record["queue"]));
        await server.EmptyAsync();
        Assert.All(peer.Sessions, session => Assert.Equal("127.0.0.2", session.Remote.Address.ToString()));
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_restart_keeps_the_queue_with_its_times()
    {
        await using var peer = new ScriptedSmtpServer(script => script.On("RCPT", "451 4.7.1 greylisted"));
        await using ScriptedSmtpServer other = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain there.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 10s
            </domain>
            <domain other.test>
              smtp-hosts [127.0.0.1]:{other.Port}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");
        AccountingRow delayed = await server.RecordAsync("t", "b@there.test");
        await server.TopQueuesSayAsync("451 4.7.1 greylisted");

        await server.StopAsync();
        await server.StartAsync();

        Assert.Equal(1, server.Waiting);
        Assert.Contains("there.test/{default}", server.TopQueues());
        await server.SendAsync("a@sender.test", "b@other.test");
        await server.RecordAsync("d", "b@other.test");
        Assert.Single(peer.Sessions);
        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");
        Assert.Equal(delayed["timeQueued"], delivered["timeQueued"]);
        Assert.InRange((delivered.Time("timeLogged") - delayed.Time("timeLogged")).TotalSeconds, 9, 25);
        Assert.Single(server.Accounting.Of("t"));
        await server.EmptyAsync();
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task Attempt_counts_and_next_times_survive_stop_and_start()
    {
        TimeSpan wait = TimeSpan.FromSeconds(6);
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "451 4.7.1 greylisted"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after {wait.TotalSeconds}s
            </domain>
            """);
        await server.SendAsync("", ["b@there.test", "c@there.test"]);
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            IReadOnlyList<AccountingRow> tries = await server.RecordsAsync("t", 2 * attempt);
            await server.StopAsync();
            Dictionary<string, RecoveredRecipient> left = await SpoolContents.ReadAsync(server.Spool);
            await server.StartAsync();
            await server.StopAsync();
            Dictionary<string, RecoveredRecipient> untouched = await SpoolContents.ReadAsync(server.Spool);

            Assert.Equal(2 * attempt, tries.Count);
            Assert.Equal(["b@there.test", "c@there.test"], left.Keys.Order());
            Assert.All(left.Values, open => Assert.Equal(attempt, open.Attempts));
            Assert.All(left.Values, open => Assert.InRange(
                (open.NotBefore.ToUtc() - tries[^1].Time("timeLogged").ToUniversalTime()).TotalSeconds, wait.TotalSeconds - 1, wait.TotalSeconds + 2));
            Assert.Equal(left, untouched);
            await server.StartAsync();
            await server.RecordsAsync("t", 2 * (attempt + 1));
            Assert.All(server.Accounting.Of("t").Skip(2 * attempt), row => Assert.InRange(
                (row.Time("timeLogged").ToUniversalTime() - left[row["rcpt"]].NotBefore.ToUtc()).TotalSeconds, -1, 10));
        }
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task Age_counts_across_a_restart()
    {
        await using var peer = new ScriptedSmtpServer(script => script.Always("RCPT", "451 4.7.1 greylisted"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              retry-recipients-after 1h
              bounce-after 10s
            </domain>
            """);
        await server.SendAsync("", "b@there.test");
        await server.RecordAsync("t", "b@there.test");
        await server.StopAsync();
        await server.StartAsync();

        AccountingRow record = await server.RecordAsync("b", "b@there.test");

        Assert.Equal("message-expired", record["bounceCat"]);
        Assert.Equal("smtp;451 4.7.1 greylisted", record["dsnDiag"]);
        Assert.InRange((record.Time("timeLogged") - record.Time("timeQueued")).TotalSeconds, 9, 25);
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_stop_under_load_takes_less_than_ten_seconds_and_loses_nothing()
    {
        var release = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Always(".", PeerAnswer.After(release.Task, "250 2.0.0 taken")));
        await using ScriptedSmtpServer quick = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain there.test>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            <domain quick.test>
              smtp-hosts [127.0.0.1]:{quick.Port}
            </domain>
            """);
        var never = new TaskCompletionSource();
        Task<int>[] loads =
        [
            SendUntilAsync(server.EndPoint, never.Task, most: 5000, "slow"),
            SendUntilAsync(server.EndPoint, never.Task, most: 5000, "fast", "quick.test"),
        ];
        await Eventually.TrueAsync(() => quick.MessagesWaiting > 50 && peer.Sessions.Count > 1, TimeSpan.FromSeconds(20));

        long start = Stopwatch.GetTimestamp();
        await server.StopAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(start);

        int[] acknowledged = await Task.WhenAll(loads);
        Assert.InRange(took.TotalSeconds, 0, 10);
        release.SetResult();
        await server.StartAsync();
        await server.EmptyAsync();
        HashSet<string> delivered = [.. server.Accounting.Of("d").Select(row => row["rcpt"])];
        Assert.All(Enumerable.Range(0, acknowledged[0]), i => Assert.Contains($"slow{i}@there.test", delivered));
        Assert.All(Enumerable.Range(0, acknowledged[1]), i => Assert.Contains($"fast{i}@quick.test", delivered));
    }

    /// <summary>Sends message after message until told to stop or the server is gone; returns how many were acknowledged.</summary>
    private static async Task<int> SendUntilAsync(IPEndPoint server, Task end, int most, string name = "b", string domain = "there.test")
    {
        int sent = 0;
        try
        {
            await using MailClient client = await MailClient.ConnectAsync(server);
            while (sent < most && !end.IsCompleted)
            {
                await client.SendAsync("a@sender.test", [$"{name}{sent}@{domain}"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
                sent++;
            }
        }
        catch (IOException)
        {
            // The server stops. What it has acknowledged is counted.
            return sent;
        }

        return sent;
    }

    private static string WithLimit(ScriptedSmtpServer peer, int connections) => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          max-smtp-out {connections}
        </domain>
        """;
}
