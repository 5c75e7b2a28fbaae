using System.Net;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1400, LogLevel.Information, "management port listens on {Where}")]
    public static partial void ConsoleListening(this ILogger log, string where);

    [LoggerMessage(1401, LogLevel.Warning, "management port refused a request for host \"{Host}\" from origin \"{Origin}\": neither may be a foreign site's")]
    public static partial void ConsoleRefusedForeignRequest(this ILogger log, string host, string origin);

    [LoggerMessage(1402, LogLevel.Warning, "management port refused {Method} {Path} from {Address}: {Why}")]
    public static partial void ConsoleRefusedCredential(this ILogger log, string method, string path, IPAddress address, string why);

    [LoggerMessage(1403, LogLevel.Information, "the token file {Path} could not be removed: {Error}; it opens nothing any more")]
    public static partial void ConsoleTokenRemains(this ILogger log, string path, string error);

    [LoggerMessage(1404, LogLevel.Information, "management port no longer listens on {Where}")]
    public static partial void ConsoleClosed(this ILogger log, string where);

    [LoggerMessage(1405, LogLevel.Information, "management port: {User} signed in from {Address}")]
    public static partial void ConsoleSignedIn(this ILogger log, string user, IPAddress address);

    [LoggerMessage(1406, LogLevel.Warning, "management port: {User} could not sign in from {Address}: user or password is wrong")]
    public static partial void ConsoleSignInFailed(this ILogger log, string user, IPAddress address);

    [LoggerMessage(1407, LogLevel.Warning, "management port: {Address} has tried to sign in too often and has to wait")]
    public static partial void ConsoleSignInsTooMany(this ILogger log, IPAddress address);

    [LoggerMessage(1408, LogLevel.Information, "http {Client}: TLS {Version}, {Cipher}")]
    public static partial void ConsoleTls(this ILogger log, string client, string version, string cipher);

    [LoggerMessage(1409, LogLevel.Information, "http {Client}: TLS failed: {Why}")]
    public static partial void ConsoleTlsFailed(this ILogger log, string client, string why);

    [LoggerMessage(1410, LogLevel.Information, "http {Caller}: {Request} -> {Status}")]
    public static partial void ConsoleRequest(this ILogger log, string caller, string request, int status);

    [LoggerMessage(1411, LogLevel.Information, "http {Client} <<< {Head}")]
    public static partial void ConsoleReceived(this ILogger log, string client, string head);

    [LoggerMessage(1412, LogLevel.Information, "http {Client} >>> {Head}")]
    public static partial void ConsoleSent(this ILogger log, string client, string head);

    [LoggerMessage(1414, LogLevel.Information, "http {Caller}: {Command}")]
    public static partial void ConsoleCommand(this ILogger log, string caller, string command);

    [LoggerMessage(1413, LogLevel.Information, "configuration written by {Caller}: {Files}")]
    public static partial void ConfigWritten(this ILogger log, string caller, string files);

    [LoggerMessage(1415, LogLevel.Warning, "an old copy beside {File} was not removed: {Error}")]
    public static partial void ConfigBackupRemains(this ILogger log, string file, string error);

    [LoggerMessage(1416, LogLevel.Error, "an edit of the configuration by {Caller} ended half way ({Error}); still replaced: {Files}")]
    public static partial void ConfigHalfWritten(this ILogger log, string caller, string error, string files);

    [LoggerMessage(1417, LogLevel.Warning,
        "a proxy of this machine passes requests on: what http-access gives this machine ({Level}) is not for whoever stands behind it, who may look on "
        + "until they sign in")]
    public static partial void ConsoleBehindProxy(this ILogger log, string level);

    [LoggerMessage(1418, LogLevel.Warning, "after {Count} wrong tokens there is a new one in {Path}")]
    public static partial void ConsoleTokenRenewed(this ILogger log, int count, string path);

    [LoggerMessage(1419, LogLevel.Error, "after {Count} wrong tokens no new one could be written to {Path}: {Error}")]
    public static partial void ConsoleTokenNotRenewed(this ILogger log, int count, string path, string error);

    [LoggerMessage(1420, LogLevel.Warning, "{File} is written, but its directory was not synced: a loss of power may bring the old text back: {Error}")]
    public static partial void ConfigNotSynced(this ILogger log, string file, string error);
}
