using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

public sealed class ConnectionApiTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Open_connections_are_told_by_queue_by_destination_and_by_source_address_until_they_end()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedSmtpServer host = new(script => script
            .UseTls(new TestAuthority().Issue("mx.test"))
            .Always("DATA", PeerAnswer.After(gate.Task, "354 go on")));
        await using ApiLab lab = await ApiLab.StartAsync(Config(host.Port));
        const string Header = "X-Virtual-MTA: v1\r\nSubject: hello\r\n\r\nhello\r\n";
        await lab.Server.SendAsync("news@sender.test", "a@there.test", Header);
        await lab.Server.SendAsync("news@sender.test", "b@there.test", Header);

        JsonElement[] sending = await OpenAsync(lab, each => each.Length == 2 && Array.TrueForAll(each, one => Text(one, "state") == "sending"));

        Assert.Equal(["127.0.0.2", "127.0.0.3"], sending.Select(one => Text(one, "source")).Order(StringComparer.Ordinal));
        Assert.All(sending, one => Assert.Equal(
            ("there.test/v1", "127.0.0.1", "127.0.0.1", 0, "TLSv1.3"),
            (Text(one, "queue"), Text(one, "remote"), Text(one, "host"), one.GetProperty("messages").GetInt32(), Text(one, "tls"))));
        Assert.Equal(["127.0.0.2 1", "127.0.0.3 1"], await CountsAsync(lab, "queues/there.test/v1", "connectionsBySource", "source"));
        Assert.Equal(["127.0.0.2 1", "127.0.0.3 1"], await CountsAsync(lab, "destinations/there.test", "sources", "source"));
        Assert.Equal(["127.0.0.2 1", "127.0.0.3 1"], await CountsAsync(lab, "virtual-mtas/v1", "sources", "address"));

        // The default virtual MTA leaves the choice to the system; v2 has the same address as v1, and no connection from it.
        Assert.Equal([" 0", "127.0.0.2 0", "127.0.0.2 1", "127.0.0.3 1"], await CountsAsync(lab, "sources", "items", "address"));
        Assert.Equal(2, (await lab.GetAsync("destinations/there.test")).GetProperty("openConnections").GetArrayLength());

        gate.SetResult();
        await OpenAsync(lab, each => each.Length == 2 && Array.TrueForAll(each, one => Text(one, "state") == "idle" && one.GetProperty("messages").GetInt32() == 1));

        await lab.PostAsync("queues/there.test/v1/pause");
        await OpenAsync(lab, each => each.Length == 0);
        Assert.Equal(["127.0.0.2 0", "127.0.0.3 0"], await CountsAsync(lab, "queues/there.test/v1", "connectionsBySource", "source"));
    }

    [Fact]
    public async Task A_connection_that_no_host_has_taken_is_told_no_more()
    {
        await using ApiLab lab = await ApiLab.StartAsync(Config(ScriptedSmtpServer.UnusedPort()));
        await lab.Server.SendAsync("news@sender.test", "a@there.test", "X-Virtual-MTA: v1\r\nSubject: hello\r\n\r\nhello\r\n");
        await lab.Server.TopQueuesSayAsync("ECONNREFUSED");

        await OpenAsync(lab, each => each.Length == 0);
    }

    private static string Config(int port) => $"""
        <virtual-mta v1>
          smtp-source-host 127.0.0.2 mx2.test
          smtp-source-host 127.0.0.3 mx3.test
        </virtual-mta>
        <virtual-mta v2>
          smtp-source-host 127.0.0.2 mx2.test
        </virtual-mta>
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          retry-after 1h
          max-smtp-out 2
          connection-idle-timeout 5m
          use-starttls yes
        </domain>
        """;

    /// <summary>Waits until the open connections of the queue are as they should be.</summary>
    private static async Task<JsonElement[]> OpenAsync(ApiLab lab, Predicate<JsonElement[]> isSo)
    {
        JsonElement[] open = [];
        for (DateTime end = TimeProvider.System.GetUtcNow().UtcDateTime + _patience; TimeProvider.System.GetUtcNow().UtcDateTime < end;)
        {
            open = [.. (await lab.GetAsync("queues/there.test/v1")).GetProperty("openConnections").EnumerateArray()];
            if (isSo(open))
            {
                return open;
            }
        }

        Assert.Fail($"these connections stay open: {string.Join('\n', open)}");
        return [];
    }

    private static async Task<string[]> CountsAsync(ApiLab lab, string path, string list, string name) =>
        [.. (await lab.GetAsync(path)).GetProperty(list).EnumerateArray().Select(each => $"{Text(each, name)} {each.GetProperty("connections").GetInt32()}").Order(StringComparer.Ordinal)];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
