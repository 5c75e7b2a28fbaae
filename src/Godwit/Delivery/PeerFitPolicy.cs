// Whether a peer can take a message at all, and what MAIL has to say about it. A pure decision from the message and the EHLO reply.

using System.Text;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>The decision about one message and one peer.</summary>
/// <param name="Refusal">Why recipients cannot have it from this peer, in a reply of our own; null when all can.</param>
/// <param name="OnlyUtf8Recipients">The refusal holds only for recipients whose address is internationalized.</param>
internal readonly record struct PeerFit(MailParameters Parameters, SmtpReply? Refusal, bool OnlyUtf8Recipients);

internal static class PeerFitPolicy
{
    public static PeerFit Decide(MessageContent content, bool utf8Recipients, PeerConnection peer, DeliverySettings settings)
    {
        Envelope envelope = content.Envelope;
        SmtpExtensions offers = peer.Extensions;
        bool utf8Message = envelope.Sender.NeedsSmtpUtf8 || (envelope.SmtpUtf8 && HeaderNeedsUtf8(content));
        bool utf8 = utf8Message || utf8Recipients;
        var parameters = new MailParameters(
            Size: offers.Has(SmtpExtension.Size) ? content.Length : 0,

            // Without the extension 8-bit content goes out as it is: re-encoding breaks signatures, refusing loses mail, and peers have passed eight bits for
            // decades.
            EightBitMime: envelope.Body == BodyKind.EightBitMime && offers.Has(SmtpExtension.EightBitMime) && !settings.Ignore8BitMime,
            SmtpUtf8: utf8 && offers.Has(SmtpExtension.SmtpUtf8),
            Dsn: peer.SendsDsn);

        if (offers.MaxSize > 0 && content.Length > offers.MaxSize)
        {
            var tooLarge = new SmtpReply(552, $"5.3.4 message of {content.Length} octets exceeds the {offers.MaxSize} that {peer.Host.Text} takes");
            return new(parameters, tooLarge, false);
        }

        if (envelope.Body == BodyKind.BinaryMime)
        {
            // RFC 3030 section 3: binary content must not be sent as anything else, and Godwit does not send it.
            return new(parameters, new SmtpReply(554, "5.6.3 binary content cannot be sent on"), false);
        }

        return utf8 && !parameters.SmtpUtf8
            ? new(parameters, new SmtpReply(553, $"5.6.7 {peer.Host.Text} does not take internationalized mail (SMTPUTF8)"), OnlyUtf8Recipients: !utf8Message)
            : new(parameters, null, false);
    }

    /// <summary>
    /// A message that came with SMTPUTF8 may leave without it when its header is ASCII after all (RFC 6531 section 3.4). A header longer than the first piece
    /// counts as if it were not.
    /// </summary>
    private static bool HeaderNeedsUtf8(MessageContent content)
    {
        bool read = content.TryReadNext(out ReadOnlyMemory<byte> piece);
        int end = piece.Span.IndexOf("\r\n\r\n"u8);
        bool whole = end >= 0 || piece.Length == content.Length - content.Before.Length;
        bool needed = read && (!whole || !Ascii.IsValid(end < 0 ? piece.Span : piece.Span[..end]));
        content.Rewind();
        return needed;
    }
}
