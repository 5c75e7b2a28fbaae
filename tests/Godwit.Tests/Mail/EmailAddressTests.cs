using System.Text;
using Godwit.Mail;

namespace Godwit.Tests.Mail;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("user@example.org", "user", "example.org")]
    [InlineData("User.Name+tag@EXAMPLE.Org", "User.Name+tag", "example.org")]
    [InlineData("a..b.@example.org", "a..b.", "example.org")]
    [InlineData("\"quoted part\"@example.org", "\"quoted part\"", "example.org")]
    [InlineData("\"a\\\"@b\"@example.org", "\"a\\\"@b\"", "example.org")]
    [InlineData("user@[192.0.2.1]", "user", "[192.0.2.1]")]
    [InlineData("user@[IPv6:2001:DB8::1]", "user", "[ipv6:2001:db8::1]")]
    [InlineData("jörg@bücher.example", "jörg", "xn--bcher-kva.example")]
    [InlineData("postmaster", "postmaster", "")]
    [InlineData("bounce-1=a=b.example@example.org", "bounce-1=a=b.example", "example.org")]
    public void A_usable_address_is_read(string text, string localPart, string domain)
    {
        Assert.True(EmailAddress.TryParse(text, out EmailAddress address));
        Assert.Equal(localPart, address.LocalPart);
        Assert.Equal(domain, address.Domain.Text);
        Assert.Equal(text, address.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("user")]
    [InlineData("@example.org")]
    [InlineData("user@")]
    [InlineData("user@@example.org")]
    [InlineData("us er@example.org")]
    [InlineData("user@exa mple.org")]
    [InlineData("user@example..org")]
    [InlineData("user@.example.org")]
    [InlineData("user\r\nRCPT TO:<a@b.example>@example.org")]
    [InlineData("\"a\r\nb\"@example.org")]
    [InlineData("\"\"@example.org")]
    [InlineData("\"open@example.org")]
    [InlineData("user\0@example.org")]
    [InlineData("<user@example.org>")]
    [InlineData("user@[192.0.2]")]
    [InlineData("user@[IPv6:192.0.2.1]")]
    [InlineData("us\u0085er@example.org")]
    public void What_could_break_a_command_or_a_queue_is_refused(string text)
    {
        Assert.False(EmailAddress.TryParse(text, out _));
        Assert.False(EmailAddress.TryParse(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Octets_that_are_not_utf8_are_refused()
    {
        Assert.False(EmailAddress.TryParse([(byte)'a', 0xC3, (byte)'@', (byte)'b', (byte)'.', (byte)'c'], out _));
    }

    [Fact]
    public void The_limits_of_rfc_5321_hold()
    {
        Assert.True(EmailAddress.TryParse($"{new string('a', 64)}@example.org", out _));
        Assert.False(EmailAddress.TryParse($"{new string('a', 65)}@example.org", out _));
        Assert.False(EmailAddress.TryParse($"a@{string.Join('.', Enumerable.Repeat(new string('b', 60), 5))}", out _));
        Assert.False(EmailAddress.TryParse($"a@{new string('b', 64)}.example", out _));
    }

    [Fact]
    public void Only_a_local_part_beyond_ascii_needs_smtputf8()
    {
        Assert.True(EmailAddress.Parse("jörg@example.org").NeedsSmtpUtf8);
        EmailAddress unicodeDomain = EmailAddress.Parse("joerg@bücher.example");
        Assert.False(unicodeDomain.NeedsSmtpUtf8);
        Assert.Equal("joerg@xn--bcher-kva.example", unicodeDomain.WireText);
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_what_is_read_holds_no_control_character()
    {
        CsCheck.Check.Sample(CsCheck.Gen.String[CsCheck.Gen.Char["ab@.\"\\ \r\n\0\t<>[]:é\u2028"], 0, 40], text =>
            !EmailAddress.TryParse(text, out EmailAddress address) || !address.WireText.Any(char.IsControl), iter: 20_000);
    }
}
