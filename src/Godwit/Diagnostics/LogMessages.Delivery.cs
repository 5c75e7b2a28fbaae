// Log lines of Delivery. Information lines are written only where the queue's log-* directives ask for them.

using System.Net;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1200, LogLevel.Error, "queue {Queue}: a delivery broke off; its recipients wait a minute, nothing is lost; please report this")]
    public static partial void DeliveryFailed(this ILogger log, Exception fault, object queue);

    [LoggerMessage(1201, LogLevel.Error, "queue {Queue}: an expired recipient could not be bounced; it will be tried again in a minute")]
    public static partial void ExpiryFailed(this ILogger log, Exception fault, object queue);

    [LoggerMessage(1217, LogLevel.Error, "queue {Queue}: a message waits a minute for the key that is to sign it: {Problem}")]
    public static partial void SigningKeyLacks(this ILogger log, object queue, string problem);

    [LoggerMessage(1202, LogLevel.Critical, "delivery dispatcher: a turn failed; the next one comes in a second; please report this")]
    public static partial void DispatcherFailed(this ILogger log, Exception fault);

    [LoggerMessage(1203, LogLevel.Warning, "shutdown: {Count} deliveries did not end in time and are cut; their recipients stay queued")]
    public static partial void DeliveriesCut(this ILogger log, int count);

    [LoggerMessage(1204, LogLevel.Warning, "queue {Queue}: no host could be used: {Reason}; next try at {Retry}")]
    public static partial void QueueFailed(this ILogger log, object queue, string reason, Instant retry);

    [LoggerMessage(1205, LogLevel.Error, "queue {Queue}: a message could not be read from the spool; its recipients wait a minute; check the spool's disk")]
    public static partial void MessageUnreadable(this ILogger log, Exception failure, object queue);

    [LoggerMessage(1206, LogLevel.Error, "the senders of {Count} delayed recipients could not be told; their next delay notice comes in its time")]
    public static partial void DelaysNotTold(this ILogger log, Exception fault, int count);

    [LoggerMessage(1209, LogLevel.Warning, "queue {Queue}: a delivery ended after settlement had; its recipients stay in the spool, and what it handed over last may be delivered again after the restart")]
    public static partial void FateNotRecorded(this ILogger log, object queue);

    [LoggerMessage(1210, LogLevel.Warning, "queue {Queue}: the pattern {Pattern} was given up after {Time}, which counts as no match; write it without a repetition in a repetition")]
    public static partial void ReplyPatternGivenUp(this ILogger log, object queue, string pattern, TimeSpan time);

    [LoggerMessage(1211, LogLevel.Warning, "queue {Queue}: a rule puts it into retry mode: {Host} said {Reply}")]
    public static partial void QueueDeferredByRule(this ILogger log, object queue, string host, object reply);

    [LoggerMessage(1212, LogLevel.Warning, "queue {Queue}: a rule bounces all that is in it: {Host} said {Reply}")]
    public static partial void QueueBouncedByRule(this ILogger log, object queue, string host, object reply);

    [LoggerMessage(1213, LogLevel.Information, "queue {Queue}: its MX hosts are those of {Rollup}, its mail moves there")]
    public static partial void QueueJoinsRollup(this ILogger log, object queue, object rollup);

    [LoggerMessage(1214, LogLevel.Information, "queue {Queue}: its MX hosts are a provider's, it shares the limits of {Group} under the settings of {Domain}")]
    public static partial void QueueJoinsGroup(this ILogger log, object queue, object group, object domain);

    [LoggerMessage(1215, LogLevel.Warning, "queue {Queue}: nothing of it goes out without TLS for {Time}: {Reason}")]
    public static partial void TlsWanted(this ILogger log, object queue, string reason, TimeSpan time);

    [LoggerMessage(1216, LogLevel.Warning, "queue {Queue}: TLS to {Host} does not work, and nobody requires it: the host is spoken to in plain text for {Time}: {Problem}")]
    public static partial void TlsBroken(this ILogger log, object queue, string host, string problem, TimeSpan time);

    [LoggerMessage(1218, LogLevel.Warning, "mail of {Domain} goes out unsigned: dkim-sign is yes, and no domain-key is for it; \"godwit check dkim {Domain}\" says which there are; said once an hour")]
    public static partial void NoKeyFor(this ILogger log, string domain);

    [LoggerMessage(1219, LogLevel.Warning, "mail goes out unsigned: dkim-sign is yes, and no domain-key is for its sender, or for anybody; \"godwit trace\" shows one message; said once an hour")]
    public static partial void NothingToSignWith(this ILogger log);

    [LoggerMessage(1257, LogLevel.Information, "queue {Queue}: {Protocol} with {Host}: {Cipher}, {Policy}")]
    public static partial void TlsStarted(this ILogger log, object queue, string host, string protocol, string cipher, string policy);

    [LoggerMessage(1250, LogLevel.Information, "queue {Queue}: connected to {Host} from {Source}")]
    public static partial void Connected(this ILogger log, object queue, string host, IPAddress source);

    [LoggerMessage(1259, LogLevel.Information, "queue {Queue}: authenticated at {Host} as {User} by {Mechanism}")]
    public static partial void LoggedIn(this ILogger log, object queue, string host, string user, string mechanism);

    [LoggerMessage(1251, LogLevel.Information, "queue {Queue}: {Problem}")]
    public static partial void HostFailed(this ILogger log, object queue, string problem);

    [LoggerMessage(1252, LogLevel.Information, "queue {Queue}: {Count} addresses found {Detail}")]
    public static partial void HostsFound(this ILogger log, object queue, int count, string detail);

    [LoggerMessage(1253, LogLevel.Information, "queue {Queue}: transfer failed: {Reason}")]
    public static partial void ConnectionLost(this ILogger log, object queue, string reason);

    [LoggerMessage(1256, LogLevel.Information, "queue {Queue}: transfer to {Host} interrupted, more important mail waits for the connection")]
    public static partial void TransferInterrupted(this ILogger log, object queue, string host);

    [LoggerMessage(1254, LogLevel.Information, "to {Host}: {Line}")]
    public static partial void CommandSent(this ILogger log, string host, string line);

    [LoggerMessage(1262, LogLevel.Information, "to {Host}: {Octets}")]
    public static partial void DataSent(this ILogger log, string host, string octets);

    [LoggerMessage(1255, LogLevel.Information, "from {Host}: {Reply}")]
    public static partial void ReplyReceived(this ILogger log, string host, object reply);
}
