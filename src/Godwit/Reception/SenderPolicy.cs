// Which findings refuse a message, and with which reply: pure decisions over the source's reject-* directives. Codes by RFC 7208 section 8, RFC 7372
// and RFC 7489 section 10.3.

using Godwit.Mail;
using Godwit.Settings;
using Godwit.Verification;

namespace Godwit.Reception;

/// <summary>Decides about senders. No state, no I/O.</summary>
internal static class SenderPolicy
{
    /// <summary>The reply to MAIL that refuses; null to go on.</summary>
    public static SmtpReply? AtMail(SourceSettings source, SenderFindings findings) =>
        (source.CheckIprevInbound ? OfClient(source, findings.Iprev) : null) ?? (source.CheckSpfInbound ? OfSpf(source, findings.Spf) : null);

    /// <summary>The reply to the content that refuses; null to go on.</summary>
    public static SmtpReply? AtContent(SourceSettings source, DmarcFinding? dmarc) => !source.CheckDmarcInbound ? null : dmarc switch
    {
        { Result: DmarcResult.TempError } when source.RejectDmarcCheckTempError =>
            new SmtpReply(451, $"4.7.26 DMARC of {dmarc.Domain} cannot be checked for now: {dmarc.Reason}"),
        { Result: DmarcResult.Fail, Policy: DmarcPolicy.Reject } when source.RejectDmarcCheckFail && dmarc.IsMeant =>
            new SmtpReply(550, $"5.7.26 {dmarc.Domain} asks to reject mail that neither SPF nor DKIM can show to be its own"),

        // RFC 7489 section 6.6.1: a second From would otherwise be the way around the first one's policy.
        { Result: DmarcResult.PermError } when source.RejectDmarcCheckFail =>
            new SmtpReply(550, $"5.7.26 DMARC cannot tell whose this message is: {dmarc.Reason}"),
        _ => null,
    };

    private static SmtpReply? OfSpf(SourceSettings source, SpfVerdict? spf) => spf?.Result switch
    {
        SpfResult.TempError when source.RejectSpfCheckTempError => new SmtpReply(451, $"4.4.3 SPF cannot be checked for now: {spf.Reason}"),
        SpfResult.PermError when source.RejectSpfCheckPermError => new SmtpReply(550, $"5.5.2 SPF record is broken: {spf.Reason}"),

        // RFC 7208 section 6.2: it must be clear that the domain's owner says so, and not we.
        SpfResult.Fail when source.RejectSpfCheckFail => new SmtpReply(
            550, spf.Explanation.Length > 0 ? $"5.7.23 SPF failed, {spf.Domain} explained: {spf.Explanation}" : $"5.7.23 SPF failed: {spf.Reason}"),
        _ => null,
    };

    private static SmtpReply? OfClient(SourceSettings source, IprevFinding? iprev) => iprev?.Result switch
    {
        IprevResult.TempError when source.RejectIprevCheckTempError => Refusal(451, "4.7.25", iprev),
        IprevResult.PermError when source.RejectIprevCheckPermError => Refusal(550, "5.7.25", iprev),
        IprevResult.Fail when source.RejectIprevCheckFail => Refusal(550, "5.7.25", iprev),
        _ => null,
    };

    private static SmtpReply Refusal(int code, string enhanced, IprevFinding iprev) => new(code, $"{enhanced} reverse name of {iprev.Address}: {iprev.Reason}");
}
