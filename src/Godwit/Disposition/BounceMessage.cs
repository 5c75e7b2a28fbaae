// The message that tells a sender what became of recipients: RFC 3464 inside RFC 6522's multipart/report, for UTF-8 addresses RFC 6533.
// Built whole in memory: recipients (at most Notice.MaxRecipients) and the returned piece (ReturnedContent) are bounded.
// Seven-bit wherever it can be, so that every host takes it: 8BITMIME is needed only to return an eight-bit message whole, SMTPUTF8 only for addresses.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>A finished notice.</summary>
internal sealed record BounceDraft(EmailAddress Recipient, byte[] Octets, bool EightBit, bool SmtpUtf8);

/// <summary>Writes one notice as a message. Used once.</summary>
internal sealed class BounceMessage
{
    private readonly Notice _notice;
    private readonly string _host;
    private readonly ReturnedContent _original;
    private readonly Instant _now;
    private readonly string _token;
    private readonly bool _utf8;

    /// <param name="host">Our name.</param>
    /// <param name="token">Unguessable: a boundary that the original cannot contain, and the Message-ID.</param>
    public BounceMessage(Notice notice, string host, ReturnedContent original, Instant now, string token)
    {
        (_notice, _host, _original, _now, _token) = (notice, host, original, now, token);

        // RFC 6533 section 4: the UTF-8 forms go only to who has shown that he speaks them.
        _utf8 = notice.Envelope.Sender.NeedsSmtpUtf8
            || (notice.Envelope.SmtpUtf8 && (original.HasEightBit || notice.Recipients.Exists(static one => one.Recipient.Address.NeedsSmtpUtf8)));
    }

    private string Boundary => $"=_{_token}";

    public BounceDraft Build()
    {
        var text = new MessageText();
        WriteHeader(text);
        bool eightBit = _utf8;
        if (_notice.Format == DsnFormat.PlainText)
        {
            WritePlainText(text);
        }
        else
        {
            text.Line("This is a report in MIME format: a text, details for programs, and what is returned of your message.").Line();
            WriteTextPart(text.Line($"--{Boundary}"), HumanText());
            WriteStatusPart(text.Line($"--{Boundary}"));
            eightBit |= WriteOriginalPart(text);
            text.Line($"--{Boundary}--");
        }

        // With an ASCII address our own header is ASCII, and 8BITMIME carries the parts: the notice reaches hosts without SMTPUTF8.
        return new BounceDraft(_notice.Envelope.Sender, text.ToArray(), eightBit, _notice.Envelope.Sender.NeedsSmtpUtf8);
    }

    private static string DateText(Instant time) => time.ToUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static bool IsAscii(ReadOnlySpan<byte> octets) => Ascii.IsValid(octets);

    private void WriteHeader(MessageText text)
    {
        text.Field("Date", DateText(_now));
        text.Field("From", $"Mail Delivery System <mailer-daemon@{_host}>");
        EmailAddress sender = _notice.Envelope.Sender;
        text.Field("To", $"<{(sender.NeedsSmtpUtf8 ? sender.Text : sender.WireText)}>", _utf8);
        text.Field("Subject", _notice.Kind switch
        {
            NoticeKind.Failed => "Delivery Status Notification (Failure)",
            NoticeKind.Delayed => "Delivery Status Notification (Delay)",
            _ => "Delivery Status Notification (Success)",
        });
        text.Field("Message-ID", $"<{_token}@{_host}>");
        if (_original.MessageIdField is { Length: > 0 } id)
        {
            // RFC 3834 section 3.1.5: a reply can be found by what it replies to.
            text.Field("In-Reply-To", id).Field("References", id);
        }

        text.Field("Auto-Submitted", "auto-replied").Field("MIME-Version", "1.0");
        if (_notice.Format == DsnFormat.Standard)
        {
            string global = _utf8 ? "global-" : "";
            text.Field("Content-Type", $"multipart/report; report-type={global}delivery-status; boundary=\"{Boundary}\"");
            text.Field("Content-Transfer-Encoding", _utf8 || (_original.IsWhole && _original.HasEightBit) ? "8bit" : "7bit");
            text.Line();
        }
    }

    private MessageText HumanText()
    {
        var text = new MessageText();
        text.Paragraph("", $"This is the mail server {_host}.").Line();
        text.Paragraph("", _notice.Kind switch
        {
            NoticeKind.Failed => "Your message could not be delivered to the recipients below. Delivery will not be tried again.",
            NoticeKind.Delayed => "Your message could not be delivered to the recipients below yet. You need not send it again: "
            + $"delivery is tried until {DateText(_notice.RetryUntil)}.",
            _ => "Your message was handed over for the recipients below. There will be no further report about them from this server.",
        });
        foreach (NoticeRecipient one in _notice.Recipients)
        {
            text.Line().Line($"<{one.Recipient.Address.Text}>");
            string said = one.Verdict.IsLocal ? "" : one.Mta.Length > 0 ? $"{one.Mta} said: " : "the receiving host said: ";
            text.Paragraph("    ", said + (one.Verdict.IsLocal ? one.Verdict.Reply.Text : one.Verdict.Reply.ToString()));
            if (one.Verdict is { Kind: VerdictKind.Bounced, IsLocal: false, Category: BounceCategories.MessageExpired })
            {
                text.Paragraph("    ", "This answer did not change before the time for delivery had passed.");
            }
        }

        return text.Line();
    }

    private void WritePlainText(MessageText text)
    {
        MessageText body = HumanText();
        if (_original.Octets.Length > 0)
        {
            body.Line(_original.IsWhole ? "Your message:" : "The header of your message:").Line().Raw(_original.Octets);
        }

        WriteTextPart(text, body);
    }

    private static void WriteTextPart(MessageText text, MessageText body)
    {
        byte[] octets = body.ToArray();
        bool ascii = IsAscii(octets);
        text.Field("Content-Type", $"text/plain; charset={(ascii ? "us-ascii" : "utf-8")}");
        WriteEncoded(text, octets, ascii);
    }

    /// <summary>Content of a part: as it is when it is ASCII, else quoted-printable.</summary>
    private static void WriteEncoded(MessageText text, byte[] octets, bool ascii)
    {
        text.Field("Content-Transfer-Encoding", ascii ? "7bit" : "quoted-printable").Line();
        if (ascii)
        {
            text.Raw(octets);
            return;
        }

        var encoder = new MimeKit.Encodings.QuotedPrintableEncoder();
        byte[] encoded = new byte[encoder.EstimateOutputLength(octets.Length)];
        int length = encoder.Flush(octets, 0, octets.Length, encoded);
        text.Raw(Canonical(encoded.AsSpan(0, length)));
    }

    /// <summary>The encoder's soft line breaks may be bare LF; on the wire only CRLF ends a line.</summary>
    private static byte[] Canonical(ReadOnlySpan<byte> octets)
    {
        var lines = new List<byte>(octets.Length + octets.Count((byte)'\n') + 2);
        byte previous = 0;
        foreach (byte octet in octets)
        {
            if (octet == '\n' && previous != '\r')
            {
                lines.Add((byte)'\r');
            }

            lines.Add(octet);
            previous = octet;
        }

        if (previous != '\n')
        {
            lines.AddRange("\r\n"u8);
        }

        return [.. lines];
    }

    private void WriteStatusPart(MessageText text)
    {
        text.Field("Content-Type", _utf8 ? "message/global-delivery-status" : "message/delivery-status");
        text.Field("Content-Transfer-Encoding", _utf8 ? "8bit" : "7bit").Line();

        text.Field("Reporting-MTA", $"dns; {_host}");
        if (_notice.Envelope.EnvelopeId.Length > 0)
        {
            text.Field("Original-Envelope-Id", _notice.Envelope.EnvelopeId, _utf8);
        }

        text.Field("Arrival-Date", DateText(_notice.Envelope.TimeQueued)).Line();
        foreach (NoticeRecipient one in _notice.Recipients)
        {
            WriteRecipient(text, one);
        }
    }

    private void WriteRecipient(MessageText text, NoticeRecipient one)
    {
        if (one.Recipient.OriginalRecipient.Length > 0)
        {
            text.Field("Original-Recipient", OriginalRecipient(one.Recipient.OriginalRecipient), _utf8);
        }

        text.Field("Final-Recipient", FinalRecipient(one.Recipient.Address), _utf8);
        text.Field("Action", one.Action);
        text.Field("Status", one.Verdict.Status.ToString());
        if (one.Mta.Length > 0)
        {
            text.Field("Remote-MTA", $"dns; {HostOf(one.Mta)}");
        }

        // RFC 3464 section 2.3.6: "smtp" is for what an SMTP server said; our own findings have a type of their own.
        text.Field("Diagnostic-Code", one.Verdict.IsLocal ? $"X-Godwit; {one.Verdict.Reply.Text}" : $"smtp; {one.Verdict.Reply}", _utf8);
        if (_notice.Kind == NoticeKind.Delayed)
        {
            text.Field("Will-Retry-Until", DateText(_notice.RetryUntil));
        }
        else if (one.Verdict.Category != BounceCategories.MessageExpired)
        {
            // One that waits, or waited too long, was not attempted just now; when it was is not known.
            text.Field("Last-Attempt-Date", DateText(_now));
        }

        text.Line();
    }

    /// <summary>Writes what is returned. True when it makes the message an eight-bit one.</summary>
    private bool WriteOriginalPart(MessageText text)
    {
        if (_original.Octets.Length == 0)
        {
            return false;
        }

        text.Line($"--{Boundary}");
        bool eightBit = _original.HasEightBit;
        if (!_original.IsWhole && !_utf8)
        {
            // RFC 6522 section 4: a header may be encoded; a message may not (RFC 2046 section 5.2.1).
            text.Field("Content-Type", "text/rfc822-headers");
            WriteEncoded(text, _original.Octets, !eightBit);
            text.Line();
            return false;
        }

        text.Field("Content-Type", (_original.IsWhole, _utf8) switch
        {
            (true, true) => "message/global",
            (true, false) => "message/rfc822",
            _ => "message/global-headers",
        });
        text.Field("Content-Transfer-Encoding", eightBit ? "8bit" : "7bit").Line().Raw(_original.Octets);
        text.Line(); // The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
        return eightBit;
    }

    /// <summary>As the sender named it (RFC 3461 section 6.3), with its type.</summary>
    private string OriginalRecipient(string typed)
    {
        const string Utf8Type = "utf-8;";
        return !_utf8 && typed.StartsWith(Utf8Type, StringComparison.OrdinalIgnoreCase) ? Utf8Type + SevenBit(typed.AsSpan(Utf8Type.Length)) : typed;
    }

    /// <summary>RFC 6533 section 3: type utf-8 where the address needs it.</summary>
    private string FinalRecipient(EmailAddress address)
    {
        if (!address.NeedsSmtpUtf8)
        {
            return $"rfc822; {address.WireText}";
        }

        return $"utf-8; {(_utf8 ? address.Text : SevenBit(address.Text))}";
    }

    /// <summary>RFC 6533 section 3: in a seven-bit report characters are written as <c>\x{FC}</c>.</summary>
    private static string SevenBit(ReadOnlySpan<char> address)
    {
        var text = new StringBuilder(address.Length * 2);
        foreach (Rune rune in address.EnumerateRunes())
        {
            if (rune.Value is > 0x20 and < 0x7f and not '\\' and not '+' and not '=')
            {
                text.Append((char)rune.Value);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
            }
        }

        return text.ToString();
    }

    private static string HostOf(string mta)
    {
        int end = mta.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? mta : mta[..end];
    }
}
