// Writes SMTP commands into a connection's send buffer. THE ONE GATE to the command channel: a line that holds CR, LF, NUL, another control character,
// or non-ASCII octets without SMTPUTF8 is never sent; it throws, for whoever let it come so far has a fault.
// Owned by one connection. Nothing leaves before the connection is flushed.

using System.Globalization;
using System.Text;
using Godwit.Mail;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>What MAIL says about a message, as far as the peer understands it.</summary>
/// <param name="Size">Octets of content; 0 says nothing (RFC 1870).</param>
internal readonly record struct MailParameters(long Size, bool EightBitMime, bool SmtpUtf8, bool Dsn);

/// <summary>Writes command lines. Not thread safe.</summary>
internal sealed partial class CommandWriter(SmtpConnection connection)
{
    /// <summary>The longest command is RCPT with an address of 254 octets and an ORCPT of 500; this leaves room for twice that.</summary>
    private const int MaxLine = 2048;

    /// <summary>RFC 3461 section 4.4. A longer one (from X-Envid) stays with us: a peer may refuse the whole message for it.</summary>
    private const int MaxEnvid = 100;

    /// <summary>RFC 3461 section 4.2.</summary>
    private const int MaxOrcpt = 500;

    private readonly byte[] _line = new byte[MaxLine];
    private int _length;

    /// <summary>Called with each command line, when an operator wants to see them; else null.</summary>
    public Action<string>? Trace { get; set; }

    public void Ehlo(string hostName) => Command("EHLO "u8, hostName);

    public void Helo(string hostName) => Command("HELO "u8, hostName);

    public void Data() => Command("DATA"u8, "");

    public void Rset() => Command("RSET"u8, "");

    public void Quit() => Command("QUIT"u8, "");

    public void StartTls() => Command("STARTTLS"u8, "");

    /// <summary>The one and last chunk of a message (RFC 3030 section 2); its octets follow the line.</summary>
    public void BdatLast(int octets)
    {
        Append("BDAT "u8);
        AppendNumber(octets);
        Append(" LAST"u8);
        End(smtpUtf8: false);
    }

    public void Mail(Envelope envelope, in MailParameters parameters)
    {
        Append("MAIL FROM:<"u8);
        Append(envelope.Sender.WireText);
        Append(">"u8);
        if (parameters.Size > 0)
        {
            Append(" SIZE="u8);
            AppendNumber(parameters.Size);
        }

        if (parameters.EightBitMime)
        {
            Append(" BODY=8BITMIME"u8);
        }

        if (parameters.SmtpUtf8)
        {
            Append(" SMTPUTF8"u8);
        }

        if (parameters.Dsn)
        {
            Append(envelope.Return switch { DsnReturn.Full => " RET=FULL"u8, DsnReturn.Headers => " RET=HDRS"u8, _ => default });
            AppendEncoded(" ENVID="u8, envelope.EnvelopeId, MaxEnvid);
        }

        End(parameters.SmtpUtf8);
    }

    public void Rcpt(EnvelopeRecipient recipient, in MailParameters parameters)
    {
        Append("RCPT TO:<"u8);
        Append(recipient.Address.WireText);
        Append(">"u8);
        if (parameters.Dsn)
        {
            AppendNotify(recipient.Notify);
            if (recipient.OriginalRecipient.Length > 0)
            {
                AppendOriginal(recipient.OriginalRecipient);
            }
        }

        End(parameters.SmtpUtf8);
    }

    private void Command(ReadOnlySpan<byte> verb, string argument)
    {
        Append(verb);
        Append(argument);
        End(smtpUtf8: false);
    }

    private void AppendNotify(DsnNotify notify)
    {
        if (notify == DsnNotify.Unspecified)
        {
            return;
        }

        // RFC 3461 section 4.1: NEVER stands alone.
        Append(" NOTIFY="u8);
        if (notify.HasFlag(DsnNotify.Never))
        {
            Append("NEVER"u8);
            return;
        }

        int start = _length;
        AppendListed(notify, DsnNotify.Success, "SUCCESS"u8, start);
        AppendListed(notify, DsnNotify.Failure, "FAILURE"u8, start);
        AppendListed(notify, DsnNotify.Delay, "DELAY"u8, start);
    }

    private void AppendListed(DsnNotify notify, DsnNotify one, ReadOnlySpan<byte> name, int start)
    {
        if (notify.HasFlag(one))
        {
            Append(_length == start ? default : ","u8);
            Append(name);
        }
    }

    private void AppendOriginal(string original)
    {
        int type = original.IndexOf(';', StringComparison.Ordinal);
        ReadOnlySpan<char> address = original.AsSpan(type + 1);
        if (Ascii.IsValid(address))
        {
            AppendEncoded(type > 0 ? Encoding.ASCII.GetBytes($" ORCPT={original.AsSpan(0, type)};") : " ORCPT=rfc822;"u8, address, MaxOrcpt);
        }
        else
        {
            // RFC 6533 section 3: the type for addresses beyond ASCII, in its form that every peer can read.
            AppendEncoded(" ORCPT=utf-8;"u8, address, MaxOrcpt);
        }
    }

    /// <summary>
    /// Appends a parameter in xtext (RFC 3461 section 4), code points beyond ASCII as <c>\x{…}</c> (RFC 6533); leaves it out when empty or too long.
    /// </summary>
    private void AppendEncoded(ReadOnlySpan<byte> parameter, ReadOnlySpan<char> value, int most)
    {
        int start = _length;
        Append(parameter);
        int valueStart = _length;
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (_length - valueStart > most)
            {
                break;
            }

            if (rune.Value is > 32 and < 127 and not ('+' or '='))
            {
                Append([(byte)rune.Value]);
            }
            else if (rune.IsAscii)
            {
                Append("+"u8);
                AppendNumber(rune.Value, "X2");
            }
            else
            {
                Append("\\x{"u8);
                AppendNumber(rune.Value, "X");
                Append("}"u8);
            }
        }

        if (_length == valueStart || _length - valueStart > most)
        {
            _length = start;
        }
    }

    private void AppendNumber(long value, string format = "D")
    {
        if (!value.TryFormat(_line.AsSpan(_length), out int written, format, CultureInfo.InvariantCulture))
        {
            ThrowTooLong();
        }

        _length += written;
    }

    private void Append(string text)
    {
        if (!Encoding.UTF8.TryGetBytes(text, _line.AsSpan(_length), out int written))
        {
            ThrowTooLong();
        }

        _length += written;
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MaxLine - _length)
        {
            ThrowTooLong();
        }

        octets.CopyTo(_line.AsSpan(_length));
        _length += octets.Length;
    }

    private void End(bool smtpUtf8)
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, _length);
        _length = 0;
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~') && (!smtpUtf8 || line.ContainsAnyInRange((byte)0, (byte)31) || line.Contains((byte)127)))
        {
            throw new InvalidOperationException($"a command line holds forbidden octets: {Convert.ToHexString(line)}");
        }

        Trace?.Invoke(Encoding.UTF8.GetString(line));
        connection.Write(line);
        connection.Write("\r\n"u8);
    }

    private void ThrowTooLong()
    {
        _length = 0;
        throw new InvalidOperationException($"a command line of more than {MaxLine} octets");
    }
}
