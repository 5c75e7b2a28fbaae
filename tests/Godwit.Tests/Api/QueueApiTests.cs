using System.Net;
using System.Text.Json;

namespace Godwit.Tests.Api;

public sealed class QueueApiTests
{
    [Fact]
    public async Task Pages_by_cursor_show_every_queue_once_while_others_come_and_go()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(230);
        var seen = new List<string>();
        string cursor = "";
        int page = 0;
        do
        {
            JsonElement answer = await lab.GetAsync($"queues?sort=name&limit=50&cursor={cursor}");
            seen.AddRange(answer.GetProperty("items").EnumerateArray().Select(queue => queue.GetProperty("domain").GetString()!));
            cursor = answer.GetProperty("next").GetString() ?? "";

            // New queues before and behind, an old one that goes: what stays is not moved by it.
            page++;
            await lab.FillAsync(3, first: page * 10, domain: "another");
            await lab.Server.RunAsync($"delete --queue=d{page * 60:000000}.example/*");
        }
        while (cursor.Length > 0);

        string[] old = [.. seen.Where(name => name.EndsWith(".example", StringComparison.Ordinal))];
        Assert.Equal(old.Distinct().Order(StringComparer.Ordinal), old);
        string[] stayed = [.. Enumerable.Range(0, 230).Where(i => i == 0 || i % 60 != 0).Select(i => $"d{i:000000}.example")];
        Assert.Empty(stayed.Except(old));
    }

    [Fact]
    public async Task A_list_that_scrolls_asks_by_offset_and_learns_how_many_there_are()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(30);
        await lab.Server.SendAsync("a@sender.test", ["x@big.example", "y@big.example", "z@big.example"]);

        JsonElement first = await lab.GetAsync("queues?sort=recipients&limit=1");
        JsonElement middle = await lab.GetAsync("queues?sort=recipients&offset=1&limit=2");

        Assert.Equal(31, first.GetProperty("total").GetInt32());
        Assert.Equal("big.example", first.GetProperty("items")[0].GetProperty("domain").GetString());
        Assert.Equal(["d000000.example", "d000001.example"], middle.GetProperty("items").EnumerateArray().Select(queue => queue.GetProperty("domain").GetString()));
    }

    [Theory]
    [InlineData("q=d00001", 10)]
    [InlineData("q=d00001*.example", 10)]
    [InlineData("domain=*7.example", 3)]
    [InlineData("paused=true", 30)]
    [InlineData("paused=false", 0)]
    [InlineData("mode=backoff", 1)]
    [InlineData("connected=true", 0)]
    [InlineData("vmta=another", 0)]
    public async Task Filters_leave_the_queues_that_are_meant(string filter, int expected)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(30);
        await lab.Server.RunAsync("set queue --mode=backoff d000004.example/{default}");

        JsonElement answer = await lab.GetAsync($"queues?{filter}");

        Assert.Equal((expected, expected), (answer.GetProperty("total").GetInt32(), answer.GetProperty("items").GetArrayLength()));
    }

    [Fact]
    public async Task An_action_is_seen_at_once_and_its_undo_takes_it_back()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(1);
        await lab.Server.RunAsync("resume queue */*");

        (HttpStatusCode status, JsonElement done) = await lab.PostAsync("queues/d000000.example/{default}/pause");

        Assert.Equal((HttpStatusCode.OK, "Queue(s) paused."), (status, done.GetProperty("message").GetString()![..16]));
        Assert.True((await lab.GetAsync("queues")).GetProperty("items")[0].GetProperty("paused").GetBoolean());
        JsonElement undo = done.GetProperty("undo");
        Assert.Equal("POST", undo.GetProperty("method").GetString());
        Assert.Equal(HttpStatusCode.OK, (await lab.PostAsync(undo.GetProperty("path").GetString()!)).Status);
        Assert.False((await lab.GetAsync("queues")).GetProperty("items")[0].GetProperty("paused").GetBoolean());
    }

    [Theory]
    [InlineData("pause", "", true)]
    [InlineData("pause", "pause queue d000000.example/{default}", false)]
    [InlineData("pause", "pause queue */*", false)]
    [InlineData("normal", "", false)]
    [InlineData("backoff", "", true)]
    [InlineData("schedule", "", false)]
    public async Task An_undo_is_offered_for_what_has_changed_something_only(string action, string before, bool isOffered)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(1);
        await lab.Server.RunAsync("resume queue */*");
        if (before.Length > 0)
        {
            await lab.Server.RunAsync(before);
        }

        (HttpStatusCode status, JsonElement done) = await lab.PostAsync($"queues/d000000.example/{{default}}/{action}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(isOffered ? JsonValueKind.Object : JsonValueKind.Null, done.GetProperty("undo").ValueKind);
    }

    [Fact]
    public async Task The_undo_of_normal_mode_gives_backoff_mode_the_end_that_it_had()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(1);
        await lab.PostAsync("queues/d000000.example/{default}/backoff?until=2126-01-02T03:04:05.678Z");

        (_, JsonElement done) = await lab.PostAsync("queues/d000000.example/{default}/normal");
        Assert.Equal("normal", await ModeAsync());
        Assert.Equal(HttpStatusCode.OK, (await lab.PostAsync(done.GetProperty("undo").GetProperty("path").GetString()!)).Status);

        Assert.Equal("backoff", await ModeAsync());
        JsonElement queue = await lab.GetAsync("queues/d000000.example/{default}");
        Assert.Equal("2126-01-02T03:04:05.678Z", queue.GetProperty("modeUntil").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await lab.PostAsync("queues/d000000.example/{default}/backoff?until=2020-01-01T00:00:00Z")).Status);

        async Task<string?> ModeAsync() => (await lab.GetAsync("queues/d000000.example/{default}")).GetProperty("mode").GetString();
    }

    [Fact]
    public async Task A_source_that_was_disabled_before_is_not_enabled_by_an_undo()
    {
        await using ApiLab lab = await ApiLab.StartAsync(
            "<virtual-mta v1>\n  smtp-source-host 127.0.0.9 mx.test\n</virtual-mta>\n" + ApiLab.Stuck);
        const string Order = """{"address":"127.0.0.9","queue":"a.example/v1"}""";

        JsonElement first = (await lab.PostAsync("sources/disable", Order)).Answer.GetProperty("undo");
        Assert.Equal("/api/v1/sources/enable", first.GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, (await lab.PostAsync("sources/disable", Order)).Answer.GetProperty("undo").ValueKind);
        JsonElement enabled = (await lab.PostAsync("sources/enable", Order)).Answer.GetProperty("undo");
        Assert.Equal("/api/v1/sources/disable", enabled.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_job_is_found_by_its_own_name_and_one_that_was_paused_offers_no_undo()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        (_, JsonElement done) = await lab.PostAsync("jobs/50%252Foff/pause");
        (_, JsonElement again) = await lab.PostAsync("jobs/50%252Foff/pause");
        await lab.PostAsync("jobs/a%2Fb/pause");

        string[] jobs = [.. (await lab.GetAsync("jobs?sort=name")).GetProperty("items").EnumerateArray().Select(job => job.GetProperty("id").GetString()!)];
        Assert.Equal(["50%2Foff", "a/b"], jobs);
        Assert.Equal("/api/v1/jobs/50%252Foff/resume", done.GetProperty("undo").GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, again.GetProperty("undo").ValueKind);
    }

    [Fact]
    public async Task A_paused_queue_says_why_it_waits_and_what_ends_that()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(1);

        JsonElement why = (await lab.GetAsync("queues/d000000.example/{default}")).GetProperty("why")[0];

        Assert.True(why.GetProperty("binding").GetBoolean());
        Assert.Equal("resume queue d000000.example/{default}", why.GetProperty("fix").GetString());
    }

    [Theory]
    [InlineData("queues?limit=0", 400, "limit=0 is not a number from 1 to 1000")]
    [InlineData("queues?sort=size2", 400, "write one of recipients, name, size, connections, nextRetry")]
    [InlineData("queues?paused=perhaps", 400, "neither true nor false")]
    [InlineData("queues?q=*a*b*c*d*e*f*g*h*i", 400, "q has more than 8 stars and question marks")]
    [InlineData("queues?domain=*0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", 400, "at most 100")]
    [InlineData("destinations?q=*a*b*c*d*e*f*g*h*i", 400, "q has more than 8 stars and question marks")]
    [InlineData("jobs?q=*a*b*c*d*e*f*g*h*i", 400, "q has more than 8 stars and question marks")]
    [InlineData("queues?cursor=xyz", 400, "cursor is none that this server has given")]
    [InlineData("queues/nowhere.example/{default}", 404, "there is no queue nowhere.example/{default}")]
    [InlineData("queues/*/{default}", 400, "names no queue")]
    [InlineData("destinations/nowhere.example", 404, "nothing is known of")]
    [InlineData("jobs/none", 404, "nothing is known of a job")]
    [InlineData("operations/9", 404, "there is no operation 9")]
    [InlineData("recipients", 400, "say whose mail")]
    [InlineData("stream?topics=weather", 400, "there is no topic")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string path, int status, string detail)
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        (HttpStatusCode found, JsonElement problem) = await lab.SendAsync(HttpMethod.Get, path);

        Assert.Equal((status, status), ((int)found, problem.GetProperty("status").GetInt32()));
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_star_pauses_nothing_at_the_address_of_one_queue()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await lab.PostAsync("queues/*/{default}/pause")).Status);
    }
}
