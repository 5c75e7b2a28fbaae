using System.Net;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

public sealed class ResultsTextTests
{
    [Fact]
    public void Everything_that_was_checked_stands_in_one_field()
    {
        var findings = new SenderFindings
        {
            Sender = "ann@brand.example",
            Helo = "mail.brand.example",
            Spf = new SpfVerdict(SpfResult.Pass, "brand.example", "brand.example: ip4:192.0.2.1", ""),
            Iprev = new IprevFinding(IprevResult.Pass, IPAddress.Parse("192.0.2.1"), "mail.brand.example", ""),
            Signatures = [new SignatureFinding(SignatureResult.Pass, "", "brand.example", "s1", "rsa-sha256", "@brand.example", "ab/cd+ef")],
            Arc = new ArcFinding(ArcResult.Pass, "", 2, "list.example"),
            Dmarc = new DmarcFinding(DmarcResult.Pass, "", "brand.example", DmarcPolicy.Reject, 100),
        };

        Assert.Equal(
            "Authentication-Results: mx.test;\r\n\tspf=pass (brand.example: ip4:192.0.2.1)\r\n\tsmtp.mailfrom=ann@brand.example;\r\n"
            + "\tiprev=pass (mail.brand.example)\r\n\tpolicy.iprev=192.0.2.1;\r\n"
            + "\tdkim=pass\r\n\theader.d=brand.example\r\n\theader.i=@brand.example\r\n\theader.s=s1\r\n\theader.a=rsa-sha256\r\n\theader.b=\"ab/cd+ef\";\r\n"
            + "\tdmarc=pass (p=reject pct=100)\r\n\theader.from=brand.example;\r\n\tarc=pass (i=2)\r\n\theader.d=list.example\r\n",
            ResultsText.Field("mx.test", findings));
    }

    [Fact]
    public void What_strangers_write_cannot_break_the_field()
    {
        var findings = new SenderFindings
        {
            Sender = "\"a;\\\"\r\nX: y\u00e4\"@brand.example",
            Spf = new SpfVerdict(SpfResult.Fail, "x", "evil) dkim=pass (\r\nX: y\\ \u00e4", ""),
            Signatures = [],
        };

        string field = ResultsText.Field("mx.test", findings);

        Assert.Equal(4, field.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(field.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1), line => Assert.StartsWith("\t", line, StringComparison.Ordinal));
        Assert.Contains("spf=fail (evil? dkim=pass ???X: y? ?)", field, StringComparison.Ordinal);
        Assert.Contains("smtp.mailfrom=\"\\\"a;\\\\\\\"??X: y?\\\"@brand.example\";", field, StringComparison.Ordinal);
        Assert.EndsWith("\tdkim=none\r\n", field, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_of_which_nothing_was_checked_says_none() =>
        Assert.Equal("Authentication-Results: mx.test; none\r\n", ResultsText.Field("mx.test", new SenderFindings()));
}
