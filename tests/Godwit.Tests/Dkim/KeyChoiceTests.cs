using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Dkim;

/// <summary>Who signs for whom: identity, domain and selector of the signatures that a configuration makes.</summary>
public sealed class KeyChoiceTests
{
    private const string FromBrand = "From: Ann <ann@brand.example>\r\n\r\nhello\r\n";

    [Fact]
    public void The_key_of_the_from_domain_signs_for_the_from_address() =>
        Assert.Equal(["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass"], new SigningDesk("domain-key s1, brand.example, /rsa\n").Signers());

    [Fact]
    public void A_key_in_pkcs8_signs_like_the_same_key_in_pkcs1() =>
        Assert.Equal(["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass"], new SigningDesk("domain-key s1, brand.example, /pkcs8\n").Signers());

    [Theory]
    [InlineData("domain-key s1, other.example, /rsa\n")]
    [InlineData("domain-key s1, rand.example, /rsa\n")]
    [InlineData("domain-key s1, mail.brand.example, /rsa\n")]
    [InlineData("domain-key s1, brand.example, /rsa\n<domain *>\n  dkim-sign no\n</domain>\n")]
    [InlineData("domain-key s1, brand.example, /rsa\n<domain *>\n  dkim-algorithm ed25519-sha256\n</domain>\n")]
    public void Without_a_key_for_the_sender_mail_goes_unsigned(string config) => Assert.Empty(new SigningDesk(config).Signers());

    [Fact]
    public void A_sender_field_goes_before_from_unless_only_from_is_to_count()
    {
        const string Both = "From: ann@brand.example\r\nSender: bob@agency.example\r\n\r\nhello\r\n";
        const string Keys = "domain-key s1, brand.example, /rsa\ndomain-key s2, agency.example, /rsa\n";

        Assert.Equal(["rsa-sha256 d=agency.example s=s2 i=bob@agency.example: pass"], new SigningDesk(Keys).Signers(Both));
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass"],
            new SigningDesk(Keys + "<domain *>\n  dkim-identity strict-from\n</domain>\n").Signers(Both));
    }

    [Fact]
    public void A_configured_identity_counts_instead_of_the_message()
    {
        const string Key = "domain-key s1, brand.example, /rsa\n";
        const string Stranger = "From: x@stranger.example\r\n\r\nhello\r\n";

        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=@mail.brand.example: pass"],
            new SigningDesk(Key + "<domain *>\n  dkim-identity @mail.brand.example\n</domain>\n").Signers(Stranger));
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=post@brand.example: pass"],
            new SigningDesk(Key + "<domain *>\n  dkim-identity post@brand.example\n</domain>\n").Signers(Stranger));
    }

    [Fact]
    public void The_fallback_signs_for_a_sender_without_a_key_and_for_no_other()
    {
        var desk = new SigningDesk(
            "domain-key s1, brand.example, /rsa\ndomain-key esp, esp.example, /rsa\n<domain *>\n  dkim-identity-fallback @esp.example\n</domain>\n");

        Assert.Equal(["rsa-sha256 d=esp.example s=esp i=@esp.example: pass"], desk.Signers("From: x@stranger.example\r\n\r\nhello\r\n"));
        Assert.Equal(["rsa-sha256 d=esp.example s=esp i=@esp.example: pass"], desk.Signers("Subject: nobody\r\n\r\nhello\r\n"));
        Assert.Equal(["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass"], desk.Signers(FromBrand));
    }

    [Fact]
    public void The_first_key_that_fits_signs_also_one_of_a_parent_domain()
    {
        const string Deep = "From: ann@news.mail.brand.example\r\n\r\nhello\r\n";

        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=ann@news.mail.brand.example: pass"],
            new SigningDesk("domain-key s1, brand.example, /rsa\ndomain-key s2, mail.brand.example, /rsa\n").Signers(Deep));
        Assert.Equal(
            ["rsa-sha256 d=mail.brand.example s=s2 i=ann@news.mail.brand.example: pass"],
            new SigningDesk("domain-key s2, mail.brand.example, /rsa\ndomain-key s1, brand.example, /rsa\n").Signers(Deep));
    }

    [Theory]
    [InlineData("domain-key any, *, /rsa\ndomain-key s1, brand.example, /rsa\n", "any")]
    [InlineData("domain-key s1, brand.example, /rsa\ndomain-key any, *, /rsa\n", "s1")]
    public void A_star_is_for_everybody_and_signs_with_the_senders_own_domain(string config, string selector)
    {
        var desk = new SigningDesk(config);

        Assert.Equal([$"rsa-sha256 d=brand.example s={selector} i=ann@brand.example: pass"], desk.Signers());
        Assert.Equal(["rsa-sha256 d=x.stranger.example s=any i=y@x.stranger.example: pass"], desk.Signers("From: y@x.stranger.example\r\n\r\nhello\r\n"));
    }

    [Fact]
    public void Nobody_signs_for_an_address_literal() =>
        Assert.Empty(new SigningDesk("domain-key any, *, /rsa\n").Signers("From: root@[192.0.2.1]\r\n\r\nhello\r\n"));

    [Fact]
    public void A_macro_stands_for_all_its_domains()
    {
        var desk = new SigningDesk("domain-macro brands a.example, b.example\ndomain-key s1, $brands, /rsa\n");

        Assert.Equal(["rsa-sha256 d=a.example s=s1 i=x@a.example: pass"], desk.Signers("From: x@a.example\r\n\r\nhello\r\n"));
        Assert.Equal(["rsa-sha256 d=b.example s=s1 i=x@sub.b.example: pass"], desk.Signers("From: x@sub.b.example\r\n\r\nhello\r\n"));
        Assert.Empty(desk.Signers());
    }

    [Fact]
    public void Keys_of_the_virtual_mta_come_before_its_pools_and_the_servers()
    {
        var desk = new SigningDesk("""
            domain-key global, *, /rsa
            <virtual-mta own>
              domain-key mine, brand.example, /rsa
            </virtual-mta>
            <virtual-mta member>
            </virtual-mta>
            <virtual-mta alone>
              domain-key ""
              domain-key mine, other.example, /rsa
            </virtual-mta>
            <virtual-mta other>
              domain-key mine, other.example, /rsa
            </virtual-mta>
            <virtual-mta-pool p>
              virtual-mta own
              virtual-mta member
              domain-key pooled, brand.example, /rsa
            </virtual-mta-pool>

            """);

        Assert.Equal(["rsa-sha256 d=brand.example s=mine i=ann@brand.example: pass"], desk.Signers(FromBrand, "own"));
        Assert.Equal(["rsa-sha256 d=brand.example s=pooled i=ann@brand.example: pass"], desk.Signers(FromBrand, "member"));
        Assert.Equal(["rsa-sha256 d=brand.example s=global i=ann@brand.example: pass"], desk.Signers(FromBrand, "other"));
        Assert.Equal(["rsa-sha256 d=brand.example s=global i=ann@brand.example: pass"], desk.Signers(FromBrand));
        Assert.Empty(desk.Signers(FromBrand, "alone"));
    }

    [Fact]
    public void An_ed25519_key_beside_the_rsa_key_signs_too()
    {
        string[] both = ["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass", "ed25519-sha256 d=brand.example s=ed i=ann@brand.example: pass"];

        Assert.Equal(both, new SigningDesk("domain-key s1, brand.example, /rsa\ndomain-key ed, brand.example, /ed\n").Signers());
        Assert.Equal(both, new SigningDesk("domain-key ed, brand.example, /ed\ndomain-key s1, *, /rsa\n").Signers());
        Assert.Equal([both[0]], new SigningDesk("domain-key s1, brand.example, /rsa\ndomain-key ed, other.example, /ed\n").Signers());
    }

    [Fact]
    public void An_ed25519_key_signs_alone_where_there_is_no_rsa_key_or_where_only_it_is_wanted()
    {
        string[] alone = ["ed25519-sha256 d=brand.example s=ed i=ann@brand.example: pass"];

        Assert.Equal(alone, new SigningDesk("domain-key ed, brand.example, /ed\n").Signers());
        Assert.Equal(
            alone,
            new SigningDesk("domain-key s1, brand.example, /rsa\ndomain-key ed, brand.example, /ed\n<domain *>\n  dkim-algorithm ed25519-sha256\n</domain>\n").Signers());
    }

    [Fact]
    public void The_second_signature_has_its_own_identity_and_forms()
    {
        var desk = new SigningDesk("""
            domain-key s1, brand.example, /rsa
            domain-key esp, esp.example, /rsa
            <domain *>
              second-dkim-sign yes
              second-dkim-identity @esp.example
              second-dkim-body-canon simple
              second-dkim-headers-canon simple
            </domain>

            """);

        List<JudgedSignature> signatures = PlainDkim.Judge(desk.Sign(SigningDesk.Letter), SigningDesk.Record);

        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass", "rsa-sha256 d=esp.example s=esp i=@esp.example: pass"],
            signatures.Select(s => s.ToString()));
        Assert.Equal(["relaxed/relaxed", "simple/simple"], signatures.Select(s => s.Tags["c"]));
    }

    [Fact]
    public void Rsa_sha1_signs_with_sha256() =>
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass"],
            new SigningDesk("domain-key s1, brand.example, /rsa\n<domain *>\n  dkim-algorithm rsa-sha1\n</domain>\n").Signers());

    [Fact]
    public void A_key_that_is_gone_or_damaged_is_named_and_nothing_of_it_is_told()
    {
        ServerSettingsWithKey("/rsa", out var settings);

        var clock = new ServerClock(TimeProvider.System);

        string gone = Assert.Throws<DkimKeyException>(() => KeyRings.Read(settings, _ => throw new FileNotFoundException(), clock, NullLogger.Instance)).Message;
        Assert.Contains("/rsa: no such file", gone, StringComparison.Ordinal);
        string damaged = DkimKeys.Rsa.Remove(400, 60);
        string told = Assert.Throws<DkimKeyException>(() => KeyRings.Read(settings, _ => damaged, clock, NullLogger.Instance)).ToString();
        Assert.StartsWith("Godwit.Dkim.DkimKeyException: /rsa is damaged", told, StringComparison.Ordinal);
        Assert.DoesNotContain(DkimKeys.Rsa.Substring(60, 20), told, StringComparison.Ordinal);
    }

    private static void ServerSettingsWithKey(string file, out Godwit.Settings.ServerSettings settings)
    {
        settings = Godwit.Settings.ConfigFile.LoadText($"postmaster a@example.com\nspool /x\nlog-file /y\ndomain-key s1, brand.example, {file}\n").Settings!;
        Assert.NotNull(settings);
    }
}
