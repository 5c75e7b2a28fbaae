using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Api;

/// <summary>What the API says of time that a test moves.</summary>
public sealed class HistoryApiTests : IAsyncLifetime
{
    private readonly TestServer _server = new() { ListsScheduler = true };
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-history-").FullName;
    private readonly HttpClient _http = new();
    private WebConsole _console = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ActivityBook Activity => _server.Traffic.Activity;

    public async ValueTask InitializeAsync()
    {
        var token = ControlToken.Create(Path.Combine(_folder, "token"));
        _console = await WebConsole.StartAsync(
            _server.Operator, 0, token, NullLoggerFactory.Instance, Cancellation, routes => ApiRoutes.Map(routes, _server.Operator));
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_console.Port}/api/v1/");
        _http.DefaultRequestHeaders.Add(ControlToken.Header, File.ReadAllText(token.Path).Trim());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("queues/a.example/v1")]
    [InlineData("destinations/a.example")]
    public async Task A_queue_and_a_destination_say_what_they_did_minute_by_minute(string path)
    {
        _server.Enqueue("v1", ["ann@a.example"]);
        Assert.Equal(JsonValueKind.Null, (await GetAsync(path)).GetProperty("history").ValueKind);
        Settle("a.example", delivered: 3, deferred: 2, bounced: 1);
        int minute = EndMinute(waiting: 12, connections: 4);

        JsonElement history = (await GetAsync(path)).GetProperty("history");

        Assert.Equal((60, ApiTime.Whole(new Instant((minute - 58L) * TimeSpan.TicksPerMinute))), (history.GetProperty("step").GetInt32(), history.GetProperty("start").GetDateTime()));
        Assert.Equal("3 2 1 12 4", Last(history, 60));
        Assert.Equal(JsonValueKind.Null, history.GetProperty("series").GetProperty("queued")[58].ValueKind);
    }

    [Fact]
    public async Task A_queue_that_cannot_be_tried_shows_how_its_mail_grows()
    {
        _server.Enqueue("v1", ["ann@a.example"]);
        Activity.QueueFailed("a.example", "v1", _server.Clock.Now);
        EndMinute(waiting: 12, connections: 0);

        Assert.Equal("0 0 0 12 0", Last((await GetAsync("queues/a.example/v1")).GetProperty("history"), 60));
        Assert.Empty(Activity.Destinations());
    }

    [Fact]
    public async Task The_last_day_is_told_by_tens_of_minutes()
    {
        _server.Enqueue("v1", ["ann@a.example"]);
        for (int i = 0; i < 25; i++)
        {
            Settle("a.example", delivered: 2);
            EndMinute(waiting: 7, connections: 1);
        }

        JsonElement history = (await GetAsync("queues/a.example/v1?history=day")).GetProperty("history");

        Assert.Equal(600, history.GetProperty("step").GetInt32());
        Assert.Equal("20 0 0 7 1", Last(history, 144));
        using HttpResponseMessage wrong = await _http.GetAsync("queues/a.example/v1?history=week", Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task A_job_is_as_fast_as_it_was_in_the_last_ten_minutes_and_ends_by_that()
    {
        _server.Enqueue("v1", [.. Enumerable.Range(0, 120).Select(i => $"r{i}@a.example")], job: "june");
        Activity.Accepted("june", 1000, _server.Clock.Now);
        Settle("a.example", delivered: 5000, job: "june");
        _server.Time.Advance(TimeSpan.FromHours(5));
        for (int i = 0; i < 11; i++)
        {
            _server.Time.Advance(TimeSpan.FromMinutes(1));
            Settle("a.example", delivered: 12, job: "june");
        }

        JsonElement job = await GetAsync("jobs/june");
        Assert.InRange(job.GetProperty("perMinute").GetDouble(), 11.5, 13.5);
        double minutes = (job.GetProperty("endsAt").GetDateTime() - _server.Clock.Now.ToUtc()).TotalMinutes;
        Assert.Equal(120 / job.GetProperty("perMinute").GetDouble(), minutes, tolerance: 0.2);

        _server.Time.Advance(TimeSpan.FromMinutes(12));
        job = await GetAsync("jobs/june");
        Assert.Equal(0, job.GetProperty("perMinute").GetDouble());
        Assert.Equal(JsonValueKind.Null, job.GetProperty("endsAt").ValueKind);
    }

    private static string Last(JsonElement history, int steps)
    {
        string[] names = ["delivered", "deferred", "bounced", "queued", "connections"];
        JsonElement series = history.GetProperty("series");
        Assert.All(names, name => Assert.Equal(steps, series.GetProperty(name).GetArrayLength()));
        return string.Join(' ', names.Select(name => series.GetProperty(name)[steps - 1].GetRawText()));
    }

    private void Settle(string destination, int delivered = 0, int deferred = 0, int bounced = 0, string job = "") => Activity.Settled(
        new SettledRecipients(destination, "v1", null, job, delivered, deferred, bounced, 250, "ok", _server.Clock.Now));

    /// <summary>The minute that ends.</summary>
    private int EndMinute(long waiting, int connections)
    {
        int minute = (int)(_server.Clock.Now.Ticks / TimeSpan.TicksPerMinute);
        _server.Time.Advance(TimeSpan.FromMinutes(1));
        Activity.History.EndMinute(
            minute, [.. Activity.History.Queues.Select(queue => new WaitingMail<QueueName>(queue, waiting, connections))],
            [.. Activity.History.Destinations.Select(destination => new WaitingMail<string>(destination, waiting, connections))]);
        return minute;
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using JsonDocument document = JsonDocument.Parse(await _http.GetStringAsync(path, Cancellation));
        return document.RootElement.Clone();
    }
}
