using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(901, LogLevel.Information, "message {Id} from <{Sender}> refused: {Reply}")]
    public static partial void MessageRefused(this ILogger log, string id, string sender, string reply);

    [LoggerMessage(902, LogLevel.Error, "message {Id} from <{Sender}> was not stored and was answered with 451; see the spool's own alarm for the cause")]
    public static partial void MessageNotStored(this ILogger log, Exception failure, string id, string sender);

    [LoggerMessage(903, LogLevel.Error, "message {Id} from <{Sender}> was answered with 451 and could not be crossed out in the spool; a restart will deliver it beside the copy that the client sends again")]
    public static partial void MessageNotCrossedOut(this ILogger log, Exception failure, string id, string sender);
}
