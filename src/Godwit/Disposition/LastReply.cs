// What stood in a recipient's way last, as the spool keeps it from one attempt to the next. Pure.
// A peer's reply is kept with its code, a finding of our own without: a bounce message must not put our words into the peer's mouth.

using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;
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

        bool hasCode = (text.Length == 3 || (text.Length > 3 && text[3] == ' '))
            && int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        SmtpReply reply = hasCode
            ? new SmtpReply(int.Parse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture), text[Math.Min(text.Length, 4)..])
            : new SmtpReply(451, text);
        return DeliveryVerdicts.Expired(reply, settings, now) with { IsLocal = !hasCode };
    }
}
