using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(901, LogLevel.Information, "message {Id} from <{Sender}> refused: {Reply}")]
    public static partial void MessageRefused(this ILogger log, string id, string sender, string reply);

    [LoggerMessage(902, LogLevel.Error, "message {Id} from <{Sender}> was not stored and was answered with 451; see the spool's own alarm for the cause")]
    public static partial void MessageNotStored(this ILogger log, Exception failure, string id, string sender);

    [LoggerMessage(904, LogLevel.Warning, "message {Id}: {Subject} {Pattern} was given up after {Milliseconds} ms and counts as no match; write it without a repetition in a repetition")]
    public static partial void PatternRanOut(this ILogger log, string id, string subject, string pattern, double milliseconds);

    [LoggerMessage(905, LogLevel.Warning, "reroute-to-virtual-mta goes in a circle for {Destination}: {Circle}; mail stays in the last queue before it closes")]
    public static partial void RerouteCircle(this ILogger log, string destination, string circle);

    [LoggerMessage(906, LogLevel.Warning, "message {Id} from <{Sender}>: an X-DKIM-Key that source {Source} does not read was taken out; process-x-dkim-key yes signs with it, and the sender should leave it out otherwise")]
    public static partial void KeyTakenOut(this ILogger log, string id, string sender, string source);

    [LoggerMessage(907, LogLevel.Error, "message {Id} from <{Sender}> could not be sealed and was answered with 451: {Reason}")]
    public static partial void MessageNotSealed(this ILogger log, Exception failure, string id, string sender, string reason);

    [LoggerMessage(903, LogLevel.Error, "message {Id} from <{Sender}> was answered with 451 and could not be crossed out in the spool; a restart will deliver it beside the copy that the client sends again")]
    public static partial void MessageNotCrossedOut(this ILogger log, Exception failure, string id, string sender);
}
