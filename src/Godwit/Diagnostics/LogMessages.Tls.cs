using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public static partial class LogMessages
{
    [LoggerMessage(800, LogLevel.Information, "certificate file {Path} has changed: {Subject}, valid until {Until:yyyy-MM-dd}, is in use for new connections")]
    public static partial void CertificateRenewed(this ILogger log, string path, string subject, DateTime until);

    [LoggerMessage(801, LogLevel.Error, "a changed certificate file is not used: {Fault}. The certificate before it, valid until {Until:yyyy-MM-dd}, stays in use; correct the file")]
    public static partial void CertificateBroken(this ILogger log, string fault, DateTime until);

    [LoggerMessage(802, LogLevel.Information, "the file of authorities {Path} has changed: the {Count} certificates in it count for new connections")]
    public static partial void AuthoritiesRenewed(this ILogger log, string path, int count);

    [LoggerMessage(803, LogLevel.Error, "a changed file of authorities is not used: {Fault}. The {Count} certificates that it had go on to count; correct the file")]
    public static partial void AuthoritiesBroken(this ILogger log, string fault, int count);
}
