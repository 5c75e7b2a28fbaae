// What Metrics has to say. Event ids 1800 to 1899.

using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1800, LogLevel.Warning, "{Receiver} does not take the numbers of this server: {Reason}; mail is not affected, and it is tried again with growing pauses")]
    public static partial void StatisticsNotTaken(this ILogger log, string receiver, string reason);

    [LoggerMessage(1801, LogLevel.Information, "{Receiver} takes the numbers of this server again")]
    public static partial void StatisticsTakenAgain(this ILogger log, string receiver);
}
