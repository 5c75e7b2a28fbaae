// From a notice to a message on its way: reads what is returned of the original, builds the message, hands it to Intake.

using System.Security.Cryptography;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

internal enum NoticeFate : byte
{
    Sent,

    /// <summary>Nothing is accepted just now: try again.</summary>
    Later,

    /// <summary>It will never be accepted. The fate of the recipients stands in accounting; that is where a notice that cannot be sent ends.</summary>
    Refused,
}

/// <summary>Sends notices. Thread safe.</summary>
internal sealed class NoticeSender(SettlementSteps steps, CurrentSettings settings, ServerClock clock, ILogger log)
{
    /// <summary>Never throws: what goes wrong here must not hold up the recipients behind it.</summary>
    public async Task<NoticeFate> SendAsync(Notice notice)
    {
        try
        {
            bool whole = notice.Envelope is { Return: DsnReturn.Full, Body: not BodyKind.BinaryMime } && notice.Kind == NoticeKind.Failed;
            ReturnedContent original = steps.ReadOriginal(notice.Message, whole);
            string token = RandomNumberGenerator.GetHexString(24, lowercase: true);
            BounceDraft draft = new BounceMessage(notice, settings.Value.HostName, original, clock.Now, token).Build();
            SmtpReply reply = await steps.Submit(draft);
            if (reply.IsPositive)
            {
                return NoticeFate.Sent;
            }

            if (reply.IsTransient)
            {
                return NoticeFate.Later;
            }

            log.NoticeRefused(notice.Message.Id.ToString(), notice.Envelope.Sender.Text, reply.ToString());
            return NoticeFate.Refused;
        }
        catch (SpoolException error)
        {
            log.NoticeFailed(notice.Message.Id.ToString(), notice.Envelope.Sender.Text, error);
            return NoticeFate.Later;
        }
        catch (Exception error)
        {
            log.NoticeFailed(notice.Message.Id.ToString(), notice.Envelope.Sender.Text, error);
            return NoticeFate.Refused;
        }
    }
}
