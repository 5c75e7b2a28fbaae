using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;

namespace Godwit.Tests.Web;

/// <summary>Each level tried against each address and method of the port's own; those of other rooms are tried in Scenarios.</summary>
public sealed class RouteLevelTests
{
    private static readonly AccessLevel[] _levels = [AccessLevel.None, AccessLevel.Monitor, AccessLevel.Operator, AccessLevel.Admin];

    /// <summary>Who may use what: written down here once more, so that a level that is changed by mistake is seen.</summary>
    public static TheoryData<string, string, AccessLevel> Routes => new()
    {
        { "GET", "/", AccessLevel.None },
        { "GET", "/ui", AccessLevel.None },
        { "GET", "/ui/{*page}", AccessLevel.None },
        { "GET", "/ui/assets/{name}", AccessLevel.None },
        { "GET", "/status", AccessLevel.Monitor },
        { "GET", "/queues", AccessLevel.Monitor },
        { "GET", "/queueDetail", AccessLevel.Monitor },
        { "GET", "/domains", AccessLevel.Monitor },
        { "GET", "/domainDetail", AccessLevel.Monitor },
        { "GET", "/vmtas", AccessLevel.Monitor },
        { "GET", "/jobs", AccessLevel.Monitor },
        { "GET", "/jobDetail", AccessLevel.Monitor },
        { "GET", "/listqueue", AccessLevel.Operator },
        { "GET", "/logs", AccessLevel.Monitor },
        { "GET", "/getFile", AccessLevel.Monitor },
        { "GET", "/getlocalips", AccessLevel.Monitor },
        { "GET", "/configFile", AccessLevel.Operator },
        { "POST", "/configFile", AccessLevel.Admin },
        { "POST", "/command", AccessLevel.Monitor },
        { "GET", "/health", AccessLevel.None },
        { "GET", "/ready", AccessLevel.None },
        { "GET", "/control", AccessLevel.None },
        { "GET", "/api/v1/session", AccessLevel.None },
        { "POST", "/api/v1/session", AccessLevel.None },
        { "DELETE", "/api/v1/session", AccessLevel.Monitor },
        { "", "{*path}", AccessLevel.Monitor },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_route_answers_its_level_and_those_above(string method, string pattern, AccessLevel needed)
    {
        await using PortLab lab = await PortLab.OpenAsync();
        string path = pattern.Contains('{', StringComparison.Ordinal) ? "/" + pattern.TrimStart('/').Split('{')[0] + "x" : pattern;
        foreach (AccessLevel level in _levels)
        {
            lab.Allow(level);
            string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

            PortLab.Answer answer = await lab.SendAsync(new HttpMethod(method.Length > 0 ? method : "GET"), path, null, ("X-CSRF-Token", csrf));

            bool refused = answer.Status == 403;
            bool asked = method == "POST" && path == "/api/v1/session" && level == AccessLevel.None;
            Assert.True(refused == (level < needed || asked), $"{level} {method} {path}: {answer.Status} {answer.Body}");
            if (method == "GET")
            {
                Assert.Equal(answer.Status, (await lab.SendAsync(HttpMethod.Head, path)).Status);
            }
        }
    }

    [Fact]
    public async Task Who_may_see_nothing_gets_the_page_where_one_signs_in_and_no_status()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.None);

        Assert.Contains("<div id=\"app\">", (await lab.GetAsync("/")).Body, StringComparison.Ordinal);
        Assert.Equal(403, (await lab.GetAsync("/?format=json")).Status);
    }

    [Fact]
    public async Task The_table_above_names_every_route()
    {
        await using PortLab lab = await PortLab.OpenAsync();

        Assert.Equal(
            Routes.Select(row => $"{row.Data.Item1} {row.Data.Item2} {row.Data.Item3}").Order(StringComparer.Ordinal),
            lab.Console.Routes.Select(route => $"{route.Method} {route.Pattern} {route.Level}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_route_that_does_not_say_who_may_use_it_stops_the_port_from_opening()
    {
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => PortLab.OpenAsync(
            with: terms => terms with { Routes = [routes => routes.MapGet("/open", () => "everything")] }));

        Assert.Contains("/open", error.Message, StringComparison.Ordinal);
        Assert.Contains("Needs(AccessLevel)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AccessLevel.Monitor)]
    [InlineData(AccessLevel.Operator)]
    [InlineData(AccessLevel.Admin)]
    public async Task A_route_of_another_room_is_kept_like_our_own(AccessLevel needed)
    {
        await using PortLab lab = await PortLab.OpenAsync(
            with: terms => terms with { Routes = [routes => routes.MapPost("/api/v1/thing", () => "done").Needs(needed)] });
        foreach (AccessLevel level in _levels)
        {
            lab.Allow(level);
            string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

            Assert.Equal(level >= needed ? 200 : 403, (await lab.SendAsync(HttpMethod.Post, "/api/v1/thing", null, ("X-CSRF-Token", csrf))).Status);
            Assert.Equal(403, (await lab.SendAsync(HttpMethod.Post, "/api/v1/thing")).Status);
        }
    }

    [Fact]
    public async Task A_refusal_below_api_is_problem_json_and_elsewhere_a_report()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.None);

        PortLab.Answer api = await lab.GetAsync("/api/v1/queues");
        PortLab.Answer page = await lab.GetAsync("/queues?format=json");

        Assert.StartsWith("application/problem+json", api.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(("403", "Forbidden"), (api.Json("status"), api.Json("title")));
        Assert.Equal((403, "error"), (page.Status, page.Json("status")));
    }

    [Theory]
    [InlineData("reload", AccessLevel.Operator)]
    [InlineData("pause queue a.example", AccessLevel.Operator)]
    [InlineData("list --queue=a.example", AccessLevel.Operator)]
    [InlineData("show settings a.example", AccessLevel.Operator)]
    [InlineData("show topqueues", AccessLevel.Monitor)]
    public async Task A_command_needs_the_level_of_what_it_does(string command, AccessLevel needed)
    {
        await using PortLab lab = await PortLab.OpenAsync();
        foreach (AccessLevel level in _levels)
        {
            lab.Allow(level);
            string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

            PortLab.Answer answer = await lab.CommandAsync(command, ("X-CSRF-Token", csrf));

            Assert.True((answer.Status == 403) == (level < needed), $"{level}: {answer.Status} {answer.Body}");
        }
    }
}
