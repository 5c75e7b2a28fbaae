// The envelope as the spool keeps it: compact, with a version of its own. A recipient repeats only what differs from the one before it,
// so a list with one virtual MTA names it once, on disk and in memory. What few messages have stands in versions of its own: windows and priorities in
// the second, wishes for a signature in the third.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>Envelope to octets and back. The id is not among them: it stands in the frame's header.</summary>
internal static class EnvelopeCodec
{
    /// <summary>No windows, every recipient with the default priority: nothing is said about either.</summary>
    private const byte Plain = 1;

    /// <summary>The number of windows and their times stand before the recipients, a priority behind each recipient's flags.</summary>
    private const byte Extended = 2;

    /// <summary>The same, and behind the windows what the message says about its signature.</summary>
    private const byte Signed = 3;

    [Flags]
    private enum RecipientFields : byte
    {
        None = 0,
        Destination = 1,
        VirtualMta = 2,
        Pool = 4,
        OriginalRecipient = 8,
    }

    /// <summary>Notify has four bits; they stand above the four of <see cref="RecipientFields"/>.</summary>
    private const int NotifyShift = 4;

    public static void Write(Envelope envelope, OctetBuffer to)
    {
        byte version = VersionFor(envelope);
        to.WriteByte(version);
        to.WriteByte((byte)((int)envelope.Return | ((int)envelope.Body << 2) | (envelope.SmtpUtf8 ? 0x10 : 0)));
        to.WriteByte((byte)envelope.Kind);
        to.WriteText(envelope.Sender.Text);
        to.WriteText(envelope.JobId);
        to.WriteText(envelope.EnvelopeId);
        to.WriteText(envelope.SourceMta);
        to.WriteText(envelope.SmtpUser);
        WriteAddress(envelope.SourceAddress, to);
        WriteAddress(envelope.LocalAddress, to);
        if (version >= Extended)
        {
            WriteWindows(envelope.Windows, to);
        }

        if (version == Signed)
        {
            WriteSigning(envelope.Signing!, to);
        }

        to.WriteNumber(envelope.Recipients.Count);
        EnvelopeRecipient? previous = null;
        for (int i = 0; i < envelope.Recipients.Count; i++)
        {
            EnvelopeRecipient recipient = envelope.Recipients[i];
            WriteRecipient(recipient, previous, version, to);
            previous = recipient;
        }
    }

    /// <summary>Throws <see cref="FormatException"/> when the octets are none of ours.</summary>
    public static Envelope Read(ReadOnlySpan<byte> octets, MessageId id)
    {
        var from = new OctetReader(octets);
        byte version = from.ReadByte();
        if (version is not (Plain or Extended or Signed))
        {
            throw new FormatException("unknown version of an envelope");
        }

        byte flags = from.ReadByte();
        byte kind = from.ReadByte();
        return new Envelope
        {
            Id = id,
            Return = (DsnReturn)(flags & 3),
            Body = (BodyKind)((flags >> 2) & 3),
            SmtpUtf8 = (flags & 0x10) != 0,
            Kind = (SubmissionKind)kind,
            Sender = ReadMailbox(ref from),
            JobId = from.ReadText(),
            EnvelopeId = from.ReadText(),
            SourceMta = from.ReadText(),
            SmtpUser = from.ReadText(),
            SourceAddress = ReadAddress(ref from),
            LocalAddress = ReadAddress(ref from),
            Windows = version >= Extended ? ReadWindows(ref from) : null,
            Signing = version == Signed ? ReadSigning(ref from) : null,
            Recipients = ReadRecipients(ref from, version),
        };
    }

    private static byte VersionFor(Envelope envelope)
    {
        if (envelope.Signing is not null)
        {
            return Signed;
        }

        if (envelope.Windows is not null)
        {
            return Extended;
        }

        for (int i = 0; i < envelope.Recipients.Count; i++)
        {
            if (envelope.Recipients[i].Priority != EnvelopeRecipient.DefaultPriority)
            {
                return Extended;
            }
        }

        return Plain;
    }

    private static void WriteWindows(DeliveryWindows? windows, OctetBuffer to)
    {
        to.WriteNumber(windows?.All.Count ?? 0);
        foreach (DeliveryWindow window in windows?.All ?? [])
        {
            to.WriteSigned(window.Start.Ticks);
            to.WriteSigned((window.End - window.Start).Ticks);
        }
    }

    private static DeliveryWindows? ReadWindows(ref OctetReader from)
    {
        int count = from.ReadCount();
        if (count == 0)
        {
            return null;
        }

        if (count > DeliveryWindows.MaxWindows)
        {
            throw new FormatException("too many windows");
        }

        var windows = new DeliveryWindow[count];
        for (int i = 0; i < count; i++)
        {
            var start = new Instant(from.ReadSigned());
            long length = from.ReadSigned();
            windows[i] = length > 0 ? new DeliveryWindow(start, start + new TimeSpan(length)) : throw new FormatException("a window without length");
        }

        return DeliveryWindows.Of(windows);
    }

    private static void WriteSigning(SigningWishes wishes, OctetBuffer to)
    {
        to.WriteText(wishes.Selector);
        to.WriteText(wishes.Domain.IsEmpty ? "" : wishes.Domain.Text);
        to.WriteText(wishes.Identity);
        to.WriteText(wishes.QueryMethod);
        to.WriteText(wishes.KeyList);
        to.WriteText(wishes.PrivateKey);
    }

    private static SigningWishes ReadSigning(ref OctetReader from) => new()
    {
        Selector = from.ReadText(),
        Domain = ReadDomain(ref from),
        Identity = from.ReadText(),
        QueryMethod = from.ReadText(),
        KeyList = from.ReadText(),
        PrivateKey = from.ReadText(),
    };

    private static void WriteRecipient(EnvelopeRecipient recipient, EnvelopeRecipient? previous, byte version, OctetBuffer to)
    {
        RecipientFields fields = RecipientFields.None;
        fields |= recipient.Destination != recipient.Address.Domain ? RecipientFields.Destination : RecipientFields.None;
        fields |= recipient.VirtualMta != previous?.VirtualMta ? RecipientFields.VirtualMta : RecipientFields.None;
        fields |= recipient.Pool != (previous?.Pool ?? "") ? RecipientFields.Pool : RecipientFields.None;
        fields |= recipient.OriginalRecipient.Length > 0 ? RecipientFields.OriginalRecipient : RecipientFields.None;
        to.WriteByte((byte)((int)fields | ((int)recipient.Notify << NotifyShift)));
        if (version >= Extended)
        {
            to.WriteByte(recipient.Priority);
        }

        to.WriteText(recipient.Address.Text);
        if (Has(fields, RecipientFields.Destination))
        {
            to.WriteText(recipient.Destination.Text);
        }

        if (Has(fields, RecipientFields.VirtualMta))
        {
            to.WriteText(recipient.VirtualMta);
        }

        if (Has(fields, RecipientFields.Pool))
        {
            to.WriteText(recipient.Pool);
        }

        if (Has(fields, RecipientFields.OriginalRecipient))
        {
            to.WriteText(recipient.OriginalRecipient);
        }
    }

    private static EnvelopeRecipient[] ReadRecipients(ref OctetReader from, byte version)
    {
        int count = from.ReadCount();
        if (count > from.Remaining)
        {
            throw new FormatException("more recipients than octets");
        }

        var recipients = new EnvelopeRecipient[count];
        EnvelopeRecipient? previous = null;
        for (int i = 0; i < count; i++)
        {
            recipients[i] = previous = ReadRecipient(ref from, previous, version);
        }

        return recipients;
    }

    private static EnvelopeRecipient ReadRecipient(ref OctetReader from, EnvelopeRecipient? previous, byte version)
    {
        byte flags = from.ReadByte();
        byte priority = version >= Extended ? from.ReadByte() : EnvelopeRecipient.DefaultPriority;
        var fields = (RecipientFields)flags;
        EmailAddress address = ReadMailbox(ref from);
        return new EnvelopeRecipient
        {
            Notify = (DsnNotify)(flags >> NotifyShift),
            Priority = Math.Min(priority, EnvelopeRecipient.MaxPriority),
            Address = address,
            Destination = Has(fields, RecipientFields.Destination) ? ReadDomain(ref from) : address.Domain,
            VirtualMta = Has(fields, RecipientFields.VirtualMta) ? from.ReadText() : previous?.VirtualMta ?? "",
            Pool = Has(fields, RecipientFields.Pool) ? from.ReadText() : previous?.Pool ?? "",
            OriginalRecipient = Has(fields, RecipientFields.OriginalRecipient) ? from.ReadText() : "",
        };
    }

    private static bool Has(RecipientFields fields, RecipientFields field) => (fields & field) == field;

    private static EmailAddress ReadMailbox(ref OctetReader from)
    {
        ReadOnlySpan<byte> text = from.ReadOctets(from.ReadCount());
        return text.IsEmpty ? EmailAddress.Null
            : EmailAddress.TryParse(text, out EmailAddress address) ? address
            : throw new FormatException("an address that is none");
    }

    private static DomainName ReadDomain(ref OctetReader from)
    {
        string text = from.ReadText();
        return text.Length == 0 ? default : DomainName.Parse(text);
    }

    private static void WriteAddress(IPAddress? address, OctetBuffer to)
    {
        if (address is null)
        {
            to.WriteByte(0);
            return;
        }

        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out int length);
        to.WriteByte((byte)length);
        to.WriteOctets(octets[..length]);
    }

    private static IPAddress? ReadAddress(ref OctetReader from)
    {
        byte length = from.ReadByte();
        return length == 0 ? null : new IPAddress(from.ReadOctets(length));
    }
}
