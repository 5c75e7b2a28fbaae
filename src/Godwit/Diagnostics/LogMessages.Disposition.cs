using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Critical, "spool did not take the fates of {Count} recipients, which are accounted already; delivery waits: free space or repair the disk; next try in {Pause}")]
    public static partial void SpoolMarksFailed(this ILogger log, int count, TimeSpan pause, Exception error);

    [LoggerMessage(1001, LogLevel.Warning, "spool took the fates of {Count} recipients after {Tries} failed tries")]
    public static partial void SpoolMarksRecovered(this ILogger log, int count, int tries);

    [LoggerMessage(1002, LogLevel.Warning, "message {Id}: no bounce message for {Sender}, it was refused: {Reply}")]
    public static partial void NoticeRefused(this ILogger log, string id, string sender, string reply);

    [LoggerMessage(1003, LogLevel.Error, "message {Id}: the bounce message for {Sender} could not be made")]
    public static partial void NoticeFailed(this ILogger log, string id, string sender, Exception error);

    [LoggerMessage(1004, LogLevel.Warning, "message {Id}: no bounce message for {Sender}: too many wait for the spool to accept mail again")]
    public static partial void NoticeGivenUp(this ILogger log, string id, string sender);

    [LoggerMessage(1005, LogLevel.Critical, "settlement stopped on an internal error with {Orders} transactions under way. NO MAIL IS ACCEPTED OR DELIVERED until godwitd is restarted; their recipients stay in the spool and are tried again then; please report this")]
    public static partial void SettlementStopped(this ILogger log, int orders, Exception error);

    [LoggerMessage(1010, LogLevel.Warning, "settlement stopped with {Orders} transactions under way, because a device refused their fates; their recipients stay in the spool and are tried again after the restart")]
    public static partial void SettlementStoppedShort(this ILogger log, int orders);

    [LoggerMessage(1006, LogLevel.Critical, "message {Id} in queue {Queue} has expired and cannot be read from the spool; it stays queued")]
    public static partial void ExpiredUnreadable(this ILogger log, string id, string queue, Exception error);

    [LoggerMessage(1007, LogLevel.Error, "message {Id} in queue {Queue} is delayed and cannot be read from the spool; its sender is not told")]
    public static partial void DelayedUnreadable(this ILogger log, string id, string queue, Exception error);

    [LoggerMessage(1008, LogLevel.Information, "message {Id}: no delay notice for {Sender}, it was not accepted; the next one comes in its time")]
    public static partial void DelayNotTold(this ILogger log, string id, string sender);

    [LoggerMessage(1011, LogLevel.Critical, "message {Id} in queue {Queue} was to be deleted and cannot be read from the spool; it stays queued")]
    public static partial void TakenOutUnreadable(this ILogger log, string id, string queue, Exception error);

    [LoggerMessage(1020, LogLevel.Warning, "queue {Queue} is in backoff mode until {Until}: {Reason}")]
    public static partial void BackoffBegan(this ILogger log, object queue, object until, string reason);

    [LoggerMessage(1021, LogLevel.Information, "queue {Queue} is in normal mode again: {Reason}")]
    public static partial void BackoffEnded(this ILogger log, object queue, string reason);

    [LoggerMessage(1022, LogLevel.Warning, "queue {Queue}: source address {Reason}")]
    public static partial void SourceDisabled(this ILogger log, object queue, string reason);

    [LoggerMessage(1023, LogLevel.Information, "queue {Queue}: source address {Reason}")]
    public static partial void SourceEnabled(this ILogger log, object queue, string reason);

    [LoggerMessage(1024, LogLevel.Error, "All SMTP sources for queue {Queue} are now disabled.")]
    public static partial void AllSourcesDisabled(this ILogger log, object queue);

    [LoggerMessage(1025, LogLevel.Error, "the states of {Count} queues are not in the spool yet and would be lost with a restart; next try in {Pause}")]
    public static partial void QueueStatesNotKept(this ILogger log, int count, TimeSpan pause, Exception error);

    [LoggerMessage(1026, LogLevel.Warning, "the state {Key} cannot be kept in the spool or read from it by this version; after a restart the queue begins as a new one")]
    public static partial void QueueStateUnreadable(this ILogger log, string key);

    [LoggerMessage(1027, LogLevel.Warning, "queue {Queue}: no notice for {Recipient}, it was not accepted: {Reply}")]
    public static partial void QueueNoticeRefused(this ILogger log, object queue, string recipient, string reply);

    [LoggerMessage(1028, LogLevel.Error, "queue {Queue}: the notice for {Recipient} could not be sent")]
    public static partial void QueueNoticeFailed(this ILogger log, object queue, string recipient, Exception error);

    [LoggerMessage(1029, LogLevel.Information, "{Count} queues are in the state that they had before the restart: paused, in backoff mode, or without some of their source addresses")]
    public static partial void QueueStatesRestored(this ILogger log, int count);

    [LoggerMessage(1030, LogLevel.Critical, "a fault: what became of queues could not be written down or told by mail; what is left is tried again in {Pause}; please report this")]
    public static partial void QueueStateKeeperFailed(this ILogger log, TimeSpan pause, Exception error);

    [LoggerMessage(1031, LogLevel.Warning, "queue {Queue}: a reply needs attention: {Reason}")]
    public static partial void ReplyAlert(this ILogger log, object queue, string reason);

    [LoggerMessage(1041, LogLevel.Error, "{Count} changes of queues came faster than they could be written down: their outcome is kept, but they are neither logged nor told by mail")]
    public static partial void QueueChangesUntold(this ILogger log, long count);

    [LoggerMessage(1042, LogLevel.Warning, "queue {Queue}: {Count} source addresses, jobs or senders that replies hold do not fit into its state in the spool and would be forgotten by a restart")]
    public static partial void QueueStateCut(this ILogger log, object queue, int count);

    [LoggerMessage(1043, LogLevel.Critical, "a fault: the state {Key} could not be written; it is tried again in {Pause}, and what others say is kept meanwhile; please report this")]
    public static partial void QueueStateNotWritten(this ILogger log, string key, TimeSpan pause, Exception error);
}
