using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(400, LogLevel.Warning, "name server {Server} is down ({Trouble}); it is asked last until it answers again. Check that it runs and takes queries from this host")]
    public static partial void DnsServerDown(this ILogger log, string server, string trouble);

    [LoggerMessage(401, LogLevel.Information, "name server {Server} answers again")]
    public static partial void DnsServerUp(this ILogger log, string server);

    [LoggerMessage(402, LogLevel.Warning, "replies with wrong ids to {Question} arrive as if from name server {Server}; asking over TCP. Somebody may be trying to forge an answer; a name server on this host is safe from that")]
    public static partial void DnsRepliesForged(this ILogger log, string question, string server);

    [LoggerMessage(403, LogLevel.Error, "no socket to ask name server {Server}: {Error}. Check the limit of open files and the route to the server")]
    public static partial void DnsSocketFailed(this ILogger log, string server, string error);

    [LoggerMessage(404, LogLevel.Error, "the answer to {Question} could not be worked out; it counts as a temporary failure. This is a defect, please report it")]
    public static partial void DnsQuestionFailed(this ILogger log, Exception error, string question);
}
