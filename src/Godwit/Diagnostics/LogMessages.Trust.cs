using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(1600, LogLevel.Warning, "the MTA-STS policy of {Domain} could not be fetched: {Trouble}. A policy that is known holds until it expires; without one, mail for the domain waits up to an hour if its policy host cannot be reached")]
    public static partial void StsPolicyNotFetched(this ILogger log, string domain, string trouble);

    [LoggerMessage(1601, LogLevel.Error, "fetching the MTA-STS policy of {Domain} broke off; it counts as a failure. This is a defect, please report it")]
    public static partial void StsFetchBroke(this ILogger log, Exception defect, string domain);

    [LoggerMessage(1602, LogLevel.Warning, "{File} could not be read ({Error}); what stood in it is found out again")]
    public static partial void TrustStateUnreadable(this ILogger log, string file, string error);

    [LoggerMessage(1603, LogLevel.Error, "{File} could not be written ({Error}); mail goes on, but a restart will forget what was to stand there. Check the disk and the permissions of the directory")]
    public static partial void TrustStateNotWritten(this ILogger log, string file, string error);

    [LoggerMessage(1604, LogLevel.Warning, "the report about TLS with {Domain} was not sent to {Target}: {Trouble}. It is tried again for a day, unless it was refused for good")]
    public static partial void TlsReportNotSent(this ILogger log, string domain, string target, string trouble);

    [LoggerMessage(1605, LogLevel.Error, "sending reports about TLS broke off; it goes on in a minute. This is a defect, please report it")]
    public static partial void TlsReportingBroke(this ILogger log, Exception defect);

    [LoggerMessage(1606, LogLevel.Information, "no name server is on this host: DNSSEC cannot be believed, and use-dane has no effect. Run a validating resolver here, or say name-server-trust-ad yes if the way to yours is safe")]
    public static partial void DaneIsBlind(this ILogger log);
}
