// One command line as a client sent it: where it ends, which verb it is, what stands behind the verb. Pure, over the receive buffer.

namespace Godwit.Smtp;

/// <summary>The verbs a server knows. <see cref="Unknown"/> is what it does not.</summary>
public enum SmtpVerb : byte
{
    Unknown,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Help,
    Vrfy,
    Expn,
    Quit,
    StartTls,
    Auth,
}

/// <summary>What the receive buffer holds of the next command line.</summary>
public enum CommandLineStatus : byte
{
    /// <summary>No end yet.</summary>
    Partial,
    Complete,

    /// <summary>Longer than the bound, whether or not it has ended.</summary>
    TooLong,

    /// <summary>A CR or LF that stands alone, or a NUL: what follows cannot be trusted to be where a command starts.</summary>
    Malformed,
}

/// <summary>A verb and its argument. Valid as long as the octets it was read from.</summary>
public readonly ref struct SmtpCommand
{
    /// <summary>RFC 5321 section 4.5.3.1.4 asks for 512 octets; SIZE, BODY, DSN, SMTPUTF8 and AUTH add some 1,500 to MAIL and RCPT.</summary>
    public const int MaxEnvelopeLine = 2_048;

    /// <summary>Any line at all, CRLF included.</summary>
    public const int MaxLine = 4_096;

    /// <summary>AUTH with its initial response, and each response to a challenge (RFC 4954 section 4).</summary>
    public const int MaxAuthLine = 12_288;

    private SmtpCommand(SmtpVerb verb, ReadOnlySpan<byte> argument)
    {
        Verb = verb;
        Argument = argument;
    }

    public SmtpVerb Verb { get; }

    /// <summary>What stands behind the verb and its blank, without blanks at the end.</summary>
    public ReadOnlySpan<byte> Argument { get; }

    /// <summary>Looks for the end of the next command. Only CRLF ends one (RFC 5321 section 2.3.8). <paramref name="length"/> is without it.</summary>
    public static CommandLineStatus FindLine(ReadOnlySpan<byte> buffered, out int length) => FindLine(buffered, out length, MaxLineOf(buffered));

    /// <summary>The same for a line of at most <paramref name="most"/> octets, CRLF included.</summary>
    public static CommandLineStatus FindLine(ReadOnlySpan<byte> buffered, out int length, int most)
    {
        length = buffered.IndexOf((byte)'\n') - 1;
        if (length == -2)
        {
            return buffered.Length > most ? CommandLineStatus.TooLong : CommandLineStatus.Partial;
        }

        if (length < 0 || buffered[length] != '\r' || buffered[..length].ContainsAny((byte)'\r', (byte)0))
        {
            return CommandLineStatus.Malformed;
        }

        return length + 2 > most ? CommandLineStatus.TooLong : CommandLineStatus.Complete;
    }

    private static int MaxLineOf(ReadOnlySpan<byte> buffered) =>
        buffered.Length > MaxLine && System.Text.Ascii.EqualsIgnoreCase(buffered[..5], "AUTH "u8) ? MaxAuthLine : MaxLine;

    /// <summary>Reads a line without its CRLF.</summary>
    public static SmtpCommand Parse(ReadOnlySpan<byte> line)
    {
        int blank = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> verb = blank < 0 ? line : line[..blank];
        ReadOnlySpan<byte> argument = blank < 0 ? default : line[blank..].Trim(" \t"u8);
        return new SmtpCommand(VerbOf(verb), argument);
    }

    private static SmtpVerb VerbOf(ReadOnlySpan<byte> word)
    {
        if (word.Length != 4)
        {
            return System.Text.Ascii.EqualsIgnoreCase(word, "STARTTLS"u8) ? SmtpVerb.StartTls : SmtpVerb.Unknown;
        }

        // Clearing bit 5 makes ASCII letters upper case; what it does to other octets matches no verb.
        uint upper = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(word) & 0xdfdfdfdf;
        return upper switch
        {
            0x4d41494c => SmtpVerb.Mail,
            0x52435054 => SmtpVerb.Rcpt,
            0x44415441 => SmtpVerb.Data,
            0x42444154 => SmtpVerb.Bdat,
            0x45484c4f => SmtpVerb.Ehlo,
            0x48454c4f => SmtpVerb.Helo,
            0x52534554 => SmtpVerb.Rset,
            0x4e4f4f50 => SmtpVerb.Noop,
            0x51554954 => SmtpVerb.Quit,
            0x48454c50 => SmtpVerb.Help,
            0x56524659 => SmtpVerb.Vrfy,
            0x4558504e => SmtpVerb.Expn,
            0x41555448 => SmtpVerb.Auth,
            _ => SmtpVerb.Unknown,
        };
    }
}
