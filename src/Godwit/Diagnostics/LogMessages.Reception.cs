// Reception's lines: 1100 to 1199.

using System.Net;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1100, LogLevel.Information, "listening on {EndPoint}")]
    public static partial void Listening(this ILogger log, IPEndPoint endPoint);

    [LoggerMessage(1101, LogLevel.Error, "cannot listen: {Problem}")]
    public static partial void CannotListen(this ILogger log, string problem);

    [LoggerMessage(1102, LogLevel.Information, "no longer listening on {EndPoint}")]
    public static partial void ListenerClosed(this ILogger log, IPEndPoint endPoint);

    [LoggerMessage(1103, LogLevel.Error, "listener {EndPoint} stopped: {Error}; no client can connect there until the server is reloaded")]
    public static partial void ListenerFailed(this ILogger log, IPEndPoint endPoint, string error);

    [LoggerMessage(1104, LogLevel.Warning, "listener {EndPoint} pauses, the system is out of resources: {Error}; raise the limit of open files if this goes on")]
    public static partial void ListenerPauses(this ILogger log, IPEndPoint endPoint, string error);

    [LoggerMessage(1105, LogLevel.Warning, "client {Client} refused: {Limit} inbound connections are open, which is total-max-smtp-in; {Refused} refused since the start")]
    public static partial void TooManyConnections(this ILogger log, IPEndPoint? client, int limit, long refused);

    [LoggerMessage(1106, LogLevel.Error, "session of client {Client} broke off on an internal error; nothing that was acknowledged is lost")]
    public static partial void SessionBroke(this ILogger log, Exception error, IPEndPoint client);

    [LoggerMessage(1107, LogLevel.Error, "a client was dropped on an internal error before its session began")]
    public static partial void SessionNotBegun(this ILogger log, Exception error);

    [LoggerMessage(1108, LogLevel.Error, "built-in receiver: the session of client {Client} broke off on an internal error; please report this")]
    public static partial void DummySessionBroke(this ILogger log, Exception error, IPEndPoint client);

    [LoggerMessage(1112, LogLevel.Information, "client {Client} timed out")]
    public static partial void ClientTimedOut(this ILogger log, IPEndPoint client);

    [LoggerMessage(1120, LogLevel.Warning, "client {Client} closed after {Mistakes} wrong commands in a row")]
    public static partial void TooManyMistakes(this ILogger log, IPEndPoint client, int mistakes);

    [LoggerMessage(1121, LogLevel.Warning, "client {Client} closed: a command with a CR, LF or NUL where none belongs")]
    public static partial void BadLineEndInCommand(this ILogger log, IPEndPoint client);

    [LoggerMessage(1122, LogLevel.Warning, "client {Client} closed: an end of data that other servers could read differently (SMTP smuggling, or a client that ends lines with LF)")]
    public static partial void AmbiguousEndOfData(this ILogger log, IPEndPoint client);

    [LoggerMessage(1123, LogLevel.Information, "client {Client}: relaying to {Recipient} denied; add a relay-domain, or always-allow-relaying to the client's source")]
    public static partial void RelayDenied(this ILogger log, IPEndPoint client, string recipient);

    [LoggerMessage(1126, LogLevel.Information, "client {Client}: relaying denied for {Count} recipients in this session")]
    public static partial void RelayingDenied(this ILogger log, IPEndPoint client, int count);

    [LoggerMessage(1127, LogLevel.Warning, "client {Client} is closed: {Count} recipients were denied relaying; add a relay-domain, or always-allow-relaying to its source, if it is one of yours")]
    public static partial void TooManyRelayAttempts(this ILogger log, IPEndPoint client, int count);

    [LoggerMessage(1128, LogLevel.Warning, "client {Client}: a command of more than {Limit} octets was refused; said once for a session")]
    public static partial void CommandTooLong(this ILogger log, IPEndPoint client, int limit);

    [LoggerMessage(1129, LogLevel.Warning, "client {Client}: recipients beyond {Limit} of a message were put off with 452 (max-rcpt-per-message of source {Source}); said once for a session")]
    public static partial void TooManyRecipients(this ILogger log, IPEndPoint client, int limit, string source);

    [LoggerMessage(1124, LogLevel.Information, "client {Client}: message refused, {Reason}")]
    public static partial void ContentRefused(this ILogger log, IPEndPoint client, string reason);

    [LoggerMessage(1125, LogLevel.Error, "client {Client}: content could not be written to the spool")]
    public static partial void ContentNotStored(this ILogger log, Exception error, IPEndPoint client);

    [LoggerMessage(1130, LogLevel.Warning, "client {Client}: {Octets} octets sent behind STARTTLS in clear text were dropped (a client that does not wait, or somebody who injects commands)")]
    public static partial void BehindStartTls(this ILogger log, IPEndPoint client, int octets);

    [LoggerMessage(1131, LogLevel.Error, "client {Client} closed: its listener speaks TLS from the first octet and has no certificate; reload the configuration")]
    public static partial void NoImmediateTls(this ILogger log, IPEndPoint client);

    [LoggerMessage(1136, LogLevel.Warning, "client {Client} closed: it speaks TLS from the first octet, and listener {Listener} begins in plain text; let it use STARTTLS, "
        + "or a <smtp-listener> with immediate-tls yes")]
    public static partial void ClientSpeaksTlsAtOnce(this ILogger log, IPEndPoint client, IPEndPoint listener);

    [LoggerMessage(1137, LogLevel.Warning, "client {Client} closed: it speaks no TLS, and listener {Listener} has immediate-tls yes; let it use TLS from the first octet, "
        + "or a listener without that directive, with STARTTLS")]
    public static partial void ClientSpeaksNoTls(this ILogger log, IPEndPoint client, IPEndPoint listener);

    [LoggerMessage(1138, LogLevel.Warning, "client {Client} closed: it said nothing for a minute, as who waits for a greeting in plain text, and listener {Listener} has "
        + "immediate-tls yes; let it use TLS from the first octet, or a listener without that directive, with STARTTLS")]
    public static partial void ClientWaitsForGreeting(this ILogger log, IPEndPoint client, IPEndPoint listener);

    [LoggerMessage(1133, LogLevel.Warning, "client {Client}: authentication by {Mechanism} failed, user {User}")]
    public static partial void AuthFailed(this ILogger log, IPEndPoint client, string mechanism, string user);

    [LoggerMessage(1134, LogLevel.Warning, "client {Client} is shut out: more than {Most} failed authentications of its address, which is smtp-max-auth-failure-rate; "
        + "\"show disabled clients\" says until when, \"enable client\" ends it")]
    public static partial void ClientShutOut(this ILogger log, IPEndPoint client, object most);

    [LoggerMessage(1135, LogLevel.Warning, "client {Client}: authentication put off with 454, {Own} passwords of its address or {All} of all wait to be compared; somebody may be guessing")]
    public static partial void AuthPutOff(this ILogger log, IPEndPoint client, int own, int all);

    [LoggerMessage(1139, LogLevel.Warning, "the key behind SCRAM's answers about unknown users could not be kept in the spool ({Error}): after a restart those answers change, and users' do not")]
    public static partial void DecoyKeyNotKept(this ILogger log, string error);

    [LoggerMessage(1140, LogLevel.Information, "client {Client}: mail from <{Sender}> refused by a check of its sender: {Reply}")]
    public static partial void SenderRefused(this ILogger log, IPEndPoint client, string sender, string reply);

    [LoggerMessage(1150, LogLevel.Information, "client {Client} connected to {Local}, source {Source}")]
    public static partial void ClientConnected(this ILogger log, IPEndPoint client, IPEndPoint local, string source);

    [LoggerMessage(1151, LogLevel.Information, "client {Client} disconnected")]
    public static partial void ClientDisconnected(this ILogger log, IPEndPoint client);

    [LoggerMessage(1159, LogLevel.Information, "client {Client} authenticated as {User} by {Mechanism}, source {Source}")]
    public static partial void ClientAuthenticated(this ILogger log, IPEndPoint client, string user, string mechanism, string source);

    [LoggerMessage(1152, LogLevel.Information, "client {Client} > {Command}")]
    public static partial void CommandReceived(this ILogger log, IPEndPoint client, string command);

    [LoggerMessage(1153, LogLevel.Information, "client {Client} < {Reply}")]
    public static partial void ReplySent(this ILogger log, IPEndPoint client, string reply);

    [LoggerMessage(1160, LogLevel.Information, "client {Client} > {Octets}")]
    public static partial void DataReceived(this ILogger log, IPEndPoint client, string octets);

    [LoggerMessage(1154, LogLevel.Information, "client {Client} speaks {Protocol} {Cipher}{Certificate}")]
    public static partial void ClientSpeaksTls(this ILogger log, IPEndPoint client, string protocol, string cipher, string certificate);

    [LoggerMessage(1155, LogLevel.Information, "client {Client} closed: TLS did not come about: {Reason}")]
    public static partial void ClientTlsFailed(this ILogger log, IPEndPoint client, string reason);
}
