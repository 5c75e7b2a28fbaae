// The numbers of a whole server at those who watch it, and mail that does not care how they behave.

using System.Globalization;
using System.Net;
using Godwit.Diagnostics;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class NumbersAreSent
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Graphite_gets_what_metrics_says()
    {
        await using var carbon = new CarbonReceiver(CarbonManners.Reads);
        int web = Tool.FreePort();
        await using RunningServer server = await StartAsync($"""
            http-mgmt-port {web}
            statistics-interval 1
            <statistics graphite>
              host 127.0.0.1
              port {carbon.Port}
              prefix mta1
            </statistics>
            """);
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test"]);
        await server.RecordsAsync("d", 2);

        await Eventually.TrueAsync(() => carbon.Lines.Any(line => line.StartsWith("mta1.godwit_recipients_delivered_total 2 ", StringComparison.Ordinal)), _patience);
        using var http = new HttpClient();
        string metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{web}/metrics"), TestContext.Current.CancellationToken);
        HashSet<string> scraped = [.. metrics.Split('\n').Where(line => line is not ['#', ..] and not "").Select(AsPath)];
        HashSet<string> pushed = [.. carbon.Lines.Select(line => line["mta1.".Length..line.IndexOf(' ', StringComparison.Ordinal)])];
        Assert.Empty(scraped.Except(pushed));
        Assert.Contains("godwit_recipients_delivered_total 2", metrics, StringComparison.Ordinal);
        Assert.Contains("godwit_destination_recipients_total{destination=\"there.test\",result=\"delivered\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("godwit_time_to_deliver_seconds_count 2", metrics, StringComparison.Ordinal);
        Assert.Contains("godwit_accepting 1", metrics, StringComparison.Ordinal);
        Assert.Equal(1, carbon.Connections);
        Assert.Empty(server.Server.Alarms.Read());
    }

    [Fact]
    public async Task A_dead_graphite_holds_no_mail_up_is_seen_and_gets_the_numbers_when_it_comes_back()
    {
        int port = Tool.FreePort();
        await using RunningServer server = await StartAsync(Graphite(port));
        Alarm alarm = await AlarmAsync(server);
        Assert.Equal($"statistics graphite 127.0.0.1:{port}", alarm.Name);
        Assert.Contains("refused", alarm.Text, StringComparison.Ordinal);
        await MailGoesOnAsync(server);
        await server.LogSaysAsync($"statistics graphite 127.0.0.1:{port} does not take the numbers of this server: ");

        await using var carbon = new CarbonReceiver(CarbonManners.Reads, port);
        await Eventually.TrueAsync(() => carbon.Lines.Any(line => line.StartsWith("godwit_recipients_delivered_total 50 ", StringComparison.Ordinal)), _patience);
        await Eventually.TrueAsync(() => server.Server.Alarms.Count == 0, _patience);
        await server.LogSaysAsync($"statistics graphite 127.0.0.1:{port} takes the numbers of this server again");
    }

    [Fact]
    public async Task A_graphite_that_resets_every_connection_holds_no_mail_up_and_is_seen()
    {
        await using var carbon = new CarbonReceiver(CarbonManners.Resets);
        await using RunningServer server = await StartAsync(Graphite(carbon.Port));
        await AlarmAsync(server);
        await MailGoesOnAsync(server);
        await Eventually.TrueAsync(() => carbon.Connections >= 2, _patience);
        Assert.Single(server.Server.Alarms.Read());
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_graphite_that_never_reads_holds_no_mail_up_and_is_seen()
    {
        await using var carbon = new CarbonReceiver(CarbonManners.NeverReads);
        await using RunningServer server = await StartAsync(Graphite(carbon.Port, prefix: new string('p', 1000)));
        await Eventually.TrueAsync(() => carbon.Connections > 0, _patience);
        await MailGoesOnAsync(server);
        Assert.Contains("it takes nothing for 10 seconds", (await AlarmAsync(server)).Text, StringComparison.Ordinal);
        await MailGoesOnAsync(server, before: 50);
    }

    [Fact]
    public async Task A_reload_ends_what_is_no_longer_wanted_and_its_alarm()
    {
        await using var carbon = new CarbonReceiver(CarbonManners.Reads);
        await using RunningServer server = await StartAsync(Graphite(Tool.FreePort()));
        await AlarmAsync(server);

        await server.ReloadAsync(Graphite(carbon.Port) + "\n");

        await Eventually.TrueAsync(() => carbon.Lines.Length > 0 && server.Server.Alarms.Count == 0, _patience);
    }

    [Fact]
    public async Task OpenTelemetry_gets_the_numbers_and_one_that_refuses_them_is_seen()
    {
        int port = Tool.FreePort();
        using var collector = new HttpListener();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        await using RunningServer server = await StartAsync($"""
            statistics-interval 1
            <statistics otlp>
              endpoint http://127.0.0.1:{port}
            </statistics>
            """);
        string body = await TakeAsync(collector, HttpStatusCode.OK);
        Assert.Contains("godwit_recipients_delivered_total", body, StringComparison.Ordinal);
        Assert.Contains("godwit_time_to_deliver_seconds_bucket", body, StringComparison.Ordinal);
        Assert.Contains("service.name", body, StringComparison.Ordinal);

        await TakeAsync(collector, HttpStatusCode.BadRequest);
        Assert.StartsWith($"statistics otlp http://127.0.0.1:{port}/v1/metrics", (await AlarmAsync(server)).Name, StringComparison.Ordinal);
        await TakeAsync(collector, HttpStatusCode.OK);
        await Eventually.TrueAsync(() => server.Server.Alarms.Count == 0, _patience);
    }

    [Fact]
    public async Task What_became_of_mail_is_known_by_job_and_by_recipient_and_a_restart_counts_what_waits()
    {
        await using RunningServer server = await RunningServer.StartAsync($$"""
            <domain there.test>
              type discard
            </domain>
            <domain *>
              smtp-hosts [127.0.0.1]:{{ScriptedSmtpServer.UnusedPort()}}
              retry-after 1h
            </domain>
            """);
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test", "d@closed.test"], "X-Job: summer\r\nSubject: x\r\n\r\nhello\r\n");
        await server.RecordsAsync("d", 2);
        TrafficCounters traffic = server.Server.Traffic;
        await Eventually.TrueAsync(() => traffic.Activity.Job("summer", default) is { Accepted: 3, Delivered: 2 }, _patience);
        RecipientEvent[] events = [.. traffic.Events.Read(new EventQuestion { Recipient = "b@there.test" }, 10)];
        Assert.Equal([RecipientEventKind.Delivered, RecipientEventKind.Accepted], events.Select(one => one.Kind));
        Assert.Equal((IPAddress.Loopback, "summer", "there.test/{default}"), (events[1].Source, events[1].Job, events[1].Queue));

        await server.StopAsync();
        await server.StartAsync();

        JobActivity job = server.Server.Traffic.Activity.Job("summer", default)!.Value;
        Assert.Equal((1, 0), (job.Accepted, job.Delivered));
    }

    private static Task<RunningServer> StartAsync(string config) => RunningServer.StartAsync(config + """

        <domain *>
          type discard
        </domain>
        """);

    private static string Graphite(int port, string prefix = "") => $"""
        statistics-interval 1
        <statistics graphite>
          host 127.0.0.1
          port {port}
          {(prefix.Length > 0 ? $"prefix {prefix}" : "")}
        </statistics>
        """;

    private static async Task MailGoesOnAsync(RunningServer server, int before = 0)
    {
        for (int i = 0; i < 10; i++)
        {
            await server.SendAsync("a@sender.test", [.. Enumerable.Range(0, 5).Select(j => $"r{i}-{j}@there.test")]);
        }

        Assert.Equal(before + 50, (await server.RecordsAsync("d", before + 50)).Count);
        await Eventually.TrueAsync(() => server.Server.Traffic.Out.Recipients.Total == before + 50, _patience);
    }

    private static async Task<Alarm> AlarmAsync(RunningServer server)
    {
        Alarm? alarm = null;
        await Eventually.TrueAsync(() => (alarm = server.Server.Alarms.Read() is [Alarm first, ..] ? first : null) is not null, TimeSpan.FromSeconds(40));
        return alarm!;
    }

    private static async Task<string> TakeAsync(HttpListener collector, HttpStatusCode answer)
    {
        HttpListenerContext context = await collector.GetContextAsync().WaitAsync(_patience, TestContext.Current.CancellationToken);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body, TestContext.Current.CancellationToken);
        context.Response.StatusCode = (int)answer;
        context.Response.Close();
        return System.Text.Encoding.Latin1.GetString(body.ToArray());
    }

    /// <summary>A line of /metrics as Graphite names it.</summary>
    private static string AsPath(string line)
    {
        string name = line[..line.LastIndexOf(' ')];
        int brace = name.IndexOf('{', StringComparison.Ordinal);
        if (brace < 0)
        {
            return name;
        }

        var values = name[(brace + 1)..^1].Split("\",").Select(pair => pair[(pair.IndexOf('"', StringComparison.Ordinal) + 1)..].TrimEnd('"'));
        return name[..brace] + string.Concat(values.Select(value => "." + Part(value)));

        static string Part(string value) =>
            value == "+Inf" ? "inf"
            : string.Concat((double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? number.ToString("R", CultureInfo.InvariantCulture) : value)
                .Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));
    }
}
