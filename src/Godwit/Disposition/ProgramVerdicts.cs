// From the end of a program that took a message to what it means for the recipient: the exit codes of sysexits.h. Pure.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Makes verdicts of deliveries to programs.</summary>
public static class ProgramVerdicts
{
    /// <summary>What a program's end means.</summary>
    /// <param name="program">Its path, for the operator.</param>
    /// <param name="said">The first line of its output; may be empty. No control characters.</param>
    public static Verdict Of(ProgramEnd end, string program, string said, DeliverySettings settings, Instant now)
    {
        if (end.Code < 0)
        {
            // Killed, by the system for its memory or by an operator: that says nothing about the message.
            string how = end.Signal == 0 ? "ended, nobody knows how" : $"was ended by signal {end.Signal}";
            return DeliveryVerdicts.PutOff(Reply(451, "4.3.0", $"{program} {how}", said), settings, now);
        }

        (int code, string status, string word) = Meaning(end.Code);
        if (code == 250)
        {
            SmtpReply taken = Reply(250, "2.0.0", $"{program} took the message", said);
            return new Verdict(VerdictKind.Delivered, taken, taken.Status, default, "") { IsLocal = true };
        }

        SmtpReply reply = Reply(code, status, $"{program} ended with exit code {end.Code}{word}", said);
        return code == 451 ? DeliveryVerdicts.PutOff(reply, settings, now) : DeliveryVerdicts.MessageFailed(reply, now);
    }

    /// <summary>It was still running when its time was over, and was killed.</summary>
    public static Verdict TooSlow(string program, TimeSpan bound, string said, DeliverySettings settings, Instant now) =>
        DeliveryVerdicts.PutOff(Reply(451, "4.3.0", $"{program} did not end within {bound.TotalSeconds:0} seconds and was killed", said), settings, now);

    private static SmtpReply Reply(int code, string status, string finding, string said) =>
        new(code, said.Length == 0 ? $"{status} {finding}" : $"{status} {finding}: {said}");

    private static (int Code, string Status, string Word) Meaning(int exitCode) => exitCode switch
    {
        0 => (250, "2.0.0", ""),
        64 => (550, "5.5.4", " (EX_USAGE)"),
        65 => (550, "5.5.2", " (EX_DATAERR)"),
        66 => (550, "5.3.0", " (EX_NOINPUT)"),
        67 => (550, "5.1.1", " (EX_NOUSER)"),
        68 => (550, "5.1.2", " (EX_NOHOST)"),
        69 => (550, "5.3.0", " (EX_UNAVAILABLE)"),
        70 => (550, "5.3.0", " (EX_SOFTWARE)"),
        71 => (451, "4.3.0", " (EX_OSERR)"),
        72 => (550, "5.3.0", " (EX_OSFILE)"),
        73 => (550, "5.2.0", " (EX_CANTCREAT)"),
        74 => (451, "4.3.0", " (EX_IOERR)"),
        75 => (451, "4.3.0", " (EX_TEMPFAIL)"),
        76 => (550, "5.5.0", " (EX_PROTOCOL)"),
        77 => (550, "5.7.1", " (EX_NOPERM)"),
        78 => (550, "5.3.5", " (EX_CONFIG)"),
        _ => (550, "5.3.0", ""),
    };
}
