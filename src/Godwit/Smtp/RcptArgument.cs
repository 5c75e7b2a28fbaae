// What RCPT says: the forward-path and the parameters of DSN. Pure.

using System.Text;
using Godwit.Mail;

namespace Godwit.Smtp;

/// <summary>The parsed argument of RCPT.</summary>
public readonly record struct RcptArgument
{
    /// <summary>RFC 3461 section 4.2: at most 500 characters, as it is written.</summary>
    private const int MaxOriginalRecipient = 500;

    public EmailAddress Recipient { get; private init; }

    public DsnNotify Notify { get; private init; }

    /// <summary>ORCPT decoded, with its address type; empty when none.</summary>
    public string OriginalRecipient { get; private init; }

    /// <param name="smtpUtf8">Whether MAIL said SMTPUTF8.</param>
    /// <param name="parsed">Meaningful when there is no fault.</param>
    public static ArgumentFault Parse(ReadOnlySpan<byte> argument, bool smtpUtf8, out RcptArgument parsed)
    {
        parsed = new RcptArgument { OriginalRecipient = "" };
        ArgumentFault fault = SmtpArgument.Open(argument, "TO:"u8, out SmtpArgument walk);
        if (fault != ArgumentFault.None)
        {
            return fault;
        }

        if (!smtpUtf8 && !Ascii.IsValid(argument))
        {
            return ArgumentFault.NotAscii;
        }

        var notify = DsnNotify.Unspecified;
        string original = "";
        while (walk.TryNext(out fault))
        {
            bool valid;
            if (walk.Is("NOTIFY"u8))
            {
                valid = notify == DsnNotify.Unspecified && TryNotify(walk.Value, out notify);
            }
            else if (walk.Is("ORCPT"u8))
            {
                valid = original.Length == 0 && walk.Value.Length <= MaxOriginalRecipient && TryOriginal(walk.Value, smtpUtf8, out original);
            }
            else
            {
                return ArgumentFault.UnknownParameter;
            }

            if (!valid)
            {
                return ArgumentFault.ParameterValue;
            }
        }

        if (fault != ArgumentFault.None)
        {
            return fault;
        }

        bool known = EmailAddress.TryParse(walk.Mailbox, out EmailAddress recipient);
        parsed = new RcptArgument { Recipient = recipient, Notify = notify, OriginalRecipient = original };
        return known ? ArgumentFault.None : ArgumentFault.Address;
    }

    /// <summary>NEVER stands alone; the others in any mix, each once.</summary>
    private static bool TryNotify(ReadOnlySpan<byte> list, out DsnNotify notify)
    {
        notify = DsnNotify.Unspecified;
        foreach (Range range in list.Split((byte)','))
        {
            ReadOnlySpan<byte> word = list[range];
            DsnNotify one =
                Ascii.EqualsIgnoreCase(word, "FAILURE"u8) ? DsnNotify.Failure
                : Ascii.EqualsIgnoreCase(word, "DELAY"u8) ? DsnNotify.Delay
                : Ascii.EqualsIgnoreCase(word, "SUCCESS"u8) ? DsnNotify.Success
                : Ascii.EqualsIgnoreCase(word, "NEVER"u8) ? DsnNotify.Never
                : DsnNotify.Unspecified;
            if (one == DsnNotify.Unspecified || notify.HasFlag(one) || notify.HasFlag(DsnNotify.Never)
                || (one == DsnNotify.Never && notify != DsnNotify.Unspecified))
            {
                return false;
            }

            notify |= one;
        }

        return true;
    }

    /// <summary>An address type (an atom), a semicolon and the address as xtext; "utf-8" has an encoding of its own (RFC 6533 section 3).</summary>
    private static bool TryOriginal(ReadOnlySpan<byte> value, bool smtpUtf8, out string original)
    {
        original = "";
        int semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0 || semicolon == value.Length - 1)
        {
            return false;
        }

        foreach (byte octet in value[..semicolon])
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '-')
            {
                return false;
            }
        }

        ReadOnlySpan<byte> type = value[..semicolon];
        string address;
        bool valid = Ascii.EqualsIgnoreCase(type, "utf-8"u8)
            ? XText.TryDecodeUtf8(value[(semicolon + 1)..], out address)
            : XText.TryDecode(value[(semicolon + 1)..], smtpUtf8, out address);

        // RFC 6533 section 3: an address beyond ASCII is of type utf-8, whatever a client has called it.
        original = $"{(Ascii.IsValid(address) ? Encoding.ASCII.GetString(type) : "utf-8")};{address}";
        return valid;
    }
}
