using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1300, LogLevel.Information, "configuration reloaded by an operator; {Warnings} warnings")]
    public static partial void OperatorReloaded(this ILogger log, int warnings);

    [LoggerMessage(1301, LogLevel.Warning, "configuration not reloaded: {Problems} problems; the configuration before it stays in force; see them with \"godwit check config FILE\"")]
    public static partial void OperatorReloadRefused(this ILogger log, int problems);
}
