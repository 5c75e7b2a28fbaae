// What Settings and the log itself have to say. Event ids 200 to 299.

using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(200, LogLevel.Information, "configuration version 1, {ConfigFile}, loaded: {InEffect} directives in effect, {NotYet} not supported yet, {Unknown} unknown")]
    public static partial void ConfigLoaded(this ILogger log, string configFile, int inEffect, int notYet, int unknown);

    [LoggerMessage(202, LogLevel.Error, "configuration: {Problem}")]
    public static partial void ConfigError(this ILogger log, string problem);

    [LoggerMessage(203, LogLevel.Warning, "configuration: {Problem}")]
    public static partial void ConfigWarning(this ILogger log, string problem);
}
