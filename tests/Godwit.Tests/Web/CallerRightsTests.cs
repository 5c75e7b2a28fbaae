using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Web;

/// <summary>What somebody may, found once: by address, behind a proxy, with a token; and what a GET may, which is nothing but to look.</summary>
public sealed class CallerRightsTests
{
    /// <summary>Everything that whoever may look may have done. All other verbs are for operators.</summary>
    private static readonly string[] _forMonitors =
    [
        "show status", "show version", "show queues", "show topqueues", "show vmtas", "show unclassified", "show domains", "show topdomains", "show jobs",
        "show disabled sources", "show disabled clients", "check config", "digest", "show license", "show precache", "show registration", "register",
        "deregister",
    ];

    /// <summary>Log lines of a change: who asked for it, and what came of it.</summary>
    private static readonly int[] _changes = [1302, 1305, 1414];

    [Fact]
    public void Every_verb_has_the_level_that_is_written_down_here_once_more()
    {
        Assert.Equal(
            _forMonitors.Order(StringComparer.Ordinal),
            OperatorVerb.Table.Where(verb => verb.Needs == AccessLevel.Monitor).Select(verb => verb.Words).Order(StringComparer.Ordinal));
        Assert.All(OperatorVerb.Table, verb => Assert.True(verb.Needs >= (verb.Changes ? AccessLevel.Operator : AccessLevel.Monitor), verb.Words));
    }

    [Theory]
    [InlineData("check mfrom 192.0.2.1 mx.test a@b.example")]
    [InlineData("test config")]
    public async Task What_asks_others_or_shows_the_configuration_is_not_for_whoever_may_look(string command)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);

        Assert.Equal(403, (await lab.CommandAsync(command)).Status);
        Assert.Equal(403, (await lab.ChangeAsync(HttpMethod.Post, "/api/v1/commands", new { command })).Status);
    }

    [Fact]
    public async Task A_reload_needs_the_same_level_at_every_address()
    {
        await using PortLab lab = await PortLab.OpenApiAsync();
        foreach ((AccessLevel level, bool may) in new[] { (AccessLevel.Monitor, false), (AccessLevel.Operator, true), (AccessLevel.Admin, true) })
        {
            lab.Allow(level);
            string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

            Assert.Equal(may, (await lab.ChangeAsync(HttpMethod.Post, "/api/v1/config/reload")).Status == 200);
            Assert.Equal(may, (await lab.ChangeAsync(HttpMethod.Post, "/api/v1/commands", new { command = "reload" })).Status == 200);
            Assert.Equal(may, (await lab.CommandAsync("reload", ("X-CSRF-Token", csrf))).Status == 200);
        }
    }

    [Theory]
    [InlineData("X-Godwit-Token")]
    [InlineData("X-API-Key")]
    [InlineData("X-CSRF-Token")]
    public async Task Nothing_that_is_shown_with_a_GET_lets_it_change_something(string header)
    {
        await using PortLab lab = await PortLab.OpenAsync(with: terms => terms with
        {
            Routes = [routes => routes.MapMethods("/may", ["GET", "POST"], context => context.Response.WriteAsync($"{Caller.Of(context).MayChange}"))
                .Needs(AccessLevel.Monitor)],
        });
        lab.Allow(AccessLevel.Admin);
        string proof = header switch
        {
            "X-API-Key" => PortLab.ApiKey,
            "X-Godwit-Token" => lab.Token,
            _ => (await lab.GetAsync("/api/v1/session")).Json("csrfToken"),
        };

        Assert.Equal("False", (await lab.GetAsync("/may", (header, proof))).Body);
        Assert.Equal("True", (await lab.SendAsync(HttpMethod.Post, "/may", null, (header, proof))).Body);
    }

    [Fact]
    public async Task No_address_that_is_read_reaches_a_verb_that_changes_something()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        lab.WriteConfig();
        string[] addresses =
        [
            .. lab.Console.Routes.Where(route => route.Method is "GET" or "" && route.Pattern != "/api/v1/stream")
                .Select(route => "/" + string.Join('/', route.Pattern.TrimStart('/').Split('/').Select(part => part.Contains('{') ? "1" : part))),
        ];

        foreach (string address in addresses)
        {
            await lab.GetAsync($"{address}?queue=a.example&name=&op=commit&command=reload", ("X-Godwit-Token", lab.Token));
        }

        Assert.True(addresses.Length > 40, $"{addresses.Length} addresses");
        Assert.DoesNotContain(lab.Server.Log.Lines, line => _changes.Contains(line.Id));
        await Assert.ThrowsAsync<InvalidOperationException>(() => lab.Server.Operator.ReloadAsync(new Caller { Level = AccessLevel.Admin }));
    }

    [Fact]
    public async Task A_queue_is_traced_by_a_POST_with_a_proof()
    {
        const string trace = "/api/v1/queues/a.example/v1/trace";
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);

        Assert.Equal(404, (await lab.GetAsync(trace)).Status);
        Assert.Equal(403, (await lab.SendAsync(HttpMethod.Post, trace)).Status);
        PortLab.Answer traced = await lab.ChangeAsync(HttpMethod.Post, trace);
        Assert.Contains("event: end", traced.Body, StringComparison.Ordinal);
        Assert.Contains(lab.Server.Log.Lines, line => line.Text.Trim() == "http somebody from 127.0.0.1: trace --retry-recipients a.example/v1");
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("X-Real-IP", "203.0.113.9")]
    [InlineData("Via", "1.1 front")]
    public async Task Who_comes_through_a_proxy_of_this_machine_is_not_this_machine(string header, string value)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        lab.AddUser("ann", "correct horse", AccessLevel.Admin);

        PortLab.Answer session = await lab.GetAsync("/api/v1/session", (header, value));
        PortLab.Answer byToken = await lab.SignInAsync("", lab.Token, (header, value));
        PortLab.Answer byHeader = await lab.GetAsync("/api/v1/session", (header, value), ("X-Godwit-Token", lab.Token));
        PortLab.Answer byName = await lab.SignInAsync("ann", "correct horse", (header, value));

        Assert.Equal(("monitor", "False"), (session.Json("level"), session.Json("readLogs")));
        Assert.Equal((401, 403), (byToken.Status, byHeader.Status));
        Assert.Equal(("admin", "ann"), (byName.Json("level"), byName.Json("user")));
        Assert.Equal("admin", (await lab.GetAsync("/api/v1/session")).Json("level"));
        Assert.Equal(404, (await lab.GetAsync("/control", (header, value))).Status);
        Assert.Single(lab.Server.Log.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("a proxy of this machine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_many_wrong_tokens_there_is_another_one_and_nobody_is_shut_out()
    {
        await using PortLab lab = await PortLab.OpenApiAsync();
        string first = lab.Token;
        for (int i = 0; i < CallerDesk.MaxWrongTokens - 1; i++)
        {
            Assert.Equal(403, (await lab.GetAsync("/status", ("X-Godwit-Token", $"{first[..60]}{i:x4}"))).Status);
        }

        Assert.Equal(200, (await lab.GetAsync("/status", ("X-Godwit-Token", first))).Status);
        await lab.GetAsync("/status", ("X-Godwit-Token", "wrong"));

        Assert.NotEqual(first, lab.Token);
        Assert.Equal(403, (await lab.GetAsync("/status", ("X-Godwit-Token", first))).Status);
        Assert.Equal(200, (await lab.GetAsync("/status", ("X-Godwit-Token", lab.Token))).Status);
    }

    [Fact]
    public async Task Passwords_are_compared_where_the_whole_server_compares_them()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);
        lab.AddUser("ann", "correct horse", AccessLevel.Admin);

        Assert.Equal(200, (await lab.SignInAsync("ann", "correct horse")).Status);

        Assert.Equal(1, lab.Passwords.Done);
    }

    public static TheoryData<string, string, string, string> Changes => new()
    {
        { "POST", "/api/v1/queues/a.example/v1/pause", "", "pause queue a.example/v1" },
        { "POST", "/api/v1/jobs/june/pause", "", "pause job june" },
        { "POST", "/api/v1/sources/disable", """{"address":"192.0.2.1","queue":"*/*"}""", "disable source 192.0.2.1 */*" },
        { "POST", "/api/v1/commands", """{"command":"reset counters"}""", "reset counters" },
        { "POST", "/api/v1/config/reload", "", "reload" },
        {
            "POST", "/api/v1/operations", """{"kind":"delete","queue":"*/*","recipient":"ann@a.example"}""", "delete mail of */* to ann@a.example"
        },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task The_log_says_who_changed_what_through_the_API(string method, string path, string body, string command)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);
        lab.AddUser("ann", "correct horse", AccessLevel.Operator);
        PortLab.Answer signed = await lab.SignInAsync("ann", "correct horse");

        await lab.SendAsync(
            new HttpMethod(method), path, body.Length > 0 ? new StringContent(body, System.Text.Encoding.UTF8, "application/json") : null,
            ("Cookie", signed.Cookie), ("X-CSRF-Token", signed.Json("csrfToken")));

        Assert.Contains(lab.Server.Log.Lines, line => line.Text.Trim() == $"http ann from 127.0.0.1: {command}");
    }

    [Fact]
    public async Task An_operation_remembers_who_began_it_and_tells_addresses_to_operators_only()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        lab.Server.Enqueue("v1", ["ann@a.example"], job: "june");
        PortLab.Answer begun = await lab.ChangeAsync(
            HttpMethod.Post, "/api/v1/operations", new { kind = "delete", queue = "a.example/v1", recipient = "ann@a.example" });
        Assert.Equal(202, begun.Status);

        PortLab.Answer whole = await lab.GetAsync("/api/v1/operations/1");
        lab.Allow(AccessLevel.Monitor);
        PortLab.Answer part = await lab.GetAsync("/api/v1/operations/1");

        Assert.Equal(("delete mail of a.example/v1 to ann@a.example", "somebody from 127.0.0.1"), (whole.Json("what"), whole.Json("by")));
        Assert.Equal(("delete mail of a.example/v1", ""), (part.Json("what"), part.Json("by")));
    }
}
