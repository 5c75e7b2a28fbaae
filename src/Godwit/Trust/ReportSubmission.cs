using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Trust;

/// <summary>Hands reports to the door in, like any message: signed and delivered as the configuration says. Thread safe.</summary>
internal sealed class ReportSubmission(MessageIntake intake, CurrentSettings settings)
{
    /// <summary>Nothing of the client directives applies; the message is finished as it is, and has queues of its own.</summary>
    private static readonly SourceSettings _ownSource = new()
    {
        Name = EnvelopeRecipient.ReportVirtualMta,
        DefaultVirtualMta = EnvelopeRecipient.ReportVirtualMta,
        AlwaysAllowRelaying = true,
        AddReceivedHeader = false,
    };

    /// <summary>What the spool cannot take is a reply like any other refusal.</summary>
    public async ValueTask<SmtpReply> SubmitAsync(EmailAddress from, EmailAddress to, byte[] octets, string envelopeId)
    {
        try
        {
            using ContentBuffer content = intake.NewContent();
            content.Append(octets);
            if (content.MustSpill)
            {
                await content.SpillAsync(CancellationToken.None);
            }

            IntakeResult result = await intake.SubmitAsync(
                new Submission
                {
                    Sender = from,

                    // Nobody here is waiting to hear that a report was not wanted.
                    Recipients = [new SubmittedRecipient(to, "", DsnNotify.Never)],
                    Content = content,
                    Source = _ownSource,
                    Kind = SubmissionKind.Local,
                    EnvelopeId = envelopeId,
                    Body = BodyKind.SevenBit,
                    ClientName = settings.Value.HostName,
                },
                CancellationToken.None);
            return result.Reply;
        }
        catch (SpoolException failure)
        {
            return new SmtpReply(451, $"4.3.0 {failure.Message}");
        }
    }
}
