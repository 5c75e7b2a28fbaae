using Godwit.Intake;
using Godwit.Mail;

namespace Godwit.Reception;

/// <summary>Says whether mail may be taken at all, and with what 4xx it is refused otherwise.</summary>
public delegate bool MayAccept(out SmtpReply refusal);

/// <summary>What a session needs of <see cref="MessageIntake"/>, so that a test can stand behind the door.</summary>
public sealed record SubmissionDoor(
    Func<Submission, CancellationToken, ValueTask<IntakeResult>> SubmitAsync, MayAccept MayAccept, Func<ContentBuffer> NewContent)
{
    public static SubmissionDoor To(MessageIntake intake) => new(intake.SubmitAsync, intake.MayAccept, intake.NewContent);
}
