using Godwit.Delivery;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Delivery;

public sealed class DeliveryMacrosTests
{
    private static readonly Instant _now = Instant.FromDateTime(new DateTimeOffset(2026, 11, 7, 9, 8, 7, TimeSpan.Zero));

    [Theory]
    [InlineData("$user", "Ann.Lee@There.TEST", "ann.lee")]
    [InlineData("$to|$domain", "Ann@There.TEST", "ann@there.test|there.test")]
    [InlineData("$from $envid $bodytype", "a@b.test", "me@sender.test e?1 8BITMIME")]
    [InlineData("$isodate $timet", "a@b.test", "2026-11-07 1794042487")]
    [InlineData("$ctime", "a@b.test", "Sat Nov  7 09:08:07 2026")]
    [InlineData("$rfctime", "a@b.test", "Sat, 7 Nov 2026 09:08:07 +0000")]
    public void A_word_gets_the_values_of_its_recipient(string text, string recipient, string expected) =>
        Assert.Equal(expected, Macros(recipient).Word(MacroText.OfPath(text)));

    [Fact]
    public void Addresses_keep_their_case_where_that_is_asked_for() =>
        Assert.Equal("Ann Me@Sender.test", Macros("Ann@b.test", keepsCase: true).Word(MacroText.OfPath("$user $from")));

    [Theory]
    [InlineData("\"../../etc/passwd\"@b.test", "/mail/\"..%2F..%2Fetc%2Fpasswd\"")]
    [InlineData("/etc/passwd@b.test", "/mail/%2Fetc%2Fpasswd")]
    [InlineData("a%2Fb@b.test", "/mail/a%252fb")]
    [InlineData("a.b@b.test", "/mail/a.b")]
    public void An_address_is_one_name_in_a_path_and_never_leaves_the_directory(string recipient, string expected) =>
        Assert.Equal(expected, Macros(recipient).Path(MacroText.OfPath("/mail/$user")));

    [Theory]
    [InlineData("..", "/mail/%2E./x")]
    [InlineData(".ssh", "/mail/%2Essh/x")]
    [InlineData("", "/mail/%/x")]
    [InlineData("a\nb\0", "/mail/a%0Ab%00/x")]
    [InlineData("../..", "/mail/%2E.%2F../x")]
    public void An_envelope_id_is_one_name_too(string envelopeId, string expected) =>
        Assert.Equal(expected, Macros("a@b.test", envelopeId).Path(MacroText.OfPath("/mail/$envid/x")));

    [Fact]
    public void A_name_that_no_file_system_takes_is_no_path() =>
        Assert.Null(Macros("a@b.test", new string('/', 86)).Path(MacroText.OfPath("/mail/$envid")));

    [Fact]
    public void The_null_sender_is_an_empty_word() => Assert.Equal("", Macros("a@b.test", sender: "").Word(MacroText.OfPath("$from")));

    private static DeliveryMacros Macros(string recipient, string envelopeId = "e\n1", bool keepsCase = false, string sender = "Me@Sender.test")
    {
        EmailAddress address = EmailAddress.Parse(recipient);
        var envelope = new Envelope
        {
            Id = default,
            Sender = sender.Length == 0 ? EmailAddress.Null : EmailAddress.Parse(sender),
            EnvelopeId = envelopeId,
            Body = BodyKind.EightBitMime,
            Recipients = [new EnvelopeRecipient { Address = address, Destination = address.Domain, VirtualMta = EnvelopeRecipient.DefaultVirtualMta }],
        };
        return new DeliveryMacros(envelope, 0, keepsCase, _now);
    }
}
