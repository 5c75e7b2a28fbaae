using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1500, LogLevel.Warning, "accounting for {Name} waits: {Reason}; {Size} kept and handed over later, mail is not held up")]
    public static partial void ExportHeld(this ILogger log, string name, string reason, string size);

    [LoggerMessage(1501, LogLevel.Warning, "accounting for {Name} goes on after {Time}")]
    public static partial void ExportGoesOn(this ILogger log, string name, string time);

    [LoggerMessage(1502, LogLevel.Warning, "{Path} does not say how far its records were handed over; all that are still there are handed over again")]
    public static partial void ExportCursorUnreadable(this ILogger log, string path);

    [LoggerMessage(1503, LogLevel.Information, "accounting command {Command} started")]
    public static partial void ExportProgramStarted(this ILogger log, string command);

    [LoggerMessage(1504, LogLevel.Information, "accounting command {Command} says: {Text}")]
    public static partial void ExportProgramSaid(this ILogger log, string command, string text);

    [LoggerMessage(1505, LogLevel.Warning, "accounting for {Name} is no longer configured; {Size} that were not handed over stay in {Directory}")]
    public static partial void ExportLeftBehind(this ILogger log, string name, string size, string directory);

    [LoggerMessage(1506, LogLevel.Warning, "{Path} does not say which files are to be handed over; those before the last handed over are left alone")]
    public static partial void ExportSpansUnreadable(this ILogger log, string path);

    [LoggerMessage(1507, LogLevel.Warning, "{Path}: {Octets} octets at its end are no whole record and are not handed over")]
    public static partial void ExportTailSkipped(this ILogger log, string path, long octets);

    [LoggerMessage(1508, LogLevel.Warning, "accounting for {Name}: batch {Batch} is no longer in {File}; what is there makes a new batch")]
    public static partial void ExportBatchGone(this ILogger log, string name, string batch, string file);

    [LoggerMessage(1550, LogLevel.Information, "accounting for {Name}: batch {Batch} with {Records} records, {Octets} octets: {Answer}")]
    public static partial void ExportBatchPosted(this ILogger log, string name, string batch, int records, int octets, string answer);
}
