using Godwit.Disposition;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Verification;

namespace Godwit.Reception;

/// <summary>Says whether mail may be taken at all, and with what 4xx it is refused otherwise.</summary>
public delegate bool MayAccept(out SmtpReply refusal);

/// <summary>What a session needs of <see cref="MessageIntake"/>, so that a test can stand behind the door.</summary>
public sealed record SubmissionDoor(
    Func<Submission, CancellationToken, ValueTask<IntakeResult>> SubmitAsync, MayAccept MayAccept, Func<ContentBuffer> NewContent)
{
    /// <summary>Checks what senders claim; null where nothing can be checked.</summary>
    public SenderChecks? Checks { get; init; }

    private static readonly SmtpReply _nothingLeaves = new(452, "4.3.0 mail system out of order, please try again later");

    /// <summary>The doors of a running server. What cannot leave is not let in.</summary>
    public static SubmissionDoor To(MessageIntake intake, Settlement settlement, SenderChecks? checks = null)
    {
        return new(intake.SubmitAsync, MayAccept, intake.NewContent) { Checks = checks };

        bool MayAccept(out SmtpReply refusal)
        {
            if (settlement.HasEnded)
            {
                refusal = _nothingLeaves;
                return false;
            }

            return intake.MayAccept(out refusal);
        }
    }
}
