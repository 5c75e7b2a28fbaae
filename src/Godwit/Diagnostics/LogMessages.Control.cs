using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1300, LogLevel.Information, "configuration version {Version} put in force by a reload; remarks: {Remarks}")]
    public static partial void OperatorReloaded(this ILogger log, int version, int remarks);

    [LoggerMessage(1301, LogLevel.Warning,
        "configuration not reloaded: {Problems} problems; version {Version} stays in force; see them with \"godwit check config {File}\"")]
    public static partial void OperatorReloadRefused(this ILogger log, int problems, int version, string file);

    [LoggerMessage(1302, LogLevel.Information, "operator: {Command}: {Answer}")]
    public static partial void OperatorChanged(this ILogger log, string command, string answer);

    [LoggerMessage(1303, LogLevel.Error, "{Recipients} recipients of queue {Queue} were not {What} and wait again, because that could not be recorded")]
    public static partial void OperatorRemovalFailed(this ILogger log, int recipients, string queue, string what);

    [LoggerMessage(1304, LogLevel.Warning,
        "the virtual MTA {VirtualMta} is gone from the configuration and {Recipients} recipients still wait for it: "
        + "they bounce when their turn comes; to keep them: \"pause queue */{VirtualMta}\", then put it back and reload")]
    public static partial void OperatorLostVirtualMta(this ILogger log, string virtualMta, long recipients);

    [LoggerMessage(1305, LogLevel.Information, "operation {Id} of {Caller} began: {What}")]
    public static partial void OperationBegun(this ILogger log, int id, string caller, string what);

    [LoggerMessage(1306, LogLevel.Information, "operation {Id} ended: {Message}")]
    public static partial void OperationEnded(this ILogger log, int id, string message);

    [LoggerMessage(1307, LogLevel.Error, "operation {Id} broke off; what it had not done waits as before")]
    public static partial void OperationBroken(this ILogger log, int id, Exception broken);

    [LoggerMessage(1308, LogLevel.Error, "live numbers of the console failed; said once, they are tried again each second")]
    public static partial void StreamTickFailed(this ILogger log, Exception broken);

    [LoggerMessage(1309, LogLevel.Error, "trace of {Queue} broke off")]
    public static partial void TraceBroken(this ILogger log, string queue, Exception broken);

    [LoggerMessage(1350, LogLevel.Information, "trace of {Queue}: {Line}")]
    public static partial void OperatorTraced(this ILogger log, string queue, string line);
}
