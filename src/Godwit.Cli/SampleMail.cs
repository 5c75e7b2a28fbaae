// The sample messages of "godwit inject": real enough to exercise a mail server, and only ever addressed to names under .example,
// which nobody can own (RFC 2606 section 2).

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Cli;

/// <summary>Makes the messages of one run. Thread safe.</summary>
/// <param name="size">Octets of a message, header and body together; a smaller one than its header gets a short body.</param>
/// <param name="domains">Over how many domains the recipients are spread.</param>
internal sealed class SampleMail(string sender, int size, int domains, TimeProvider time)
{
    private const int LineLength = 72;

    private static readonly string[] _mailboxProviders =
    [
        "bigmail.example", "coldmail.example", "postbox.example", "freenet-mail.example", "inbox.example", "webpost.example",
        "cablemail.example", "corporate.example",
    ];

    private static readonly string[] _subjects =
    [
        "Your order is on its way", "Your invoice for this month", "Please confirm your address", "News from the harbour", "Your weekly summary",
        "Reset your password",
    ];

    private static readonly string _filler = Repeat(
        "Thank you for being with us. The parcel left our house this morning and should reach you within three days. "
        + "You can follow it at any time, change the place of delivery, or ask a neighbour to take it in. "
        + "If anything is not as you expected, reply to this message and a person will read it. ");

    private readonly string _run = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private readonly byte[] _body = Body(Math.Max(size, 0));

    public string Sender { get; } = sender;

    public string Recipient(int index) => $"user{index:000000}@{Domain(index % domains)}";

    /// <summary>The content of one message: CRLF lines, none of which begins with a dot.</summary>
    public (byte[] Header, ReadOnlyMemory<byte> Body) Content(int index)
    {
        string date = time.GetUtcNow().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
        string header = string.Join(
            "\r\n",
            $"From: \"Example Shop\" <{Sender}>",
            $"To: <{Recipient(index)}>",
            $"Subject: {_subjects[index % _subjects.Length]} ({index + 1})",
            $"Date: {date}",
            $"Message-ID: <{index + 1}.{_run}@sender.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
            $"List-Unsubscribe: <mailto:leave-{index + 1}@sender.example>",
            "",
            "");
        byte[] octets = Encoding.ASCII.GetBytes(header);
        return (octets, Tail(size - octets.Length));
    }

    private static string Domain(int index) => index < _mailboxProviders.Length ? _mailboxProviders[index] : $"mail{index + 1}.example";

    /// <summary>The end of the prepared body, from the beginning of a line on, so that it is as long as asked for, give or take a line.</summary>
    private ReadOnlyMemory<byte> Tail(int length)
    {
        int lines = Math.Max(1, length / (LineLength + 2));
        return _body.AsMemory(Math.Max(0, _body.Length - lines * (LineLength + 2)));
    }

    private static byte[] Body(int size)
    {
        var body = new StringBuilder(size + LineLength);
        for (int at = 0; body.Length < size + LineLength; at = (at + LineLength) % (_filler.Length - LineLength))
        {
            // A blank would begin or end a line oddly, a dot would have to be doubled (RFC 5321 section 4.5.2): both become a letter.
            string line = _filler.Substring(at, LineLength);
            body.Append(line[0] is '.' or ' ' ? 'o' : line[0]).Append(line, 1, LineLength - 2).Append(line[^1] == ' ' ? 'o' : line[^1]).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(body.ToString());
    }

    private static string Repeat(string text) => string.Concat(Enumerable.Repeat(text, 8));
}
