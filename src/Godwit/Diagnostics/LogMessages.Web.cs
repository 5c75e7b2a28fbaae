using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1400, LogLevel.Information, "management port listens on http://127.0.0.1:{Port}/")]
    public static partial void ConsoleListening(this ILogger log, int port);

    [LoggerMessage(1401, LogLevel.Warning, "management port refused a request for host \"{Host}\" from origin \"{Origin}\": it serves 127.0.0.1 and localhost only")]
    public static partial void ConsoleRefusedForeignRequest(this ILogger log, string host, string origin);

    [LoggerMessage(1402, LogLevel.Warning, "management port refused \"{Command}\": its token is wrong")]
    public static partial void ConsoleRefusedToken(this ILogger log, string command);

    [LoggerMessage(1403, LogLevel.Information, "the token file {Path} could not be removed: {Error}; it opens nothing any more")]
    public static partial void ConsoleTokenRemains(this ILogger log, string path, string error);

    [LoggerMessage(1404, LogLevel.Information, "management port no longer listens on http://127.0.0.1:{Port}/")]
    public static partial void ConsoleClosed(this ILogger log, int port);
}
