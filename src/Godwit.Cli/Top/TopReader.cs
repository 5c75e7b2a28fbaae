// Looks at the server for the live view: two commands a look, read as JSON. What it remembers is the look before, for rates and changes.
// Owned by TopCommand; one look at a time. Whatever goes wrong is a snapshot that says so.

using System.Text.Json;

namespace Godwit.Cli.Top;

internal sealed class TopReader(ServerConnection server)
{
    /// <summary>Queues in a look: more than anybody scrolls through, little for the server.</summary>
    private const int MostQueues = 500;

    private Dictionary<string, long> _before = [];
    private (long Accepted, long Delivered, long Deferred, long Bounced)? _totals;
    private long _looked;

    /// <param name="pattern">Which queues; a star stands for anything.</param>
    /// <param name="sort">How they are ordered: rcpt, size or name.</param>
    public async Task<TopSnapshot> LookAsync(string pattern, string sort, CancellationToken cancellation)
    {
        ServerReply status = await server.RunAsync(["show", "status"], cancellation);
        if (status.ExitCode != ExitCode.Done)
        {
            return Failed(status);
        }

        ServerReply queues = await server.RunAsync(["show", "topqueues", pattern, $"--maxitems={MostQueues}", $"--sort={sort}"], cancellation);
        if (queues.ExitCode != ExitCode.Done)
        {
            return Failed(queues);
        }

        try
        {
            using var statusTree = JsonDocument.Parse(status.Text);
            using var queueTree = JsonDocument.Parse(queues.Text);
            return new TopSnapshot(ReadStatus(statusTree.RootElement.GetProperty("data")), ReadQueues(queueTree.RootElement.GetProperty("data")), "");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new TopSnapshot(
                TopStatus.Unknown, [], $"the server's answer cannot be read ({error.Message}): is it of another version?", ExitCode.Unreachable);
        }
    }

    private TopSnapshot Failed(ServerReply reply)
    {
        (_before, _totals) = ([], null);
        return new TopSnapshot(TopStatus.Unknown with { State = "not reached" }, [], MessageOf(reply.Text).TrimEnd('\n'), reply.ExitCode);
    }

    /// <summary>What stands in the envelope; all of it when it is no envelope of ours: something else may listen on the port.</summary>
    private static string MessageOf(string text)
    {
        try
        {
            using var tree = JsonDocument.Parse(text);
            return tree.RootElement.ValueKind == JsonValueKind.Object && tree.RootElement.TryGetProperty("message", out JsonElement message)
                ? message.ToString()
                : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private TopStatus ReadStatus(JsonElement data)
    {
        JsonElement status = data.GetProperty("status");
        JsonElement total = status.GetProperty("traffic").GetProperty("total");
        var totals = (Recipients(total, "in"), Recipients(total, "out"), Recipients(total, "deferred"), Recipients(total, "bounced"));
        long now = TimeProvider.System.GetTimestamp();
        double seconds = TimeProvider.System.GetElapsedTime(_looked, now).TotalSeconds;
        (long Accepted, long Delivered, long Deferred, long Bounced)? before = _totals;
        (_totals, _looked) = (totals, now);

        // A counter that fell was reset, or the server is another one: no rate then.
        double? Rate(long current, long? last) => last is { } old && current >= old && seconds > 0 ? (current - old) / seconds : null;
        JsonElement queue = status.GetProperty("queue").GetProperty("smtp");
        JsonElement connections = status.GetProperty("conn");
        string notReady = status.TryGetProperty("notReady", out JsonElement why) ? why.GetString() ?? "" : "";
        return new TopStatus(
            data.GetProperty("mta").GetProperty("fullHostName").GetString() ?? "",
            notReady.Length > 0 ? "not accepting: " + notReady : status.GetProperty("status").GetString() ?? "",
            status.GetProperty("startupTime").GetString() ?? "",
            Rate(totals.Item1, before?.Accepted),
            Rate(totals.Item2, before?.Delivered),
            Rate(totals.Item3, before?.Deferred),
            Rate(totals.Item4, before?.Bounced),
            queue.GetProperty("rcp").GetInt64(),
            queue.GetProperty("dom").GetInt64(),
            connections.GetProperty("smtpIn").GetProperty("cur").GetInt64(),
            connections.GetProperty("smtpOut").GetProperty("cur").GetInt64());
    }

    private static long Recipients(JsonElement period, string name) =>
        period.TryGetProperty(name, out JsonElement group) && group.TryGetProperty("rcp", out JsonElement count) ? count.GetInt64() : 0;

    private List<TopQueue> ReadQueues(JsonElement data)
    {
        var queues = new List<TopQueue>();
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (JsonElement item in data.GetProperty("queue").EnumerateArray())
        {
            string name = item.GetProperty("name").GetString() ?? "";
            long recipients = item.GetProperty("rcp").GetInt64();
            seen[name] = recipients;
            queues.Add(new TopQueue(
                name,
                recipients,
                _before.TryGetValue(name, out long before) ? recipients - before : null,
                item.GetProperty("kb").GetDecimal(),
                item.GetProperty("conn").GetInt32(),
                item.GetProperty("paused").GetBoolean(),
                item.GetProperty("mode").GetString() == "backoff",
                item.GetProperty("retryTime").GetString() ?? "",
                item.TryGetProperty("lastError", out JsonElement error) ? error.GetString() ?? "" : ""));
        }

        _before = seen;
        return queues;
    }
}
