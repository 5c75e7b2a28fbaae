using Godwit.Dns;
using Godwit.Mail;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>What a host shows against its TLSA records (RFC 6698, 7671, 7672).</summary>
public sealed class TlsaSetTests
{
    private static readonly DateTime _now = new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTimeOffset _past = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] _names = ["mx.example.org", "example.org"];

    private static readonly ForgedCertificate _root = ForgedCertificate.Authority("Root");
    private static readonly ForgedCertificate _middle = ForgedCertificate.Authority("Middle", _root);
    private static readonly ForgedCertificate _host = ForgedCertificate.Host(_middle, "mx.example.org");
    private static readonly ForgedCertificate _lone = ForgedCertificate.Host(null, "anything.invalid", _past);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    public void The_hosts_own_certificate_needs_neither_a_name_nor_a_valid_date(int selector, int matching)
    {
        Assert.Null(Judge(_lone.Shown(), _lone.Tlsa(3, selector, matching)));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_host.Shown(_middle), _lone.Tlsa(3, selector, matching)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    public void An_authority_between_or_at_the_root_vouches_for_the_host(int selector, int matching)
    {
        Assert.Null(Judge(_host.Shown(_middle, _root), _root.Tlsa(2, selector, matching)));
        Assert.Null(Judge(_host.Shown(_middle), _middle.Tlsa(2, selector, matching)));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_lone.Shown(_middle, _root), _root.Tlsa(2, selector, matching)));
    }

    [Fact]
    public void An_authority_that_stands_in_DNS_as_a_whole_need_not_be_sent()
    {
        Assert.Null(Judge(_host.Shown(_middle), _root.Tlsa(2, 0, 0)));
        Assert.Null(Judge(_host.Shown(), _middle.Tlsa(2, 0, 0)));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_host.Shown(), _middle.Tlsa(2, 0, 1)));
    }

    [Fact]
    public void A_bare_key_of_an_authority_vouches_for_what_it_has_signed()
    {
        Assert.Null(Judge(_host.Shown(), _middle.Tlsa(2, 1, 0)));
        Assert.Null(Judge(_host.Shown(_middle), _root.Tlsa(2, 1, 0)));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_host.Shown(), _root.Tlsa(2, 1, 0)));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_lone.Shown(), _middle.Tlsa(2, 1, 0)));
    }

    [Fact]
    public void An_impostor_with_the_authoritys_name_and_its_certificate_is_found_out()
    {
        ForgedCertificate impostor = ForgedCertificate.Authority("Root");
        ForgedCertificate host = ForgedCertificate.Host(impostor, "mx.example.org");

        Assert.NotNull(Judge(host.Shown(_root), _root.Tlsa(2, 0, 1)));
        Assert.NotNull(Judge(host.Shown(), _root.Tlsa(2, 0, 0)));
        Assert.NotNull(Judge(host.Shown(impostor, _root), _root.Tlsa(2, 1, 1)));
    }

    [Fact]
    public void A_host_does_not_become_an_authority_by_a_record_of_usage_2()
    {
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_lone.Shown(), _lone.Tlsa(2, 0, 1)));
    }

    [Fact]
    public void A_certificate_of_an_authority_must_be_for_the_host_or_for_the_recipients_domain()
    {
        Assert.Null(Judge(ForgedCertificate.Host(_root, "x", ["example.org"]).Shown(_root), _root.Tlsa(2, 1, 1)));
        Assert.Null(Judge(ForgedCertificate.Host(_root, "x", ["*.example.org"]).Shown(_root), _root.Tlsa(2, 1, 1)));
        Assert.Null(Judge(ForgedCertificate.Host(_root, "mx.example.org", []).Shown(_root), _root.Tlsa(2, 1, 1)));
        Assert.Equal(
            TlsResultType.CertificateHostMismatch, Judge(ForgedCertificate.Host(_root, "mx.example.org", ["other.org"]).Shown(_root), _root.Tlsa(2, 1, 1)));
        Assert.Equal(TlsResultType.CertificateHostMismatch, Judge(ForgedCertificate.Host(_root, "x", ["*.net"]).Shown(_root), _root.Tlsa(2, 1, 1)));
    }

    [Fact]
    public void A_certificate_of_an_authority_must_not_have_expired()
    {
        ForgedCertificate late = ForgedCertificate.Host(_root, "mx.example.org", _past);

        Assert.Equal(TlsResultType.CertificateExpired, Judge(late.Shown(_root), _root.Tlsa(2, 0, 1)));
        Assert.Null(Judge(late.Shown(_root), late.Tlsa(3, 0, 1)));
    }

    [Fact]
    public void During_a_rollover_either_record_will_do()
    {
        ForgedCertificate next = ForgedCertificate.Host(null, "mx.example.org");
        TlsaRecord[] both = [_lone.Tlsa(3, 1, 1), next.Tlsa(3, 1, 1)];

        Assert.Null(Judge(_lone.Shown(), both));
        Assert.Null(Judge(next.Shown(), both));
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_host.Shown(), both));
    }

    [Fact]
    public void A_host_may_match_its_own_record_where_the_authoritys_does_not()
    {
        Assert.Null(Judge(_lone.Shown(), _root.Tlsa(2, 0, 1), _lone.Tlsa(3, 1, 1)));
        Assert.Null(Judge(_host.Shown(_middle, _root), _root.Tlsa(2, 0, 1), _lone.Tlsa(3, 1, 1)));
    }

    [Fact]
    public void A_weak_digest_is_no_way_round_a_strong_one()
    {
        Assert.Equal(TlsResultType.TlsaInvalid, Judge(_lone.Shown(), _lone.Tlsa(3, 1, 1), _host.Tlsa(3, 1, 2)));
        Assert.Null(Judge(_lone.Shown(), _lone.Tlsa(3, 0, 1), _host.Tlsa(3, 1, 2)));
    }

    [Theory]
    [InlineData(0, 1, 1, 32)]
    [InlineData(1, 1, 1, 32)]
    [InlineData(4, 1, 1, 32)]
    [InlineData(255, 1, 1, 32)]
    [InlineData(3, 2, 1, 32)]
    [InlineData(3, 1, 3, 32)]
    [InlineData(3, 1, 1, 31)]
    [InlineData(3, 1, 1, 33)]
    [InlineData(3, 1, 2, 32)]
    [InlineData(3, 1, 0, 32)]
    [InlineData(2, 0, 0, 32)]
    [InlineData(-1, -1, -1, 2)]
    public void A_record_that_means_nothing_here_is_not_usable(int usage, int selector, int matching, int length)
    {
        var record = new TlsaRecord(DomainName.Parse("_25._tcp.mx.example.org"), 300, usage, selector, matching, new byte[length]);

        Assert.Null(TlsaSet.Of([record]));
        Assert.Equal(["3 1 1 " + Convert.ToHexString(_lone.TlsaContent(1, 1))], TlsaSet.Of([record, _lone.Tlsa(3, 1, 1)])!.Lines);
    }

    [Fact]
    public void Random_content_never_throws_and_never_matches()
    {
        var random = new Random(11);
        for (int i = 0; i < 2000; i++)
        {
            byte[] content = new byte[random.Next(80)];
            random.NextBytes(content);
            byte[] start = random.Next(2) == 0 ? _host.Certificate.RawData : _host.Certificate.PublicKey.ExportSubjectPublicKeyInfo();
            start = start[..random.Next(start.Length)];
            var record = new TlsaRecord(
                DomainName.Parse("_25._tcp.mx.example.org"), 1, random.Next(5), random.Next(3), random.Next(4), (byte[])[.. start, .. content]);

            TlsResultType? result = TlsaSet.Of([record])?.Judge(_host.Shown(_middle, _root), _names, _now) ?? TlsResultType.TlsaInvalid;

            Assert.Equal(TlsResultType.TlsaInvalid, result);
        }
    }

    private static TlsResultType? Judge(PeerCertificates peer, params TlsaRecord[] records) => TlsaSet.Of(records)!.Judge(peer, _names, _now);
}
