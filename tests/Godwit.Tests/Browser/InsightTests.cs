using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>What is kept of single queues, destinations and virtual MTAs: the past, open connections, warm-up.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class InsightTests(Chromium chromium, BusyLab lab)
{
    private const string Queue = "/ui/queues/busy.example/v1";

    [Theory]
    [InlineData(Queue, "/queues/busy.example/v1*", "queue-traffic")]
    [InlineData("/ui/destinations/busy.example", "/destinations/busy.example*", "destination-traffic")]
    public async Task Charts_are_full_when_the_page_opens_and_show_the_last_hour_or_the_last_day(string page, string api, string card)
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.AlterAsync(api, (address, answer) => With(answer!, "history", address.Query.Contains("history=day", StringComparison.Ordinal) ? Day : Hour));

        await tab.GoAsync(page);
        ILocator chart = tab.Named(card).GetByRole(AriaRole.Img, new() { Name = "Recipients per minute" });
        await ConsoleTab.Expect(chart).ToHaveAttributeAsync("aria-label", "Recipients per minute. Latest: delivered 59, deferred 2, bounced 1.");
        await ConsoleTab.Expect(tab.Named(card).GetByText("Collecting")).ToHaveCountAsync(0);

        await tab.Named(card).GetByTestId("range-day").ClickAsync();
        await ConsoleTab.Expect(chart).ToHaveAttributeAsync("aria-label", "Recipients per minute. Latest: delivered 14.3, deferred 2, bounced 1.");
        Assert.EndsWith("?range=day", tab.Page.Url, StringComparison.Ordinal);
        await ConsoleTab.Expect(tab.Named(card).GetByTestId("range-day")).ToHaveAttributeAsync("aria-pressed", "true");
        await tab.AssertAccessibleAsync(card);
        await tab.PhotographAsync(card + "-light-1280");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Where_no_history_is_kept_the_chart_says_that_it_begins_with_the_page()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.AlterAsync("/queues/busy.example/v1*", (_, answer) => With(answer!, "history", null));

        await tab.GoAsync(Queue);

        await tab.SaysAsync("queue-traffic", "since this page was opened");
        await ConsoleTab.Expect(tab.Named("queue-traffic").GetByTestId("range-day")).ToHaveCountAsync(0);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Open_connections_are_listed_and_counted_by_source_address()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.AlterAsync("/queues/busy.example/v1*", (_, answer) =>
        {
            answer!["connectionsBySource"]![0]!["connections"] = 7;
            return With(answer, "openConnections", new JsonArray([.. Enumerable.Range(0, 12).Select(i => (JsonNode)new JsonObject
            {
                ["queue"] = "busy.example/v1", ["source"] = "127.0.0.1", ["remote"] = $"192.0.2.{i}", ["host"] = $"mx{i}.busy.example",
                ["since"] = "2026-01-01T00:00:00Z", ["messages"] = i, ["tls"] = i == 0 ? "" : "TLSv1.3", ["state"] = "sending",
            })]));
        });

        await tab.GoAsync(Queue);

        await tab.SaysAsync("connections", "mx0.busy.example");
        await tab.SaysAsync("connections", "192.0.2.0");
        await tab.SaysAsync("connections", "plain text");
        await tab.Expect("connections").Not.ToContainTextAsync("mx11.busy.example");
        await tab.ClickAsync("connections-all");
        await tab.SaysAsync("connections", "mx11.busy.example");
        await ConsoleTab.Expect(tab.Named("queue-sources").Locator("[data-title='Conn.']").First).ToHaveTextAsync("7");
        await tab.AssertAccessibleAsync("connections");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_server_that_tells_no_connections_is_asked_for_none()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.AlterAsync("/queues/busy.example/v1*", (_, answer) =>
        {
            answer!.AsObject().Remove("openConnections");
            answer["connectionsBySource"]![0]!["connections"] = null;
            return answer;
        });

        await tab.GoAsync(Queue);

        await tab.SaysAsync("queue-sources", "127.0.0.1");
        await tab.Expect("connections-card").ToHaveCountAsync(0);
        await ConsoleTab.Expect(tab.Named("queue-sources").Locator("[data-title='Conn.']")).ToHaveCountAsync(0);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_cold_virtual_mta_shows_how_far_its_day_has_come_and_which_destinations_are_full()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.AlterAsync("/virtual-mtas/v1*", (_, answer) => With(
            With(answer!, "warmUp", new JsonObject { ["used"] = 60, ["limit"] = 100, ["full"] = 1, ["destinations"] = 2 }),
            "warmUpDestinations",
            new JsonArray(
                new JsonObject { ["destination"] = "full.example", ["used"] = 50, ["limit"] = 50 },
                new JsonObject { ["destination"] = "open.example", ["used"] = 10, ["limit"] = 50 })));

        await tab.GoAsync("/ui/virtual-mtas/v1");

        await tab.SaysAsync("warm-up-card", "60 of 100 messages");
        await tab.SaysAsync("warm-up", "2 destinations used today, 1 at its limit; 40 messages may still leave for them.");
        await ConsoleTab.Expect(tab.Named("warm-up-card").GetByRole(AriaRole.Progressbar).First).ToHaveAttributeAsync("aria-valuenow", "60");
        ILocator rows = tab.Named("warm-up-destinations").Locator("tbody tr");
        await ConsoleTab.Expect(rows.Nth(0)).ToContainTextAsync("full.example");
        await ConsoleTab.Expect(rows.Nth(0)).ToContainTextAsync("full");
        await ConsoleTab.Expect(rows.Nth(1)).ToContainTextAsync("20 %");
        await tab.AssertAccessibleAsync("warm-up");
        await tab.PhotographAsync("warm-up-light-1280");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_job_says_when_it_ends_at_the_pace_of_the_last_ten_minutes_or_that_this_is_not_known()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        // In days, because the machine may be busy: there are hours until another word stands there.
        DateTimeOffset? ends = DateTimeOffset.UtcNow.AddHours(60.9);
        await tab.AlterAsync("/jobs/newsletter", (_, answer) => With(
            With(With(answer!, "recipients", 900), "perMinute", ends is null ? 0 : 10.5), "endsAt", ends?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")));

        await tab.GoAsync("/ui/jobs/newsletter");
        await tab.SaysAsync("progress-card", "At 10.5 a minute, the pace of the last ten minutes, the rest takes 2 d 12 h");

        ends = null;
        await tab.SaysAsync("progress-card", "Nothing has left it in the last ten minutes: there is no estimate.");
        tab.AssertQuiet();
    }

    /// <summary>Sixty minutes; the newest has 59 delivered.</summary>
    private static JsonObject Hour => History(60, 60, 1);

    /// <summary>A day of ten minutes; the newest has 143, a tenth of it in each minute.</summary>
    private static JsonObject Day => History(144, 600, 10);

    private static JsonObject History(int points, int step, int minutes)
    {
        return new JsonObject
        {
            ["step"] = step,
            ["start"] = "2026-01-01T00:00:00Z",
            ["series"] = new JsonObject
            {
                ["delivered"] = Line(i => i), ["deferred"] = Line(_ => 2 * minutes), ["bounced"] = Line(_ => minutes),
                ["queued"] = Line(i => i < 3 ? null : 1000 + i), ["connections"] = Line(_ => 4),
            },
        };

        JsonArray Line(Func<int, int?> value) => [.. Enumerable.Range(0, points).Select(i => (JsonNode?)value(i))];
    }

    private static JsonNode With(JsonNode answer, string name, JsonNode? value)
    {
        answer[name] = value;
        return answer;
    }
}
