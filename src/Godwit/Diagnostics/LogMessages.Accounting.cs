using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(700, LogLevel.Information, "accounting file {Path} begun")]
    public static partial void AccountingFileBegun(this ILogger log, string path);

    [LoggerMessage(701, LogLevel.Critical, "accounting file {Path} cannot be written: {Error}. No mail is accepted or delivered until it can: free space, repair the disk, or name another file and reload; it is tried every few seconds")]
    public static partial void AccountingWriteFailed(this ILogger log, string path, string error);

    [LoggerMessage(702, LogLevel.Warning, "accounting file {Path} can be written again after {Tries} failed tries; mail is accepted and delivered")]
    public static partial void AccountingWriteRecovered(this ILogger log, string path, int tries);

    [LoggerMessage(703, LogLevel.Warning, "accounting file {Path} ended in an unfinished line after a crash; {Octets} unacknowledged octets cut")]
    public static partial void AccountingTailCut(this ILogger log, string path, long octets);

    [LoggerMessage(704, LogLevel.Warning, "accounting file {Path}: record-fields names unknown columns, ignored: {Fields}")]
    public static partial void AccountingFieldsUnknown(this ILogger log, string path, string fields);

    [LoggerMessage(705, LogLevel.Warning, "accounting file {Path} could not be moved to {Target}; tried again in a minute")]
    public static partial void AccountingMoveFailed(this ILogger log, string path, string target, Exception error);

    [LoggerMessage(706, LogLevel.Information, "accounting file {Path} deleted: older than delete-after")]
    public static partial void AccountingFileDeleted(this ILogger log, string path);

    [LoggerMessage(707, LogLevel.Warning, "accounting file {Path}: making room failed; tried again in a minute")]
    public static partial void AccountingRoomFailed(this ILogger log, string path, Exception error);

    [LoggerMessage(708, LogLevel.Critical, "accounting stopped with {Count} records that are not on disk; their recipients stay in the spool and are tried again after the restart")]
    public static partial void AccountingStoppedShort(this ILogger log, int count);

    [LoggerMessage(709, LogLevel.Critical, "accounting could not form a record; its writer was told")]
    public static partial void AccountingRecordBroken(this ILogger log, Exception error);
}
