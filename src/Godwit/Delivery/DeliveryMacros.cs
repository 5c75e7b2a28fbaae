// The variables of file-destination and command for one recipient. What a client chose (addresses, envelope id) is put in so that it stays one name in a
// path and one word of a command. Immutable.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Puts values into texts with variables.</summary>
internal sealed class DeliveryMacros(Envelope envelope, int index, bool keepsCase, Instant now)
{
    /// <summary>NAME_MAX of Linux: octets of one name in a path.</summary>
    private const int MaxNameOctets = 255;

    /// <summary>Day, month, date, time, year, as ctime(3) has them: the form of a mailbox's From line. UTC.</summary>
    public static string CTime(Instant time)
    {
        DateTime utc = time.ToUtc();
        return string.Create(CultureInfo.InvariantCulture, $"{utc:ddd MMM} {utc.Day,2} {utc:HH:mm:ss yyyy}");
    }

    /// <summary>
    /// A path. A value never makes a directory, never leaves one and never hides a file: <c>/</c>, <c>%</c>, control characters and a dot at its beginning
    /// stand as <c>%</c> and two digits, an empty value as <c>%</c>. Null when a name would be longer than a file system takes.
    /// </summary>
    public string? Path(MacroText text)
    {
        var path = new StringBuilder();
        foreach (MacroPiece piece in text.Pieces)
        {
            path.Append(piece.IsVariable ? AsName(Value(piece.Text)) : piece.Text);
        }

        string whole = path.ToString();
        foreach (string name in whole.Split('/'))
        {
            if (Encoding.UTF8.GetByteCount(name) > MaxNameOctets)
            {
                return null;
            }
        }

        return whole;
    }

    /// <summary>One word of a command. Control characters, which an envelope id may hold, become question marks.</summary>
    public string Word(MacroText text)
    {
        var word = new StringBuilder();
        foreach (MacroPiece piece in text.Pieces)
        {
            word.Append(piece.IsVariable ? Printable(Value(piece.Text)) : piece.Text);
        }

        return word.ToString();
    }

    /// <summary>The text without control characters.</summary>
    public static string Printable(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = char.IsControl(source[i]) ? '?' : source[i];
        }
    });

    private static string AsName(string value)
    {
        if (value.Length == 0)
        {
            return "%";
        }

        var name = new StringBuilder(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c is '/' or '%' || c < ' ' || c == '\u007f' || (c == '.' && i == 0))
            {
                name.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            }
            else
            {
                name.Append(c);
            }
        }

        return name.ToString();
    }

    private string Value(string name) => name switch
    {
        "bodytype" => envelope.Body switch { BodyKind.EightBitMime => "8BITMIME", BodyKind.BinaryMime => "BINARYMIME", _ => "7BIT" },
        "ctime" => CTime(now),
        "envid" => envelope.EnvelopeId,
        "from" => Case(envelope.Sender.Text),
        "isodate" => now.ToUtc().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "timet" => (now.UnixMilliseconds / 1000).ToString(CultureInfo.InvariantCulture),
        "rfctime" => now.ToUtc().ToString("ddd, d MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
        "to" => Case(Recipient.Address.Text),
        "user" => Case(Recipient.Address.LocalPart),
        "domain" => Recipient.Address.Domain.Text,
        _ => throw new InvalidOperationException($"no value for the variable ${name}"),
    };

    private EnvelopeRecipient Recipient => envelope.Recipients[index];

    private string Case(string address) => keepsCase ? address : address.ToLowerInvariant();
}
