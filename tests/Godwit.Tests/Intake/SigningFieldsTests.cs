using System.Text;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Intake;

public sealed class SigningFieldsTests
{
    [Fact]
    public void Options_are_read_with_blanks_and_folds_where_people_put_them()
    {
        Assert.Null(Read("X-DKIM-Options: s=s1; d=brand.example;\r\n i=@mail.Brand.example ;q=dns/txt; key-list = ours\r\n", out SigningWishes? wishes));

        Assert.Equal(
            new SigningWishes
            {
                Selector = "s1", Domain = DomainName.Parse("brand.example"), Identity = "@mail.Brand.example", QueryMethod = "dns/txt", KeyList = "ours",
            },
            wishes);
    }

    [Fact]
    public void An_empty_field_asks_for_a_signature_as_configured()
    {
        Assert.Null(Read("X-DKIM-Options:\r\n", out SigningWishes? wishes));

        Assert.Equal(new SigningWishes(), wishes);
    }

    [Theory]
    [InlineData("s", "takes s=SELECTOR; d=DOMAIN; i=IDENTITY; q=METHOD; key-list=NAME, each with a value of printable ASCII characters")]
    [InlineData("s=", "takes s=SELECTOR; d=DOMAIN; i=IDENTITY; q=METHOD; key-list=NAME, each with a value of printable ASCII characters")]
    [InlineData("s=s1; S=s2", "S= stands twice")]
    [InlineData("s=-a", "s= is no selector: letters, digits, hyphens, and dots between them")]
    [InlineData("s=a123456789012345678901234567890123456789012345678901234567890123", "s= is no selector: letters, digits, hyphens, and dots between them")]
    [InlineData("d=[192.0.2.1]", "d= is no domain")]
    [InlineData("i=brand.example", "i= takes an address, or @ and a domain")]
    [InlineData("d=brand.example; i=x@other.example", "the domain of i= is neither that of d= nor below it (RFC 6376 section 3.5)")]
    [InlineData("key-list=theirs", "there is no <domain-key-list theirs>")]
    [InlineData("a=rsa-sha256", "knows s=, d=, i=, q= and key-list= only")]
    public void Options_that_cannot_be_followed_are_refused_with_a_reason(string value, string reason) =>
        Assert.Equal($"x-dkim-options: {reason}", Read($"X-DKIM-Options: {value}\r\n", out _));

    [Fact]
    public void Options_have_a_longest_value()
    {
        Assert.Equal("x-dkim-options: longer than 1024 characters", Read($"X-DKIM-Options: q={new string('q', 1023)}\r\n", out _));
        Assert.Null(Read($"X-DKIM-Options: q={new string('q', 1022)}\r\n", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folded_key_is_found_again(bool asPkcs8)
    {
        string pem = asPkcs8 ? DkimKeys.RsaPkcs8 : DkimKeys.Rsa;

        Assert.Null(Read($"X-DKIM-Options: s=own\r\nX-DKIM-Key: {pem.Trim().Replace("\n", "\r\n\t", StringComparison.Ordinal)}\r\n", out SigningWishes? wishes));

        Assert.Equal(pem.Trim(), wishes!.PrivateKey);
        Assert.DoesNotContain(pem.Split('\n')[2], wishes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_none_is_refused_and_not_quoted()
    {
        string cut = DkimKeys.Rsa.Trim().Remove(200, 300).Replace("\n", "\r\n ", StringComparison.Ordinal);

        string? problem = Read($"X-DKIM-Options: s=own\r\nX-DKIM-Key: {cut}\r\n", out _);

        Assert.Equal("x-dkim-key is damaged: what it holds is no private key", problem);
    }

    [Fact]
    public void A_key_needs_a_selector()
    {
        Assert.Equal("x-dkim-key needs x-dkim-options with s=SELECTOR beside it", Read($"X-DKIM-Key: {DkimKeys.Rsa.Trim().Replace("\n", " ", StringComparison.Ordinal)}\r\n", out _));
        Assert.Equal("x-dkim-key needs x-dkim-options with s=SELECTOR beside it", Read("X-DKIM-Options: d=a.example\r\nX-DKIM-Key: x\r\n", out _));
    }

    [Fact]
    public void A_source_that_does_not_process_them_takes_them_for_any_field()
    {
        var header = new HeaderBlock("X-DKIM-Options: nonsense\r\nX-DKIM-Key: nonsense\r\n"u8);

        Assert.Null(SigningFields.Read(header, new SourceSettings(), TestSettings.Server(), out SigningWishes? wishes));

        Assert.Null(wishes);
    }

    private static string? Read(string header, out SigningWishes? wishes)
    {
        ServerSettings server = TestSettings.Server() with
        {
            DomainKeyLists = new Dictionary<string, IReadOnlyList<KeyReference>>(StringComparer.OrdinalIgnoreCase) { ["ours"] = [] },
        };
        return SigningFields.Read(
            new HeaderBlock(Encoding.ASCII.GetBytes(header)), new SourceSettings { ProcessXDkimOptions = true, ProcessXDkimKey = true }, server, out wishes);
    }
}
