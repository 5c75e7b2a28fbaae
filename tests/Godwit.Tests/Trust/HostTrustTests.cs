using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Trust;

/// <summary>What an operator's own authorities decide, and what a domain's policy.</summary>
public sealed class HostTrustTests
{
    private static readonly ForgedCertificate _private = ForgedCertificate.Authority("Private");
    private static readonly DomainName _host = DomainName.Parse("mx.example.org");
    private static readonly ServerClock _clock = new(new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_policy_in_testing_mode_never_keeps_mail_from_a_host_that_proves_itself_by_the_operators_authorities(bool isUnlisted)
    {
        var terms = new TrustTerms(UseDane: false, UseMtaSts: true, RequireStartTls: true, [_private.Certificate]);
        var host = new HostTrust(_clock, _host, terms, HostTrustKind.StsTesting)
        {
            ReferenceNames = [_host.Text], IsUnlisted = isUnlisted, StsAuthorities = [TrustLab.Root.Certificate],
        };
        PeerCertificates good = ForgedCertificate.Host(_private, "mx.example.org").Shown();

        Assert.True(host.IsEnforced);
        Assert.Null(host.Judge(good));
        Assert.True(host.Allows(isEncrypted: true, good));
        Assert.Equal(isUnlisted ? TlsResultType.ValidationFailure : TlsResultType.CertificateNotTrusted, host.JudgeTrial(good));

        // Nor does it vouch for one that does not.
        PeerCertificates known = ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown();
        Assert.Equal(TlsResultType.CertificateNotTrusted, host.Judge(known));
        Assert.False(host.Allows(isEncrypted: false, null));
    }

    [Fact]
    public void Records_that_cannot_be_used_do_not_vouch_for_a_host_that_the_operators_authorities_do_not_know()
    {
        var terms = new TrustTerms(UseDane: true, UseMtaSts: false, RequireStartTls: false, [_private.Certificate]);
        var host = new HostTrust(_clock, _host, terms, HostTrustKind.DaneUnusable) { ReferenceNames = [_host.Text] };

        Assert.Equal(TlsResultType.CertificateNotTrusted, host.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown()));
        Assert.Null(host.Judge(ForgedCertificate.Host(_private, "mx.example.org").Shown()));

        // Such records want TLS with whatever certificate; only the operator's own demand can make more of it.
        Assert.False(host.IsEnforced);
        Assert.True(new HostTrust(_clock, _host, terms with { RequireStartTls = true }, HostTrustKind.DaneUnusable).IsEnforced);
    }

    [Fact]
    public void An_enforced_policy_is_not_fulfilled_by_the_operators_own_authority()
    {
        var terms = new TrustTerms(UseDane: false, UseMtaSts: true, RequireStartTls: false, [_private.Certificate]);
        var host = new HostTrust(_clock, _host, terms, HostTrustKind.Sts) { ReferenceNames = [_host.Text], IsStsHost = true };

        Assert.Equal(TlsResultType.CertificateNotTrusted, host.Judge(ForgedCertificate.Host(_private, "mx.example.org").Shown()));
    }

    [Theory]
    [InlineData("_mx.example.org")]
    [InlineData("-mx.example.org")]
    public void A_host_with_a_name_that_no_certificate_can_speak_of_proves_nothing(string name)
    {
        PeerCertificates shown = ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown();
        DateTime now = _clock.Now.ToUtc();

        Assert.Equal(TlsResultType.CertificateHostMismatch, CertificateTrust.Judge(shown, [name], [TrustLab.Root.Certificate], now));
        Assert.Null(CertificateTrust.Judge(shown, [name, "mx.example.org"], [TrustLab.Root.Certificate], now));
    }

    [Fact]
    public void What_a_peer_has_shown_is_freed_with_its_connection()
    {
        PeerCertificates shown = ForgedCertificate.Host(_private, "mx.example.org").Shown(_private);

        shown.Dispose();

        Assert.Equal([IntPtr.Zero, IntPtr.Zero], [shown.Leaf.Handle, shown.Others[0].Handle]);
    }
}
