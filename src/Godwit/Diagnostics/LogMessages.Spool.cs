// Lines of the spool: 600 to 699.

using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(600, LogLevel.Critical,
        "Spool {Path}: writing failed. {Segment} counts up to octet {DurableEnd}, what was being written is refused. No new mail is accepted after a device error until godwitd is restarted; a full disk recovers by itself")]
    public static partial void SpoolDeviceFailed(this ILogger log, Exception failure, string path, string segment, int durableEnd);

    [LoggerMessage(601, LogLevel.Error, "Spool {Path} has no room for new mail: {Problem}. Mail is refused with 4xx, delivery goes on; free space on the disk")]
    public static partial void SpoolHasNoRoom(this ILogger log, string path, string problem);

    [LoggerMessage(602, LogLevel.Information, "Spool {Path} has room again")]
    public static partial void SpoolHasRoomAgain(this ILogger log, string path);

    [LoggerMessage(603, LogLevel.Error,
        "Spool file {File} is damaged: {Octets} octets from offset {Offset} on cannot be read. What lay there is lost, everything else is kept; check the disk")]
    public static partial void SpoolSegmentDamaged(this ILogger log, string file, int offset, int octets);

    [LoggerMessage(604, LogLevel.Information, "Spool file {File}: unfinished writes from offset {Offset} on were dropped; nobody was told that they are safe")]
    public static partial void SpoolTailTorn(this ILogger log, string file, int offset);

    [LoggerMessage(605, LogLevel.Error, "Spool file {File} is damaged at offset {Offset}: the frame there cannot be read; check the disk")]
    public static partial void SpoolFrameDamaged(this ILogger log, string file, int offset);

    [LoggerMessage(606, LogLevel.Error, "Message {Id} cannot be read and is not delivered: {Problem}. It stays in the spool")]
    public static partial void SpoolMessageUnreadable(this ILogger log, string id, string problem);

    [LoggerMessage(607, LogLevel.Error, "Message {Id} in {File} at offset {Offset} lacks a piece of its content and is not delivered")]
    public static partial void SpoolMessageIncomplete(this ILogger log, string id, string file, int offset);

    [LoggerMessage(608, LogLevel.Warning, "Message {Id} stays where it is in the spool, its copy failed: {Problem}")]
    public static partial void SpoolMessageNotCopied(this ILogger log, string id, string problem);

    [LoggerMessage(609, LogLevel.Warning, "Spool file {File} holds something that cannot be read and is kept until the next start")]
    public static partial void SpoolSegmentStuck(this ILogger log, string file);

    [LoggerMessage(610, LogLevel.Warning, "Spool {Path}: a file that is no longer needed could not be taken out of use, trying again later: {Problem}")]
    public static partial void SpoolSegmentNotRecycled(this ILogger log, string path, string problem);

    [LoggerMessage(611, LogLevel.Warning, "Spool index {File} could not be written, the next start reads the whole segment instead: {Problem}")]
    public static partial void SpoolIndexNotWritten(this ILogger log, string file, string problem);

    [LoggerMessage(EventId = 613, Message = "Spool {Path}: {FreeMebibytes} MiB of disk are free, new mail is {Outcome}; delivery goes on")]
    public static partial void SpoolSpaceChanged(this ILogger log, LogLevel level, string path, string outcome, long freeMebibytes);

    [LoggerMessage(612, LogLevel.Warning, "Spool file {File} could not be deleted: {Problem}")]
    public static partial void SpoolFileLeft(this ILogger log, string file, string problem);
}
