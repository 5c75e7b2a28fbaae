// What stood in a recipient's way last, as the spool keeps it from one attempt to the next. Pure.
// A peer's reply is kept with its code, a finding of our own without: a bounce message must not put our words into the peer's mouth.

using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Writes and reads the text of a deferral's mark.</summary>
internal static class LastReply
{
    public static string Write(Verdict verdict) => verdict.IsLocal ? verdict.Reply.Text : verdict.Reply.ToString();

    /// <summary>The verdict over a recipient that grew too old with this behind it; an empty text says that it never got an answer.</summary>
    public static Verdict Expired(string text, DeliverySettings settings, Instant now)
    {
        if (text.Length == 0)
        {
            return DeliveryVerdicts.Expired(null, settings, now);
        }

        SmtpReply reply = Read(text, out bool isLocal);
        return DeliveryVerdicts.Expired(reply, settings, now) with { IsLocal = isLocal };
    }

    /// <summary>Why a recipient still waits: what its last attempt was told, else what keeps its queue from trying, else that others stand before it.</summary>
    public static Verdict Delayed(string text, RecipientWait wait)
    {
        bool isLocal = true;
        SmtpReply reply = text.Length > 0 ? Read(text, out isLocal)
            : wait.Trouble.Length > 0 ? new SmtpReply(451, $"4.4.0 {wait.Trouble}")
            : new SmtpReply(451, "4.4.5 The message waits for its turn behind other mail to this destination");
        return new Verdict(VerdictKind.Deferred, reply, reply.StatusOrDefault.WithClass(4), wait.NotBefore, "") { IsLocal = isLocal };
    }

    private static SmtpReply Read(string text, out bool isLocal)
    {
        bool hasCode = (text.Length == 3 || (text.Length > 3 && text[3] == ' '))
            && int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        isLocal = !hasCode;
        return hasCode
            ? new SmtpReply(int.Parse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture), text[Math.Min(text.Length, 4)..])
            : new SmtpReply(451, text);
    }
}
