// Verification's lines and those of keys: 1700 to 1799. Those from 1750 on are asked for by trace-*-check.

using System.Net;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1700, LogLevel.Warning, "a key could not be renewed and the one at hand goes on signing: {Reason}")]
    public static partial void KeyNotRenewed(this ILogger log, string reason);

    [LoggerMessage(1750, LogLevel.Information, "client {Client}: spf of <{Sender}>: {Step}")]
    public static partial void SpfStep(this ILogger log, IPEndPoint client, string sender, string step);

    [LoggerMessage(1751, LogLevel.Information, "client {Client}: spf of <{Sender}> is {Result}: {Reason}; explanation \"{Explanation}\"")]
    public static partial void SpfChecked(this ILogger log, IPEndPoint client, string sender, string result, string reason, string explanation);

    [LoggerMessage(1752, LogLevel.Information, "client {Client}: iprev is {Result}: {Name} {Reason}")]
    public static partial void IprevChecked(this ILogger log, IPEndPoint client, string result, string name, string reason);

    [LoggerMessage(1753, LogLevel.Information, "client {Client}: dkim of a message from <{Sender}> signed by {Domain} with {Selector} is {Result}: {Reason}")]
    public static partial void DkimChecked(
        this ILogger log, IPEndPoint client, string sender, string domain, string selector, string result, string reason);

    [LoggerMessage(1754, LogLevel.Information, "client {Client}: arc of a message from <{Sender}> is {Result} with {Sets} sets: {Reason}")]
    public static partial void ArcChecked(this ILogger log, IPEndPoint client, string sender, string result, int sets, string reason);

    [LoggerMessage(1755, LogLevel.Information, "client {Client}: dmarc of a message from <{Sender}> for {Domain} is {Result}: policy {Policy}; {Reason}")]
    public static partial void DmarcChecked(
        this ILogger log, IPEndPoint client, string sender, string domain, string result, string policy, string reason);
}
