using System.Net;
using CsCheck;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Tests.Spool;

public sealed class EnvelopeCodecTests
{
    private static readonly Gen<string> _name = Gen.String[Gen.Char['a', 'z'], 1, 12];

    private static readonly Gen<EmailAddress> _mailbox =
        Gen.Select(_name, _name, Gen.OneOf("example.com", "example.net", "münchen.example", "[192.0.2.1]"))
            .Select((first, last, domain) => EmailAddress.Parse($"{first}.{last}@{domain}"));

    private static readonly Gen<EnvelopeRecipient> _recipient =
        Gen.Select(_mailbox, Gen.Bool, Gen.OneOf("mta1", "mta2", EnvelopeRecipient.DefaultVirtualMta), Gen.OneOf("", "pool1"), Gen.Int[0, 15], Gen.Bool)
            .Select((address, routed, mta, pool, notify, original) => new EnvelopeRecipient
            {
                Address = address,
                Destination = routed ? DomainName.Parse("rollup.example") : address.Domain,
                VirtualMta = mta,
                Pool = pool,
                Notify = (DsnNotify)notify,
                OriginalRecipient = original ? "rfc822;" + address.Text : "",
                Priority = notify > 9 ? (byte)(notify * 6) : EnvelopeRecipient.DefaultPriority,
            });

    private static readonly Gen<Envelope> _envelope =
        Gen.Select(_mailbox, _recipient.List[1, 20], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 3], _name, Gen.OneOf("", "127.0.0.1", "2001:db8::7"))
            .Select((sender, recipients, dsn, body, utf8, kind, text, client) => new Envelope
            {
                Id = new MessageId(77),
                Sender = utf8 ? EmailAddress.Null : sender,
                Recipients = recipients,
                Return = (DsnReturn)dsn,
                Body = (BodyKind)body,
                SmtpUtf8 = utf8,
                Kind = (SubmissionKind)kind,
                JobId = text,
                EnvelopeId = utf8 ? "größe" : "",
                SourceMta = $"{text} ({client})",
                SourceAddress = client.Length > 0 ? IPAddress.Parse(client) : null,
                LocalAddress = utf8 ? IPAddress.Loopback : null,
                SmtpUser = utf8 ? "" : text,
                Signing = body == 1 ? new SigningWishes { Selector = text, Domain = utf8 ? default : DomainName.Parse("d.example"), Identity = "@d.example", PrivateKey = client } : null,
                Windows = kind == 2 ? DeliveryWindows.Of([new DeliveryWindow(new Instant(-5), new Instant(text.Length)), new(new(1000), new(long.MaxValue / 2))]) : null,
            });

    [Fact]
    public void Every_envelope_is_read_as_it_was_written() => _envelope.Sample(
        envelope =>
        {
            var octets = new OctetBuffer();
            EnvelopeCodec.Write(envelope, octets);
            Envelope read = EnvelopeCodec.Read(octets.Span, envelope.Id);

            Assert.Equal(envelope.Recipients, read.Recipients);
            Assert.Equal(envelope with { Recipients = [] }, read with { Recipients = [] });
        },
        seed: "0000KOIPe036",
        iter: 2000);

    [Fact]
    public void A_list_with_one_virtual_mta_names_it_once()
    {
        Envelope envelope = new SpoolRig().NewEnvelope(recipients: 1000);
        var octets = new OctetBuffer();
        EnvelopeCodec.Write(envelope, octets);

        Envelope read = EnvelopeCodec.Read(octets.Span, envelope.Id);

        Assert.InRange(octets.Length / 1000, 1, 24);
        Assert.Same(read.Recipients[0].VirtualMta, read.Recipients[999].VirtualMta);
    }

    [Fact]
    public void Octets_that_end_too_early_are_refused()
    {
        var octets = new OctetBuffer();
        EnvelopeCodec.Write(new SpoolRig().NewEnvelope(recipients: 3), octets);

        for (int length = 0; length < octets.Length; length++)
        {
            byte[] cut = octets.Span[..length].ToArray();
            Assert.Throws<FormatException>(() => EnvelopeCodec.Read(cut, default));
        }
    }

    [Fact]
    public void An_envelope_of_a_spool_from_before_priorities_and_windows_is_read()
    {
        // As version 1 wrote it: sender, one recipient, from 127.0.0.1.
        const string Old = "01 10 00 0B 73 40 6F 6E 65 2E 74 65 73 74 31 02 6A 31 00 00 00 04 7F 00 00 01 00 01 22 0B 72 40 74 77 6F 2E 74 65 73 74 32 04 6D 74 61 31";
        byte[] octets = Convert.FromHexString(Old.Replace(" ", "", StringComparison.Ordinal));

        Envelope read = EnvelopeCodec.Read(octets, new MessageId(77));

        EnvelopeRecipient recipient = Assert.Single(read.Recipients);
        Assert.Equal(("s@one.test1", "j1", "r@two.test2", "mta1", (byte)50), (read.Sender.Text, read.JobId, recipient.Address.Text, recipient.VirtualMta, recipient.Priority));
        Assert.Null(read.Windows);
        var again = new OctetBuffer();
        EnvelopeCodec.Write(read, again);
        Assert.Equal(octets, again.Span.ToArray());
    }

    [Fact]
    public void The_checksum_is_Castagnoli() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8)); // RFC 3720 appendix B.4 and every other implementation.
}
