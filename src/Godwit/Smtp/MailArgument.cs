// What MAIL says: the reverse-path and the parameters of SIZE, BODY, SMTPUTF8 and DSN. Pure.

using System.Buffers.Text;
using System.Text;
using Godwit.Mail;

namespace Godwit.Smtp;

/// <summary>The parsed argument of MAIL.</summary>
public readonly record struct MailArgument
{
    /// <summary>RFC 3461 section 4.4: at most 100 characters, as it is written.</summary>
    private const int MaxEnvelopeId = 100;

    /// <summary>RFC 4954 section 5 adds 500 octets to the line for the whole parameter.</summary>
    private const int MaxAuth = 500;

    public EmailAddress Sender { get; private init; }

    /// <summary>The announced size in octets (RFC 1870); 0 when none was.</summary>
    public long Size { get; private init; }

    public BodyKind Body { get; private init; }

    public bool SmtpUtf8 { get; private init; }

    public DsnReturn Return { get; private init; }

    /// <summary>ENVID, decoded: printable ASCII. Empty when none.</summary>
    public string EnvelopeId { get; private init; }

    /// <param name="allowSmtpUtf8">Whether SMTPUTF8 was offered; otherwise it is an unknown parameter.</param>
    /// <param name="parsed">Meaningful when there is no fault.</param>
    public static ArgumentFault Parse(ReadOnlySpan<byte> argument, bool allowSmtpUtf8, out MailArgument parsed)
    {
        parsed = new MailArgument { EnvelopeId = "" };
        ArgumentFault fault = SmtpArgument.Open(argument, "FROM:"u8, out SmtpArgument walk);
        if (fault != ArgumentFault.None)
        {
            return fault;
        }

        var seen = Seen.None;
        while (walk.TryNext(out fault))
        {
            fault = parsed.Take(walk, allowSmtpUtf8, ref seen, out parsed);
            if (fault != ArgumentFault.None)
            {
                return fault;
            }
        }

        if (fault != ArgumentFault.None)
        {
            return fault;
        }

        if (!parsed.SmtpUtf8 && !Ascii.IsValid(argument))
        {
            return ArgumentFault.NotAscii;
        }

        // RFC 5321 section 4.5.5: the null reverse-path.
        EmailAddress sender = EmailAddress.Null;
        bool valid = walk.Mailbox.IsEmpty || EmailAddress.TryParse(walk.Mailbox, out sender);
        parsed = parsed with { Sender = sender };
        return valid ? ArgumentFault.None : ArgumentFault.Address;
    }

    /// <summary>Takes one parameter. Each may stand once.</summary>
    private ArgumentFault Take(scoped in SmtpArgument walk, bool allowSmtpUtf8, ref Seen seen, out MailArgument taken)
    {
        taken = this;
        Seen which;
        bool valid;
        if (walk.Is("SIZE"u8))
        {
            which = Seen.Size;
            valid = Utf8Parser.TryParse(walk.Value, out ulong size, out int used) && used == walk.Value.Length && walk.Value.Length <= 20;
            taken = this with { Size = (long)Math.Min(size, long.MaxValue) };
        }
        else if (walk.Is("BODY"u8))
        {
            // BINARYMIME is not offered: what is sent on by DATA must consist of lines.
            which = Seen.Body;
            bool eight = Ascii.EqualsIgnoreCase(walk.Value, "8BITMIME"u8);
            valid = eight || Ascii.EqualsIgnoreCase(walk.Value, "7BIT"u8);
            taken = this with { Body = eight ? BodyKind.EightBitMime : BodyKind.SevenBit };
        }
        else if (walk.Is("SMTPUTF8"u8) && allowSmtpUtf8)
        {
            which = Seen.SmtpUtf8;
            valid = walk.Value.IsEmpty;
            taken = this with { SmtpUtf8 = true };
        }
        else if (walk.Is("RET"u8))
        {
            which = Seen.Return;
            bool full = Ascii.EqualsIgnoreCase(walk.Value, "FULL"u8);
            valid = full || Ascii.EqualsIgnoreCase(walk.Value, "HDRS"u8);
            taken = this with { Return = full ? DsnReturn.Full : DsnReturn.Headers };
        }
        else if (walk.Is("ENVID"u8))
        {
            which = Seen.EnvelopeId;
            valid = XText.TryDecode(walk.Value, out string envelopeId) && walk.Value.Length <= MaxEnvelopeId;
            taken = this with { EnvelopeId = envelopeId };
        }
        else if (walk.Is("AUTH"u8))
        {
            // RFC 4954 section 5: who has submitted it, as far as the client knows. Whom we do not trust to say so says "<>", and nothing of it is passed on.
            which = Seen.Auth;
            valid = walk.Value.Length <= MaxAuth && XText.TryDecode(walk.Value, out _);
        }
        else
        {
            return ArgumentFault.UnknownParameter;
        }

        valid &= (seen & which) == Seen.None;
        seen |= which;
        return valid ? ArgumentFault.None : ArgumentFault.ParameterValue;
    }

    [Flags]
    private enum Seen : byte
    {
        None = 0,
        Size = 1,
        Body = 2,
        SmtpUtf8 = 4,
        Return = 8,
        EnvelopeId = 16,
        Auth = 32,
    }
}
