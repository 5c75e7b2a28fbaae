using System.Security.Cryptography.X509Certificates;
using Godwit.Tests.Support;
using Godwit.Tls;

namespace Godwit.Tests.Tls;

public sealed class PeerJudgeTests
{
    private static readonly TestAuthority _authority = new();
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public void Who_leads_to_a_named_authority_is_trusted()
    {
        PeerJudge judge = Judge(_authority.Certificate);
        TestAuthority between = _authority.Below("Between");

        Assert.Equal("", judge.Fault(_authority.Issue("a.test").Certificate, null, _now));
        Assert.Equal("", judge.Fault(between.Issue("a.test").Certificate, [between.Certificate], _now));
        Assert.Equal("no trusted authority has signed it", judge.Fault(between.Issue("a.test").Certificate, null, _now));
        Assert.Equal("no trusted authority has signed it", judge.Fault(new TestAuthority("Nobody").Issue("a.test").Certificate, null, _now));

        // Of the same name, and another key.
        Assert.NotEqual("", judge.Fault(new TestAuthority("Test Authority").Issue("a.test").Certificate, null, _now));
    }

    [Fact]
    public void Times_count_on_the_clock_that_is_handed_in()
    {
        X509Certificate2 certificate = _authority.Issue("a.test").Certificate;

        Assert.Equal("", Judge(_authority.Certificate).Fault(certificate, null, _now.AddDays(89)));
        Assert.Equal("it, or an authority between, has expired or is not valid yet", Judge(_authority.Certificate).Fault(certificate, null, _now.AddDays(91)));
        Assert.Equal("it, or an authority between, has expired or is not valid yet", Judge(_authority.Certificate).Fault(certificate, null, _now.AddDays(-31)));
    }

    [Fact]
    public void A_certificate_for_something_else_proves_nothing() => Assert.Equal(
        "it is not made for this purpose (extended key usage)",
        new PeerJudge([_authority.Certificate], "1.3.6.1.5.5.7.3.4").Fault(_authority.Issue("a.test").Certificate, null, _now));

    [Fact]
    public void Of_a_peer_that_sends_certificates_without_end_some_are_looked_at()
    {
        TestAuthority between = _authority.Below("Between");
        X509Certificate2 certificate = between.Issue("a.test").Certificate;
        X509Certificate2[] idle = [.. Enumerable.Range(0, PeerCertificates.MaxOthers).Select(i => _authority.Issue($"{i}.test").Certificate)];

        Assert.Equal("", Judge(_authority.Certificate).Fault(certificate, [.. idle[1..], between.Certificate], _now));
        Assert.NotEqual("", Judge(_authority.Certificate).Fault(certificate, [.. idle, between.Certificate], _now));
    }

    private static PeerJudge Judge(X509Certificate2 authority) => new([authority], ChainTrust.ForClients);
}
