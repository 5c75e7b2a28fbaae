// Replies while we authenticate: a host may quote what it was sent, so nobody sees one before it has been cleaned.

using Godwit.Mail;
using Godwit.Smtp;

namespace Godwit.Delivery;

internal sealed partial class PeerConnection
{
    /// <summary>Sends what was written and reads the reply, cleaned; null when there is none: the connection is lost then.</summary>
    /// <param name="clean">Takes secrets out of a text.</param>
    public async ValueTask<SmtpReply?> AskForLoginAsync(Func<string, string> clean)
    {
        await FlushAsync(_settings.SmtpCommandTimeout);
        SmtpReplyRead read = await _replies.ReadAsync(_settings.SmtpCommandTimeout);
        if (read.Status != SmtpReplyStatus.Ok)
        {
            Lose(read.Status, clean(read.Problem));
            return null;
        }

        // A challenge is the mechanism's business, and no words.
        SmtpReply reply = read.Reply!;
        SmtpReply shown = reply.IsIntermediate ? new SmtpReply(reply.Code, "***") : new SmtpReply(reply.Code, clean(reply.Text));
        if (_settings.LogCommands || Observer is not null)
        {
            NoteReply(shown);
        }

        return reply.IsIntermediate ? reply : shown;
    }
}
