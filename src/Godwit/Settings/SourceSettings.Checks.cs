// What is checked of a sender's claims, and which findings refuse a message.

using Godwit.Mail;

namespace Godwit.Settings;

public sealed partial record SourceSettings
{
    public bool CheckSpfInbound { get; init; }

    /// <summary>Terms of an SPF record whose names may have no records (RFC 7208 section 4.6.4).</summary>
    public int CheckSpfInboundMaxVoidLookups { get; init; } = 2;

    public bool TraceSpfCheck { get; init; }

    public bool RejectSpfCheckTempError { get; init; } = true;

    public bool RejectSpfCheckPermError { get; init; } = true;

    public bool RejectSpfCheckFail { get; init; } = true;

    /// <summary>Checks the ARC chain as well.</summary>
    public bool CheckDkimInbound { get; init; }

    public bool TraceDkimCheck { get; init; }

    public bool CheckIprevInbound { get; init; }

    public bool TraceIprevCheck { get; init; }

    public bool RejectIprevCheckTempError { get; init; }

    public bool RejectIprevCheckPermError { get; init; }

    public bool RejectIprevCheckFail { get; init; }

    /// <summary>Checks SPF and DKIM as well, which DMARC is made of.</summary>
    public bool CheckDmarcInbound { get; init; }

    public bool TraceDmarcCheck { get; init; }

    public bool RejectDmarcCheckTempError { get; init; }

    /// <summary>Only where the author's domain asks for it: p=reject.</summary>
    public bool RejectDmarcCheckFail { get; init; }

    /// <summary>Whose seal mail gets that is passed on (RFC 8617); absent for none.</summary>
    public DomainName ArcSeal { get; init; }
}
