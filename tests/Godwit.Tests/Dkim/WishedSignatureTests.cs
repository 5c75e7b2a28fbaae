using Godwit.Mail;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dkim;

/// <summary>What X-DKIM-Options and X-DKIM-Key make of a message's signatures.</summary>
public sealed class WishedSignatureTests
{
    private const string Keys = """
        domain-key s1, brand.example, /rsa
        domain-key s2, brand.example, /pkcs8
        domain-key ed, brand.example, /ed
        <domain-key-list agency>
          domain-key a1, agency.example, /rsa
        </domain-key-list>

        """;

    private const string FromBrand = "From: Ann <ann@mail.brand.example>\r\n\r\nhello\r\n";

    [Fact]
    public void A_selector_names_one_key()
    {
        Assert.Equal(["rsa-sha256 d=brand.example s=s2 i=ann@mail.brand.example: pass"], Signers(new() { Selector = "s2" }));
        Assert.Equal(["ed25519-sha256 d=brand.example s=ed i=ann@mail.brand.example: pass"], Signers(new() { Selector = "ED" }));
        Assert.Empty(Signers(new() { Selector = "s3" }));
    }

    [Fact]
    public void A_domain_signs_for_whoever_wrote_the_message()
    {
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=@brand.example: pass", "ed25519-sha256 d=brand.example s=ed i=@brand.example: pass"],
            Signers(new() { Domain = DomainName.Parse("brand.example") }, "From: x@stranger.example\r\n\r\nhello\r\n"));
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=ann@mail.brand.example: pass", "ed25519-sha256 d=brand.example s=ed i=ann@mail.brand.example: pass"],
            Signers(new() { Domain = DomainName.Parse("brand.example") }));
    }

    [Fact]
    public void A_domain_without_a_key_of_its_own_is_not_signed_for_by_the_one_above_it() =>
        Assert.Empty(Signers(new() { Domain = DomainName.Parse("mail.brand.example") }));

    [Fact]
    public void An_identity_counts_instead_of_the_author() =>
        Assert.Equal(
            ["rsa-sha256 d=brand.example s=s1 i=news@brand.example: pass"],
            Signers(new() { Selector = "s1", Identity = "news@brand.example" }, "From: x@stranger.example\r\n\r\nhello\r\n"));

    [Fact]
    public void A_list_of_keys_takes_the_place_of_all_others()
    {
        Assert.Empty(Signers(new() { KeyList = "agency" }));
        Assert.Equal(
            ["rsa-sha256 d=agency.example s=a1 i=bob@agency.example: pass"],
            Signers(new() { KeyList = "Agency" }, "From: bob@agency.example\r\n\r\nhello\r\n"));
    }

    [Fact]
    public void A_query_method_stands_in_the_signature()
    {
        string signed = new SigningDesk(Keys).Sign(FromBrand, wishes: new() { Selector = "s1", QueryMethod = "dns/txt" });

        Assert.Contains("q=dns/txt;", signed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_in_the_message_signs_although_nobody_configured_one() =>
        Assert.Equal(
            ["rsa-sha256 d=stranger.example s=own i=x@stranger.example: pass"],
            new SigningDesk("").Signers("From: x@stranger.example\r\n\r\nhello\r\n", wishes: new() { Selector = "own", PrivateKey = DkimKeys.Rsa }));

    [Fact]
    public void Where_only_messages_with_options_are_signed_others_are_not()
    {
        var desk = new SigningDesk(Keys + "<domain *>\n  dkim-sign if-x-dkim-options-present\n</domain>\n");

        Assert.Empty(desk.Signers(FromBrand));
        Assert.Single(desk.Signers(FromBrand, wishes: new() { Selector = "s1" }));
        Assert.Equal(2, desk.Signers(FromBrand, wishes: new()).Count());
    }

    [Fact]
    public void Only_the_first_signature_follows_the_message()
    {
        var desk = new SigningDesk(Keys + "<domain *>\n  second-dkim-sign yes\n  second-dkim-identity @brand.example\n</domain>\n");

        Assert.Equal(
            [
                "rsa-sha256 d=brand.example s=s2 i=ann@mail.brand.example: pass",
                "rsa-sha256 d=brand.example s=s1 i=@brand.example: pass",
                "ed25519-sha256 d=brand.example s=ed i=@brand.example: pass",
            ],
            desk.Signers(FromBrand, wishes: new() { Selector = "s2" }));
    }

    private static IEnumerable<string> Signers(SigningWishes wishes, string message = FromBrand) => new SigningDesk(Keys).Signers(message, wishes: wishes);
}
