// Every log line of the product, one method each, source-generated; one file a room (LogMessages.<Room>.cs).
// Event ids: a hundred to a room, in the order of the floors; from 50 on those that are written only where a directive (log-*) asks for them. A line names the object first, then what happened, then what the operator can do.

using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    private const int Room = 100;
    private const int FirstAskedFor = 50;

    /// <summary>Whether a line is written only where a directive asks for it: then all of its kind are wanted, however many.</summary>
    internal static bool IsAskedFor(EventId line) => line.Id % Room >= FirstAskedFor;

    [LoggerMessage(1, LogLevel.Information, "godwitd {Version} started; configuration {ConfigFile}")]
    public static partial void ServerStarted(this ILogger log, string version, string configFile);

    [LoggerMessage(2, LogLevel.Information, "godwitd stopped after {Reason}")]
    public static partial void ServerStopped(this ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Critical, "godwitd cannot start: {Reason}")]
    public static partial void ServerNotStarted(this ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Information, "spool restored: {Messages} messages with {Recipients} open recipients are back in their queues")]
    public static partial void SpoolRestored(this ILogger log, long messages, long recipients);

    [LoggerMessage(5, LogLevel.Information, "the log goes on in {Path}")]
    public static partial void LogGoesOn(this ILogger log, string path);

    [LoggerMessage(8, LogLevel.Information, "SIGHUP: the configuration is read anew")]
    public static partial void ReloadSignalled(this ILogger log);

    [LoggerMessage(9, LogLevel.Error, "the reload broke off on an internal error, and may have taken effect in part; the server goes on; please report this")]
    public static partial void ReloadBroke(this ILogger log, Exception error);

    [LoggerMessage(10, LogLevel.Error, "the look at the last {Span}, for the charts, broke off on an internal error and is tried again; mail is not affected; please report this")]
    public static partial void SamplingBroke(this ILogger log, string span, Exception error);
}
