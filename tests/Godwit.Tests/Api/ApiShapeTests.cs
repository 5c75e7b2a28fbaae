using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Tests.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

/// <summary>The names that the console reads, route by route, on a server that has had mail of every fate.</summary>
public sealed class ApiShapeTests
{
    private const string QueueRow =
        "connections, domain, heldRecipients, lastReply, lastReplyTime, limit, mode, modeReason, modeUntil, name, nextRetry, octets, paused, perMinute, "
        + "recipients, vmta, waitReason";

    private const string SourceRow =
        "address, bounceShare, bounced, connections, deferralShare, deferred, delivered, disabledIn, disabledReason, disabledUntil, host, state, vmta, warmUp";

    private const string JobRow =
        "accepted, bounced, deferrals, delivered, endsAt, firstSeen, id, lastSeen, octets, paused, perMinute, recipients";

    private const string Event = "host, hostAddress, id, job, kind, queue, recipient, reply, sender, source, time";

    private static readonly (string Path, string Names, string Within)[] _shapes =
    [
        ("overview", "attention, connectionsIn, connectionsInMax, connectionsOut, connectionsOutMax, host, lastHour, lastMinute, notReady, now, queuedOctets, "
            + "queuedRecipients, queues, ready, spool, started, timeToDeliver, total, version", ""),
        ("overview", "accepted, bounced, deferred, delivered", "total"),
        ("overview", "diskFree, diskTotal, filesFree, filesInUse, minFreeSpace, octets", "spool"),
        ("overview", "p50, p99", "timeToDeliver"),
        ("overview", "detail, kind, link, severity, since, title", "attention[]"),
        ("overview", "name, page", "attention[]/link"),
        ("history?range=hour", "series, start, step", ""),
        ("history?range=day", "accepted, bounced, connectionsIn, connectionsOut, deferred, delivered, p50, p99, queued", "series"),
        ("queues", "asOf, items, next, total", ""),
        ("queues", QueueRow, "items[]"),
        ("queues/stuck.test/v1", QueueRow + ", connectionsBySource, events, history, openConnections, replies, settings, why", ""),
        ("queues/stuck.test/v1", "binding, fix, since, text, until", "why[]"),
        ("queues/stuck.test/v1", "bounced, connections, deferred, delivered, disabled, disabledReason, disabledUntil, source", "connectionsBySource[]"),
        ("queues/stuck.test/v1", "isDefault, name, origin, value", "settings[]"),
        ("queues/stuck.test/v1", "count, firstTime, kind, lastTime, pattern, sample", "replies[]"),
        ("destinations", "backoff, bounced, connections, deferred, delivered, lastReply, lastReplyTime, name, octets, paused, queues, recipients", "items[]"),
        ("destinations/stuck.test", QueueRow, "queues[]"),
        ("destinations/stuck.test", "bounced, connections, deferred, delivered, source, vmta", "sources[]"),
        ("virtual-mtas", "bounced, connections, deferred, delivered, name, octets, pools, queues, recipients, sources, warmUp", "items[]"),
        ("virtual-mtas/v1", SourceRow, "sources[]"),
        ("virtual-mtas/v1", QueueRow, "queues[]"),
        ("pools", "connections, members, name, recipients", "items[]"),
        ("pools", "name, weight", "items[]/members[]"),
        ("sources", SourceRow, "items[]"),
        ("jobs", JobRow, "items[]"),
        ("jobs/june", JobRow + ", destinations", ""),
        ("jobs/june", "name, share, waiting", "destinations[]"),
        ("recipients?address=a@stuck.test", "complete, events, waiting", ""),
        ("recipients?address=a@stuck.test", "accepted, attempts, envid, job, lastReply, nextTry, priority, queue, recipient, sender, why", "waiting[]"),
        ("recipients?address=a@stuck.test", Event, "events[]"),
        ("events?domain=stuck.test", "items, next, total", ""),
        ("events?domain=stuck.test", Event, "items[]"),
        ("clients/disabled", "items, next, total", ""),
        ("unclassified", "count, domains, firstTime, lastTime, pattern, text", "items[]"),
        ("settings?queue=stuck.test/v1", "isDefault, name, origin, value", "items[]"),
        ("config/files", "files, loaded, main, version", ""),
        ("config/files", "included, modified, name, octets", "files[]"),
        ("config/file", "content, etag, modified, name", ""),
        ("logs?lines=5", "level, sequence, text, time", "items[]"),
        ("operations", "begun, by, done, ended, id, kind, message, state, total, what", "items[]"),
        ("operations/1", "begun, by, done, ended, id, kind, message, state, total, what", ""),
    ];

    [Fact]
    public async Task Every_answer_has_the_names_that_were_agreed()
    {
        await using ScriptedSmtpServer host = new(script => script.Always("RCPT", "450 4.2.1 not now, says a host that no rule knows"));
        await using ApiLab lab = await ApiLab.StartAsync($"""
            <virtual-mta v1>
              smtp-source-host 127.0.0.1 mx.test
              <domain *>
                smtp-hosts [127.0.0.1]:{host.Port}
                retry-after 1h
              </domain>
            </virtual-mta>
            <virtual-mta-pool both>
              virtual-mta v1
            </virtual-mta-pool>
            """);
        string header = "X-Virtual-MTA: v1\r\nX-Job: june\r\nSubject: hello\r\n\r\nhello\r\n";
        await lab.Server.SendAsync("news@sender.test", ["a@stuck.test"], header);
        await lab.Server.RecordAsync("t", "a@stuck.test");
        await lab.Server.RunAsync("pause queue stuck.test/v1");
        Assert.Equal(HttpStatusCode.Accepted, (await lab.PostAsync("operations", """{"kind":"delete","queue":"*/*","recipient":"nobody@there.test"}""")).Status);

        List<string> wrong = [];
        foreach ((string path, string names, string within) in _shapes)
        {
            JsonElement answer = Within(await lab.GetAsync(path), within, path);
            string[] wanted = [.. names.Split(", ").Order(StringComparer.Ordinal)];
            string[] found = [.. answer.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)];
            if (!wanted.SequenceEqual(found))
            {
                wrong.Add($"{path} {within}: {string.Join(", ", found)}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_route_is_left_out_of_the_shapes()
    {
        using var api = new ApiRoutes(new TestServer().Operator);
        IEnumerable<string> looked = _shapes.Select(shape => shape.Path.Split('?')[0].Split('/')[0]).Append("stream");

        Assert.Empty(api.Table.Where(route => route.Method == "GET").Select(route => route.Tag).Except(looked));
    }

    /// <summary>Goes down by names; [] takes the first item of a list.</summary>
    private static JsonElement Within(JsonElement answer, string way, string path)
    {
        foreach (string step in way.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            answer = answer.GetProperty(step.TrimEnd('[', ']'));
            if (step.EndsWith("[]", StringComparison.Ordinal))
            {
                Assert.True(answer.GetArrayLength() > 0, $"{path} has nothing in {step}");
                answer = answer[0];
            }
        }

        return answer;
    }
}
