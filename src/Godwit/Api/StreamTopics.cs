using Microsoft.Extensions.Logging;

namespace Godwit.Api;

/// <summary>What somebody wants to see live.</summary>
/// <param name="LogFilter">A part of the line; empty for all.</param>
internal sealed record StreamTopics(bool Sample, bool Overview, bool Log, string LogFilter, LogLevel LogLevel)
{
    public static StreamTopics Read(ApiCall call)
    {
        string[] topics = call.Text("topics") is { Length: > 0 } text ? text.Split(',', StringSplitOptions.TrimEntries) : ["sample", "overview"];
        foreach (string topic in topics)
        {
            if (topic is not ("sample" or "overview" or "log"))
            {
                call.Wrong($"topics: there is no topic \"{topic}\"; there are sample, overview and log", false);
            }
        }

        bool log = topics.Contains("log");
        if (log && !call.Caller.MayReadLogs)
        {
            call.Wrong("the log may not be read from here: http-access says so", false, 403);
        }

        return new StreamTopics(topics.Contains("sample"), topics.Contains("overview"), log, call.Text("logFilter"), LogRoutes.Level(call, "logLevel"));
    }
}

/// <summary>What one second brought, as JSON; null for nothing.</summary>
internal sealed record StreamTick(byte[]? Sample, byte[]? Overview);
